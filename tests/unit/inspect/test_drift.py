"""Drift is what is new: for the file, for the package, for the history; growth is told apart."""

from __future__ import annotations

import pytest

from doorward.inspect.drift import drifts_of_file, rescope, step_between
from doorward.model.drift import Scope, Step
from doorward.model.trait import Trait

DNS = Trait("script.capability", "dns", 1)
BLOCKS = Trait("code.blocks", "", 3, values=("a", "b", "c"))


def test_what_the_file_had_is_no_drift() -> None:
    assert drifts_of_file("f", "f", [DNS], [DNS]) == []


def test_more_of_what_the_file_had_is_growth() -> None:
    (drift,) = drifts_of_file("f", "f", [Trait("script.capability", "dns", 4)], [DNS])
    assert (drift.scope, drift.amount, drift.total) == (Scope.GROWN, 3, 4)


def test_less_is_no_drift() -> None:
    assert drifts_of_file("f", "f", [DNS], [Trait("script.capability", "dns", 4)]) == []


def test_sets_drift_by_their_new_values_alone() -> None:
    (drift,) = drifts_of_file("f", "f", [BLOCKS], [Trait("code.blocks", "", 2, values=("a", "x"))])
    assert drift.trait.values == ("b", "c")
    assert (drift.scope, drift.amount, drift.total) == (Scope.GROWN, 2, 3)


def test_a_set_with_nothing_new_is_no_drift() -> None:
    assert drifts_of_file("f", "f", [BLOCKS], [BLOCKS]) == []


@pytest.mark.parametrize(
    ("elsewhere", "earlier", "scope"),
    [
        (True, None, Scope.FILE),
        (False, None, Scope.PACKAGE),
        (False, False, Scope.HISTORY),
        (False, True, Scope.FILE),
    ],
)
def test_scope_widens_only_as_far_as_nobody_had_it(
    elsewhere: bool,  # noqa: FBT001 -- a table of cases
    earlier: bool | None,  # noqa: FBT001 -- as above
    scope: Scope,
) -> None:
    drifts = drifts_of_file("f", "", [DNS], [])
    asked = None if earlier is None else lambda _: bool(earlier)
    (drift,) = rescope(drifts, lambda _: elsewhere, asked)
    assert drift.scope is scope


def test_growth_is_never_widened() -> None:
    drifts = drifts_of_file("f", "f", [Trait("script.capability", "dns", 2)], [DNS])
    (drift,) = rescope(drifts, lambda _: False, lambda _: False)
    assert drift.scope is Scope.GROWN


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("1.2.3", "1.2.4", Step.PATCH),
        ("1.2.3", "1.3.0", Step.MINOR),
        ("1.2.3", "2.0", Step.MAJOR),
        ("2024.1", "2025.1", Step.MINOR),
        ("1.0", "1.0.post1", Step.PATCH),
        ("1.0-1", "1.0-2", Step.PATCH),
        ("", "1.0", Step.UNKNOWN),
    ],
)
def test_size_of_a_step(old: str, new: str, step: Step) -> None:
    assert step_between(old, new) is step
