"""A link is a second name, followed as the kernel follows it."""

from __future__ import annotations

import time

import pytest

from doorward.inspect import links
from doorward.inspect.links import followed, with_second_names
from doorward.model.artifact import Listing, Member, MemberKind


def file(path: str, digest: str = "sha256:aa") -> Member:
    return Member(path, MemberKind.FILE, 3, digest, 0o644)


def link(path: str, target: str) -> Member:
    return Member(path, MemberKind.SYMLINK, 0, "", 0o777, target)


def listing(*members: Member) -> Listing:
    return Listing("sha256:00", 1, "tar", members)


def names(new: Listing, old: Listing | None = None) -> list[str]:
    found = with_second_names(new, "2.0", old or listing(), "1.0")
    return [m.path for m in found.members[len(new.members) :]]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a/setup.py", "a/docs/notes.txt"),
        ("a/chain", "a/docs/notes.txt"),
        ("a/through/notes.txt", "a/docs/notes.txt"),
        ("a/plain", "a/plain"),
        ("a/round", None),
        ("data.tar!/etc/cron.d/x", "data.tar!/usr/share/x"),
        ("a/above", "b"),
    ],
)
def test_links_lead_where_the_kernel_says(path: str, target: str | None) -> None:
    targets = {
        "a/setup.py": "docs/notes.txt",
        "a/chain": "./setup.py",
        "a/through": "docs/../docs",
        "a/round": "round",
        "data.tar!/etc/cron.d/x": "/usr/share/x",
        "a/above": "../../../b",
    }
    assert followed(path, targets) == target


def test_a_linked_file_is_listed_under_the_links_name() -> None:
    new = listing(file("a/docs/notes.txt", "sha256:bb"), link("a/setup.py", "docs/notes.txt"))
    (alias,) = with_second_names(new, "2", listing(), "1").members[2:]
    assert alias == Member("a/setup.py", MemberKind.FILE, 3, "sha256:bb", 0o644, "docs/notes.txt")


def test_a_folders_files_are_named_again_only_where_the_link_is_new() -> None:
    new = listing(file("t/x.py"), file("t/y/z.py"), file("u.py"), link("pkg-2.0", "t"))
    assert names(new) == ["pkg-2.0/x.py", "pkg-2.0/y/z.py"]
    assert names(new, listing(link("pkg-1.0", "t"))) == []


def test_links_to_nowhere_and_names_of_shared_objects_name_nothing() -> None:
    assert names(listing(link("a", "b"), link("c", "c"), file("x.so.1"), link("x.so", "x.so.1"))) == []


def test_a_name_that_only_resembles_a_shared_objects_is_followed() -> None:
    assert names(listing(file("t"), link("a.some.py", "t"), link("b.so.py", "t"))) == ["a.some.py", "b.so.py"]


def test_a_link_to_too_many_files_is_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_NAMES", 2)
    found = with_second_names(
        listing(*(file(f"t/{n}") for n in range(4)), link("l", "t")), "2", listing(), "1"
    )
    assert [m.path for m in found.members[5:]] == ["l/0", "l/1"]
    (told,) = found.not_examined
    assert (told.path, told.reason) == ("l", "a link, over the limit of 2 names")


def test_a_link_of_endless_length_is_not_examined() -> None:
    (told,) = with_second_names(listing(link("l", "a/../" * 800 + "b")), "2", listing(), "1").not_examined
    assert (told.path, told.reason) == ("l", "a link, over the limit of 256 path components")


def test_a_hundred_thousand_links_to_one_folder_cost_seconds() -> None:
    crowd = listing(*(file(f"t/{n}") for n in range(6_000)), *(link(f"l{n}", "t") for n in range(100_000)))
    began = time.monotonic()
    found = with_second_names(crowd, "2", listing(), "1")
    assert time.monotonic() - began < 20
    assert len(found.members) - len(crowd.members) == links.MOST_NAMES
    assert len(found.not_examined) == 100_000
