"""What a change of a lock file brings in, and what to fetch for it."""

from __future__ import annotations

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.inspect.updates import BumpKind, compare_locks, not_fetched, plan


def package(
    name: str, version: str, kind: SourceKind = SourceKind.REGISTRY, url: str = "", ecosystem: str = "pypi"
) -> LockedPackage:
    return LockedPackage(ecosystem, name, version, kind, url, ("sha256:" + version[0] * 64,), (), 3)


def lock(*packages: LockedPackage) -> Lock:
    return Lock("uv.lock", "uv", packages)


def test_every_kind_of_change_is_told() -> None:
    old = lock(
        package("changed", "1.0"), package("gone", "1.0"), package("same", "1.0"), package("moved", "1.0")
    )
    new = lock(
        package("added", "1.0"),
        package("changed", "1.1"),
        package("same", "1.0"),
        package("moved", "1.0", url="https://index.example/simple"),
    )
    bumps = compare_locks(old, new)
    assert [(bump.name, bump.kind, bump.old_version, bump.new_version) for bump in bumps] == [
        ("added", BumpKind.ADDED, "", "1.0"),
        ("changed", BumpKind.CHANGED, "1.0", "1.1"),
        ("gone", BumpKind.REMOVED, "1.0", ""),
        ("moved", BumpKind.SOURCE_CHANGED, "1.0", "1.0"),
    ]
    assert {bump.path for bump in bumps} == {"uv.lock"}


def test_this_machines_artifact_and_the_sdist_are_fetched() -> None:
    bumps = compare_locks(lock(package("sample", "1.0")), lock(package("sample", "1.1")))
    assert [(fetch.wanted, fetch.old_version, fetch.new_version) for fetch in plan(bumps)] == [
        ("", "1.0", "1.1"),
        ("sdist", "1.0", "1.1"),
    ]


def test_npm_has_one_artifact_for_each_version() -> None:
    bumps = compare_locks(
        lock(package("sample", "1.0.0", ecosystem="npm")), lock(package("sample", "1.1.0", ecosystem="npm"))
    )
    assert [(fetch.wanted, fetch.old_version) for fetch in plan(bumps)] == [("", "1.0.0")]


def test_a_new_package_is_inspected_against_nothing() -> None:
    (bump,) = compare_locks(None, lock(package("sample", "1.0")))
    assert bump.forerunner is None
    assert [fetch.old_version for fetch in plan([bump])] == ["", ""]


def test_the_forerunner_is_the_newest_older_version() -> None:
    old = lock(*(package("sample", v, ecosystem="npm") for v in ("1.9.0", "1.10.0", "2.0.0-rc.1", "3.0.0")))
    for version, forerunner in (
        ("2.0.0", "2.0.0-rc.1"),
        ("1.10.1", "1.10.0"),
        ("4.0.0", "3.0.0"),
        ("0.1.0", "3.0.0"),
    ):
        (bump,) = compare_locks(old, lock(*old.packages, package("sample", version, ecosystem="npm")))
        assert (bump.kind, bump.old_version) == (BumpKind.CHANGED, forerunner)


def test_one_of_several_versions_that_goes_is_no_bump() -> None:
    both = lock(package("sample", "1.0", ecosystem="npm"), package("sample", "2.0", ecosystem="npm"))
    assert compare_locks(both, lock(package("sample", "2.0", ecosystem="npm"))) == ()


def test_a_downgrade_is_a_change_like_any_other() -> None:
    (bump,) = compare_locks(lock(package("sample", "2.0")), lock(package("sample", "1.0")))
    assert (bump.kind, bump.old_version, bump.new_version) == (BumpKind.CHANGED, "2.0", "1.0")


def test_what_no_registry_offers_is_not_fetched_and_said_so() -> None:
    (bump,) = compare_locks(
        lock(package("sample", "1.0")),
        lock(package("sample", "1.1", SourceKind.GIT, "https://git.example/#abc")),
    )
    assert plan([bump]) == ()
    assert not_fetched(bump) == (
        "It comes from a git repository (https://git.example/#abc), "
        "which no registry vouches for: not fetched."
    )


def test_a_forerunner_from_git_is_none_that_can_be_fetched() -> None:
    (bump,) = compare_locks(
        lock(package("sample", "1.0", SourceKind.GIT, "https://git.example/x")),
        lock(package("sample", "1.1")),
    )
    assert [fetch.old_version for fetch in plan([bump])] == ["", ""]


def test_an_unchanged_version_is_not_fetched() -> None:
    (bump,) = compare_locks(
        lock(package("sample", "1.0")), lock(package("sample", "1.0", url="https://index.example/simple"))
    )
    assert plan([bump]) == ()
    assert not_fetched(bump) == ""


def test_a_removed_lock_file_removes_its_packages() -> None:
    (bump,) = compare_locks(lock(package("sample", "1.0")), None)
    assert (bump.kind, bump.path, plan([bump]), not_fetched(bump)) == (BumpKind.REMOVED, "uv.lock", (), "")
