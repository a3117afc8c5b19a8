"""Attacks by name: paths that leave the tree, fool the eye, or collide; each is listed and examined."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.errors import Misuse, Undecided
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.open.paths import escaped, logical
from doorward.inspect.open.rules import RULES
from doorward.inspect.open.walk import unpack
from doorward.model.artifact import Listing, MemberKind


def tar(*names: bytes) -> bytes:
    """A ustar archive of files that hold one byte each."""
    out = b""
    for name in names:
        block = bytearray(512)
        block[: len(name)] = name
        block[100:108] = b"0000644\0"
        block[124:136] = b"00000000001\0"
        block[148:156] = b" " * 8
        block[156:157] = b"0"
        block[257:265] = b"ustar\x0000"
        block[148:156] = b"%06o\0 " % sum(block)
        out += bytes(block) + b"x" + bytes(511)
    return out + bytes(1024)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Listing]:
    """Open bytes as an artifact of some name."""

    def act(data: bytes, name: str = "a.tar") -> Listing:
        place = tmp_path / "artifact"
        place.write_bytes(data)
        return unpack(place, name, None, DEFAULT_LIMITS)

    return act


@pytest.mark.parametrize(
    ("name", "safe", "rule", "detail"),
    [
        (
            b"../../etc/passwd",
            r"\x2e\x2e/\x2e\x2e/etc/passwd",
            "path.traversal",
            "`..` in ../../etc/passwd leaves",
        ),
        (b"a/../../b", r"a/\x2e\x2e/\x2e\x2e/b", "path.traversal", "`..` in a/../../b"),
        (b"..\\..\\win.ini", r"..\..\win.ini", "path.traversal", r"`..` in ..\..\win.ini"),
        (b"/etc/passwd", "etc/passwd", "path.absolute", "/etc/passwd starts at the root"),
        (b"\\\\host\\share", r"\\host\share", "path.absolute", r"\\host\share starts at the root"),
        (b"C:\\a.exe", r"C\x3a\a.exe", "path.drive", r"C:\a.exe names a Windows drive"),
        (b"a\nb.py", r"a\x0ab.py", "path.control", r"control characters, which terminals obey: a\x0ab.py"),
        (b"a\x1b[2Jb", r"a\x1b[2Jb", "path.control", r"a\x1b[2Jb"),
        ("a\u202egpj.py".encode(), r"a\u202egpj.py", "path.bidi", r"a\u202egpj.py"),
        ("a\u200b.py".encode(), r"a\u200b.py", "path.bidi", r"invisible or direction-changing"),
        (b"\xff\xfe.py", r"\xff\xfe.py", "path.undecodable", r"\xff\xfe.py"),
        (b"a.zip!/b.py", r"a.zip\x21/b.py", "path.nested-separator", "`!/`"),
    ],
)
def test_odd_names_are_listed_under_safe_paths(
    opened: Callable[..., Listing], name: bytes, safe: str, rule: str, detail: str
) -> None:
    listing = opened(tar(name))
    assert [found.path for found in listing.members] == [safe]
    assert listing.members[0].digest.startswith("sha256:2d711642")
    found = [item for item in listing.irregularities if item.rule == rule]
    assert [item.path for item in found] == [safe]
    assert detail in found[0].detail
    assert all(ch.isprintable() for item in listing.irregularities for ch in item.detail)


def test_nul_in_a_name_is_spelled_out() -> None:
    safe, tricks = logical("setup.py\x00.txt", 4096)
    assert safe == r"setup.py\x00.txt"
    assert tricks == (("path.nul", r"the name holds a NUL, where C programs end the name: setup.py\x00.txt"),)


def test_ordinary_names_are_left_alone() -> None:
    for name in (
        "a/b.py",
        "käse/ß.txt",
        "日本語.md",
        "a b (c).d",
        r"system-systemd\x2dcryptsetup.slice",
        "Foo::Bar.3pm",
    ):
        assert logical(name, 4096) == (name, ())
    assert logical("./usr/bin/", 4096) == ("usr/bin", ())
    assert logical("./", 4096) == ("", ())


def test_html_stays_data(opened: Callable[..., Listing]) -> None:
    listing = opened(tar(b"<img src=x onerror=alert(1)>"))
    assert listing.members[0].path == "<img src=x onerror=alert(1)>"  # escaping HTML is the output's duty


def test_over_long_name_is_cut_and_said_so() -> None:
    safe, tricks = logical("d/" * 3000 + "f.py", 4096)
    assert len(safe) == 4096
    assert safe.endswith("/f.py")
    assert tricks == (("path.too-long", "6,004 characters, over max_path_length 4,096"),)


def test_names_that_differ_in_case_or_composition(opened: Callable[..., Listing]) -> None:
    listing = opened(tar(b"Setup.py", b"setup.py", "\u00e9".encode(), "e\u0301".encode()))
    assert len(listing.members) == 4
    found = [item for item in listing.irregularities if item.rule == "path.case-collision"]
    assert found[0].detail == "setup.py and Setup.py are one file where case or composition does not count"
    assert len(found) == 2


def test_lone_surrogates_cannot_break_an_output() -> None:
    assert escaped("a\udcffb") == r"a\xffb"
    escaped("a\ud800b").encode("utf-8")


def test_directory_with_links_a_fifo_and_git(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / ".git" / "config").write_text("[core]")
    (root / "pkg").mkdir()
    (root / "pkg" / "a.py").write_text("1\n")
    (root / "pkg" / "out").symlink_to("../../elsewhere")
    os.mkfifo(root / "pkg" / "pipe")
    listing = unpack(root, "tree", None, DEFAULT_LIMITS)
    assert listing.container == "directory"
    assert [(found.path, found.kind) for found in listing.members] == [
        ("pkg", MemberKind.DIRECTORY),
        ("pkg/a.py", MemberKind.FILE),
        ("pkg/out", MemberKind.SYMLINK),
        ("pkg/pipe", MemberKind.SPECIAL),
    ]
    assert [found.rule for found in listing.irregularities] == ["link.outside", "member.device"]
    assert listing.size == 2


def test_directory_digest_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two", "three"):
        root = tmp_path / name
        root.mkdir()
        (root / "b").write_text("2")
        (root / "a").write_text("1" if name != "three" else "changed")
        digests.append(unpack(root, name, None, DEFAULT_LIMITS).digest)
    assert digests[0] == digests[1] != digests[2]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no such file; next: check the path"):
        unpack(tmp_path / "gone.whl", "gone.whl", None, DEFAULT_LIMITS)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "e.whl").touch()
    with pytest.raises(
        Undecided, match=r"opening e.whl; expected a release file; found 0 bytes; next: fetch the file again"
    ):
        unpack(tmp_path / "e.whl", "e.whl", None, DEFAULT_LIMITS)


def test_a_pipe_is_no_artifact(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    with pytest.raises(Misuse, match="found a device, pipe or socket"):
        unpack(tmp_path / "p", "p", None, DEFAULT_LIMITS)


def test_a_plain_file_is_one_member(opened: Callable[..., Listing]) -> None:
    listing = opened(b"\x7fELF" + bytes(100), "tool")
    assert (listing.container, listing.size) == ("plain", 104)
    assert [(found.path, found.size, found.digest) for found in listing.members] == [
        ("tool", 104, listing.digest)
    ]


def test_every_rule_is_stated_whole() -> None:
    for name, rule in RULES.items():
        assert rule.name == name
        assert rule.title[0].isupper()
        for text in (rule.why, rule.innocent, rule.settle):
            assert text.endswith("."), name
        assert all(item[0] == "T" and item[1:5].isdigit() for item in rule.attack), name
