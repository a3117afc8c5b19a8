"""Signs hold nothing that the accused chooses freely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorward.inspect.signs import Role, is_nested, place_of, role_of, sign_of, suspicion_of
from doorward.model.drift import Drift, Scope, Step
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
        ("pkg-1.0/pyproject.toml", Role.META),
        ("pkg-1.0/.github/workflows/ci.yml", Role.DOCS),
        (".msi/CustomAction.tsv", Role.META),
    ],
)
def test_the_role_of_a_file(path: str, role: Role) -> None:
    assert role_of(path) is role


HERE = place_of("pkg/a.py", ["script.import"], 500, 1500, Step.PATCH)


def test_names_chosen_by_the_accused_do_not_shape_a_sign() -> None:
    drift = Drift("pkg/a.py", "", Scope.PACKAGE, Trait("reach.host", "evil.invalid"))
    other = replace(drift, path="pkg/other/deep/b.py", trait=Trait("reach.host", "cdn.example.com", 7))
    there = place_of(other.path, ["script.import"], 500, 9500, Step.PATCH)
    assert sign_of(drift, KIND, HERE) == sign_of(other, KIND, there)


def test_closed_keys_are_weighed_each_by_itself() -> None:
    closed = replace(KIND, closed_keys=True)
    drift = Drift("a.py", "a.py", Scope.FILE, Trait("reach.host", "raw-address"))
    assert sign_of(drift, closed, HERE).name == "reach.host:raw-address"


def test_set_valued_signs_grow_by_fours() -> None:
    names = [
        sign_of(Drift("a", "a", Scope.GROWN, Trait("k", "", values=("v",)), amount), KIND, HERE).name[-2:]
        for amount in (1, 2, 4, 7, 16, 100, 5000)
    ]
    assert names == ["#1", "#1", "#2", "#2", "#3", "#4", "#4"]


@pytest.mark.parametrize(
    ("scope", "path", "blocks"),
    [
        (Scope.GROWN, "a.py", False),
        (Scope.FILE, "a.py", False),
        (Scope.PACKAGE, "a.py", True),
        (Scope.HISTORY, "a.py", True),
        (Scope.PACKAGE, "tests/a.py", False),
    ],
)
def test_rules_apply_to_what_is_new_in_the_package_outside_its_tests(
    scope: Scope,
    path: str,
    blocks: bool,  # noqa: FBT001 -- a table of cases
) -> None:
    place = place_of(path, [], None, 10, Step.PATCH)
    assert sign_of(Drift(path, "", scope, Trait("reach.host", "x")), KIND, place).always_block is blocks


@pytest.mark.parametrize(
    ("path", "kinds", "churn", "size", "name"),
    [
        ("pkg/a.py", ["script.import"], 0, 1000, "script/changed/code/0"),
        ("pkg/a.py", ["script.import", "reach.host"], 200, 1200, "script/changed/code/1"),
        ("pkg/a.so", ["exe.section", "script.import"], None, 3_000_000, "native/added/code/6"),
        ("tests/a.bin", ["payload.opaque-file"], 40_000, 60_000, "data/changed/test/4"),
        ("README.md", [], None, 5_000, "data/added/docs/3"),
        ("pkg-1.0.dist-info/METADATA", [], 900, 5_000, "data/changed/meta/2"),
    ],
)
def test_the_place_of_a_file(path: str, kinds: list[str], churn: int | None, size: int, name: str) -> None:
    place = place_of(path, kinds, churn, size, Step.MAJOR)
    assert place.name == name
    assert place.name.split("/") == list(place.steps)


def test_the_step_of_the_version_is_the_size_of_a_change_of_metadata() -> None:
    sizes = [
        place_of("package/package.json", [], 9, 99, step).size
        for step in (Step.PATCH, Step.MINOR, Step.MAJOR)
    ]
    assert sizes == [0, 1, 2]


@pytest.mark.parametrize(
    ("key", "suspicion"),
    [
        ("decode+dynamic-code", Suspicion.STRONG),
        ("environment-bulk+network", Suspicion.STRONG),
        ("credentials+network", Suspicion.MEDIUM),
        ("dns+encode", Suspicion.STRONG),
        ("network+thread", Suspicion.MEDIUM),
        ("filesystem-write+process", Suspicion.MEDIUM),
    ],
)
def test_only_combinations_that_a_back_door_must_have_are_strong(key: str, suspicion: Suspicion) -> None:
    kind = replace(KIND, name="script.combination", suspicion=Suspicion.STRONG)
    assert suspicion_of(kind, key) is suspicion


@pytest.mark.parametrize(
    ("path", "nested"),
    [
        ("package/package.json", False),
        ("control.tar.xz!/postinst", False),
        ("data.tar!/usr/share/x.zip!/a.pth", True),
        ("package/old.tgz!/package/package.json", True),
    ],
)
def test_hooks_of_an_archive_within_the_release_are_nobodys(path: str, nested: bool) -> None:  # noqa: FBT001 -- a table of cases
    kind = replace(KIND, name="hook.install-script", channel=Channel.HOOK, suspicion=Suspicion.STRONG)
    sign = sign_of(
        Drift(path, "", Scope.PACKAGE, Trait(kind.name, "x")), kind, place_of(path, [], None, 9, Step.PATCH)
    )
    assert is_nested(path) is nested
    assert sign.always_block is not nested
    assert (sign.suspicion is Suspicion.WEAK) is nested


def test_a_set_user_id_file_among_tests_is_set_all_the_same() -> None:
    kind = replace(KIND, name="listing.set-id", channel=Channel.HOOK, suspicion=Suspicion.STRONG)
    path = "data.tar!/usr/share/tests/helper"
    place = place_of(path, [], None, 9, Step.PATCH)
    assert sign_of(Drift(path, "", Scope.PACKAGE, Trait(kind.name, "setuid")), kind, place).always_block
