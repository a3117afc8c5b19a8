"""Twins: what only one of two builds gained."""

from __future__ import annotations

import pytest

from doorward.inspect.twins import twin_drifts, twin_key, twins
from doorward.model.artifact import Member, MemberKind
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Evidence, Trait


def member(path: str) -> Member:
    return Member(path, MemberKind.FILE, 1, f"sha256:{path}")


def drift(
    path: str, kind: str, key: str, values: tuple[str, ...] = (), scope: Scope = Scope.PACKAGE
) -> Drift:
    return Drift(path, path, scope, Trait(kind, key, evidence=Evidence(where="start"), values=values))


PAIR = [member("x86/net.dll"), member("x64/net.dll")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x86/net.dll", "x64/net.dll"),
        ("app32.exe", "app64.exe"),
        ("a/_c.cp311-win32.pyd", "a/_c.cp312-win_amd64.pyd"),
        ("a/_c.cpython-311-x86_64-linux-gnu.so", "a/_c.cpython-312-aarch64-linux-gnu.so"),
        ("runtimes/linux-musl-x64/native/n.so", "runtimes/win-x86/native/n.so"),
        ("lib/net472/A.dll", "lib/netstandard2.0/A.dll"),
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.whl!/a/core.py", "a-1-cp312-cp312-win_amd64.whl!/a/core.py"),
    ],
)
def test_names_of_platforms_make_twins(one: str, other: str) -> None:
    assert twin_key(one) == twin_key(other)
    assert twins([member(one), member(other)]) == {one: (other,), other: (one,)}


@pytest.mark.parametrize(
    ("one", "other"), [("a/linux.py", "a/windows.py"), ("arm.md", "x86.md"), ("a.dll", "b.dll")]
)
def test_sources_for_platforms_and_other_files_are_none(one: str, other: str) -> None:
    assert twins([member(one), member(other)]) == {}


def test_what_came_into_one_build_only() -> None:
    found = twin_drifts([drift("x86/net.dll", "payload.opaque-file", "1k-16k")], PAIR)
    assert [(d.path, d.trait.kind, d.trait.key, d.trait.count) for d in found] == [
        ("x86/net.dll", "twin.differs", "payload.opaque-file", 1)
    ]
    assert found[0].trait.evidence == Evidence(where="start", excerpt="1k-16k; not in x64/net.dll")
    assert found[0].scope is Scope.PACKAGE


def test_what_came_into_both_is_the_sources_business() -> None:
    both = [drift(m.path, "payload.opaque-file", "1k-16k") for m in PAIR]
    assert twin_drifts(both, PAIR) == []


def test_sets_differ_by_nature_between_processors() -> None:
    both = [drift(m.path, "payload.opaque-region", "1k-16k", (m.path,), Scope.GROWN) for m in PAIR]
    assert twin_drifts(both, PAIR) == []
    assert len(twin_drifts(both[:1], PAIR)) == 1


def test_weak_kinds_and_growth_are_not_held_against_the_twin() -> None:
    assert twin_drifts([drift("x86/net.dll", "reach.host", "a.example")], PAIR) == []
    assert twin_drifts([drift("x86/net.dll", "payload.opaque-file", "x", scope=Scope.GROWN)], PAIR) == []
    assert twin_drifts([drift("alone.dll", "payload.opaque-file", "x")], PAIR) == []
