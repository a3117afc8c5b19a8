"""Signs hold nothing that the accused chooses freely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorward.inspect.signs import Role, places, role_of, sign_of
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Suspicion, Trait, TraitKind

KIND = TraitKind("reach.host", Channel.REACH, Suspicion.WEAK, "t", "w", "i", "s", always_block=True)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("pkg/core.py", Role.CODE),
        ("pkg-1.0/tests/data/blob.bin", Role.TEST),
        ("package/lib/util.test.js", Role.TEST),
        ("test_it.py", Role.TEST),
        ("pkg/latest/contest.py", Role.CODE),
        ("data.tar.xz!/usr/share/doc/pkg/README", Role.DOCS),
        ("package/README.md", Role.DOCS),
        ("pkg-1.0.dist-info/METADATA", Role.META),
        ("package/package.json", Role.META),
        ("package/node_modules/x/package.json", Role.CODE),
        ("control.tar.xz!/postinst", Role.META),
        (".msi/CustomAction.tsv", Role.META),
    ],
)
def test_the_role_of_a_file(path: str, role: Role) -> None:
    assert role_of(path) is role


def test_names_chosen_by_the_accused_do_not_shape_a_sign() -> None:
    drift = Drift("pkg/a.py", "", Scope.PACKAGE, Trait("reach.host", "evil.invalid"))
    other = replace(drift, path="pkg/other/deep/b.py", trait=Trait("reach.host", "cdn.example.com", 7))
    assert sign_of(drift, KIND) == sign_of(other, KIND)


def test_closed_keys_are_weighed_each_by_itself() -> None:
    closed = replace(KIND, closed_keys=True)
    drift = Drift("a.py", "a.py", Scope.FILE, Trait("reach.host", "raw-address"))
    assert sign_of(drift, closed).name == "reach.host:raw-address"


def test_set_valued_signs_grow_by_fours() -> None:
    names = [
        sign_of(Drift("a", "a", Scope.GROWN, Trait("reach.host", "", values=("v",)), amount), KIND).name
        for amount in (1, 2, 4, 7, 16, 100, 5000)
    ]
    assert names == [
        "reach.host#1",
        "reach.host#1",
        "reach.host#2",
        "reach.host#2",
        "reach.host#3",
        "reach.host#4",
        "reach.host#4",
    ]


@pytest.mark.parametrize(
    ("scope", "blocks"),
    [(Scope.GROWN, False), (Scope.FILE, False), (Scope.PACKAGE, True), (Scope.HISTORY, True)],
)
def test_rules_apply_to_what_is_new_in_the_package(scope: Scope, blocks: bool) -> None:  # noqa: FBT001 -- a table of cases
    assert sign_of(Drift("a", "", scope, Trait("reach.host", "x")), KIND).always_block is blocks


def test_opportunities_are_counted_by_place() -> None:
    assert places([("a.py", False), ("b.py", True), ("c.py", True), ("tests/d.py", False)]) == {
        "code": 1,
        "code+": 2,
        "test": 1,
    }
