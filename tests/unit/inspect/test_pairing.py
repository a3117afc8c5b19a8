"""Members find their forerunners through version numbers, ABI tags, content hashes and renames."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

import pytest

from doorward.inspect.pairing import Pairing, normal_path, pair
from doorward.inspect.sketch import churn, resemblance, sketch
from doorward.model.artifact import Listing, Member, MemberKind


def listing(files: dict[str, bytes]) -> Listing:
    members = tuple(
        Member(path, MemberKind.FILE, len(data), "sha256:" + hashlib.sha256(data).hexdigest())
        for path, data in files.items()
    )
    return Listing("sha256:0", 0, "zip", members)


def paired(
    old: dict[str, bytes], new: dict[str, bytes], versions: tuple[str, str] = ("1.0", "1.1")
) -> Pairing:
    def sketches(olds: Sequence[Member], news: Sequence[Member]) -> Sequence[Sequence[int]]:
        return [*(sketch(old[m.path]) for m in olds), *(sketch(new[m.path]) for m in news)]

    return pair(listing(old), listing(new), versions, sketches)


@pytest.mark.parametrize(
    ("old", "new", "versions"),
    [
        ("pkg-1.0.dist-info/METADATA", "pkg-1.1.dist-info/METADATA", ("1.0", "1.1")),
        ("pkg-2024.1.post1/setup.py", "pkg-2024.2/setup.py", ("2024.1.post1", "2024.2")),
        ("a/_x.cpython-311-x86_64-linux-gnu.so", "a/_x.cpython-312-x86_64-linux-gnu.so", ("1", "2")),
        ("win32/timer.cp311-win_amd64.pyd", "win32/timer.pyd", ("303", "304")),
        ("a/_x.cpython-39-x86_64-linux-gnu.so", "a/_x.abi3.so", ("1", "2")),
        ("a.libs/libz-dd453c56.so.1.2.13", "a.libs/libz-eb09ad1d.so.1.3.1", ("1", "2")),
        ("static/main.3fa9c1b2.js", "static/main.77b0e4aa91.js", ("1", "2")),
        ("0a1b2c3d4e5f60718293__mypyc.so", "ffeeddccbbaa99887766__mypyc.so", ("1", "2")),
    ],
)
def test_names_that_change_by_themselves_are_one(old: str, new: str, versions: tuple[str, str]) -> None:
    assert normal_path(old, versions[0]) == normal_path(new, versions[1])


@pytest.mark.parametrize(("one", "other"), [("pkg/face.py", "pkg/beef.py"), ("a/decade.js", "a/facade.js")])
def test_words_of_hexadecimal_letters_are_not_hashes(one: str, other: str) -> None:
    assert normal_path(one, "1.0") != normal_path(other, "1.0")


def test_every_file_stands_in_exactly_one_place() -> None:
    old = {"same": b"s", "changed": b"1", "moved/here": b"m", "gone": b"g"}
    new = {"same": b"s", "changed": b"2", "moved/there": b"m", "fresh": b"f"}
    found = paired(old, new)
    assert [m.path for m in found.unchanged] == ["same"]
    assert [(p.old.path if p.old else "", p.new.path) for p in found.changed] == [("changed", "changed")]
    assert [(p.old.path if p.old else "", p.new.path) for p in found.moved] == [("moved/here", "moved/there")]
    assert [p.new.path for p in found.added] == ["fresh"]
    assert [m.path for m in found.removed] == ["gone"]


def test_a_renamed_and_edited_file_is_paired_by_likeness() -> None:
    lines = [f"line number {n} of the file" for n in range(100)]
    old = {"pkg/engine.py": "\n".join(lines).encode()}
    new = {"pkg/motor.py": "\n".join([*lines[:90], "something else entirely"]).encode()}
    found = paired(old, new)
    assert [(p.old.path if p.old else "", p.new.path) for p in found.changed] == [
        ("pkg/engine.py", "pkg/motor.py")
    ]


def test_an_unlike_file_under_a_new_name_inherits_nothing() -> None:
    old = {"pkg/engine.py": "\n".join(f"old {n}" for n in range(100)).encode()}
    new = {"pkg/motor.py": "\n".join(f"new {n}" for n in range(100)).encode()}
    assert [p.new.path for p in paired(old, new).added] == ["pkg/motor.py"]


def test_resemblance_is_near_the_share_of_common_lines() -> None:
    a = sketch("\n".join(f"line {n}" for n in range(1000)).encode())
    b = sketch("\n".join(f"line {n}" for n in range(500, 1500)).encode())
    assert resemblance(a, b) == pytest.approx(1 / 3, abs=0.2)
    assert resemblance(a, a) == 1.0
    assert resemblance((), a) == 0.0


def test_churn_is_what_the_old_content_has_not() -> None:
    old = b"first line\nsecond line\nthird line\n"
    assert churn(old, old) == 0
    assert churn(old, b"third line\n   first line\n") == 0
    assert churn(old, old + b"a new line\n") == len(b"a new line")
    assert churn(b"x" * 500, b"y" * 500) == 500


def test_a_hostile_crowd_of_names_costs_seconds() -> None:
    old = {f"old/1.{n}/x.py": b"x%d" % n for n in range(20_000)}
    new = {f"new/1.{n}/x.py": b"y%d" % n for n in range(20_000)}
    began = time.monotonic()
    found = paired(old, new)
    assert time.monotonic() - began < 10, "likeness must not be tried on all pairs of names"
    assert (len(found.added), len(found.removed)) == (20_000, 20_000)
