"""Attacks on readers of tar and of compressed streams: what one reader installs and another never shows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from doorward.errors import Undecided
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.open.walk import unpack
from doorward.model.artifact import Listing, MemberKind


def header(name: bytes, size: int = 0, kind: bytes = b"0", link: bytes = b"") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124:136] = b"%011o\0" % size
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: bytes, data: bytes = b"", kind: bytes = b"0", link: bytes = b"") -> bytes:
    return header(name, len(data), kind, link) + data + bytes(-len(data) % 512)


def pax(**records: str) -> bytes:
    body = b""
    for key, value in records.items():
        rest = f" {key}={value}\n".encode()
        length = len(rest) + len(str(len(rest) + 3))
        body += str(length).encode() + rest
    return member(b"PaxHeader", body, b"x")


END = bytes(1024)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Listing]:
    """Open bytes as an artifact of some name."""

    def act(data: bytes, name: str = "a.tar") -> Listing:
        place = tmp_path / "artifact"
        place.write_bytes(data)
        return unpack(place, name, None, DEFAULT_LIMITS)

    return act


def rules(listing: Listing) -> dict[str, str]:
    return {found.rule: found.detail for found in listing.irregularities}


def paths(listing: Listing) -> list[str]:
    return [found.path for found in listing.members]


def test_plain_tar(opened: Callable[..., Listing]) -> None:
    listing = opened(member(b"./", kind=b"5") + member(b"./a", b"1") + member(b"d/", kind=b"5") + END)
    assert paths(listing) == ["a", "d"]
    assert listing.irregularities == ()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_form_of_long_names_is_regular(opened: Callable[..., Listing], form: int) -> None:
    out = io.BytesIO()
    long = "d" * 60 + "/" + "e" * 60 + "/f.py"
    names = ["short.py", long] + ([] if form == tarfile.USTAR_FORMAT else [long * 3, "käse/ß.py"])
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    listing = opened(out.getvalue())
    assert paths(listing) == names
    assert listing.irregularities == ()


def test_member_behind_the_end(opened: Callable[..., Listing]) -> None:
    data = member(b"a", b"1") + END + member(b"evil.py", b"2") + END
    with tarfile.open(fileobj=io.BytesIO(data)) as other:
        assert other.getnames() == ["a"]  # the attack: what Python's own reader sees
    listing = opened(data)
    assert paths(listing) == ["a", "evil.py"]
    assert rules(listing)["tar.trailing-member"] == (
        "evil.py stands behind the end mark: some readers stop there, others install it"
    )


def test_bytes_behind_the_end_are_examined(opened: Callable[..., Listing]) -> None:
    listing = opened(member(b"a", b"1") + END + b"payload" * 200)
    assert paths(listing) == ["a", ".tar/trailing"]
    assert rules(listing) == {
        "tar.trailing-bytes": "1,400 bytes from byte 2,048 are no member, padding or end mark"
    }


def test_member_behind_a_broken_header(opened: Callable[..., Listing]) -> None:
    listing = opened(member(b"a", b"1") + b"\xff" * 512 + member(b"evil.py", b"2") + END)
    assert paths(listing) == ["a", "evil.py", ".tar/trailing"]
    assert "behind a block that is no header" in rules(listing)["tar.trailing-member"]


def test_pax_size_that_differs_from_the_header(opened: Callable[..., Listing]) -> None:
    inner = member(b"smuggled.py", b"evil")
    data = pax(size=str(len(inner))) + header(b"a.bin", 0) + inner + END
    listing = opened(data)
    assert paths(listing) == ["a.bin", "a.bin!/smuggled.py"]  # both readings are listed
    assert rules(listing)["tar.size-disagreement"] == (
        "the header says 0 bytes, the extended header says 1,024"
    )


def test_pax_path_that_differs_from_the_header(opened: Callable[..., Listing]) -> None:
    listing = opened(pax(path="setup.py") + member(b"README", b"1") + END)
    assert paths(listing) == ["setup.py"]
    assert rules(listing) == {
        "tar.name-disagreement": "the header says b'README', the extended header says b'setup.py'"
    }


def test_global_header_that_renames_everything(opened: Callable[..., Listing]) -> None:
    body = b"17 path=setup.py\n"
    listing = opened(member(b"pax_global", body, b"g") + member(b"a", b"1") + END)
    assert "tar.global-override" in rules(listing)


def test_global_header_of_git_archive_is_regular(opened: Callable[..., Listing]) -> None:
    body = b"52 comment=" + b"a" * 40 + b"\n"
    listing = opened(member(b"pax_global_header", body, b"g") + member(b"a", b"1") + END)
    assert listing.irregularities == ()


def test_padding_that_is_not_zero(opened: Callable[..., Listing]) -> None:
    data = bytearray(member(b"a", b"1") + END)
    data[600:606] = b"hidden"
    assert rules(opened(bytes(data))) == {
        "tar.padding": "511 bytes between a member and the next are not zero"
    }


def test_link_that_states_data(opened: Callable[..., Listing]) -> None:
    data = member(b"a", b"1") + header(b"l", 512, b"2", b"a") + b"x" * 512 + END
    listing = opened(data)
    assert "tar.link-with-data" in rules(listing)
    assert paths(listing) == ["a", "l"]


def test_unknown_type_is_examined(opened: Callable[..., Listing]) -> None:
    listing = opened(member(b"a", b"1") + member(b"b", b"2", b"Z") + END)
    assert rules(listing) == {"tar.unknown-type": "type b'Z' is known to no standard"}
    assert paths(listing) == ["a", "b"]


def test_truncated_tar_is_undecided_and_says_where(opened: Callable[..., Listing]) -> None:
    with pytest.raises(Undecided) as caught:
        opened(member(b"a", b"x" * 2000)[:1000])
    assert str(caught.value) == (
        "opening a.tar as tar: the archive ends inside a member at byte 1,000; expected 2,000 more bytes;"
        " found 488; next: fetch the file again and compare its digest with the publisher's"
    )


def test_links_devices_and_what_is_written_through_links(opened: Callable[..., Listing]) -> None:
    data = (
        member(b"p/out", kind=b"2", link=b"../../../etc")
        + member(b"p/abs", kind=b"2", link=b"/etc/passwd")
        + member(b"p/in", kind=b"2", link=b"../q")
        + member(b"p/in/evil.py", b"1")
        + member(b"p/hard", kind=b"1", link=b"../../outside")
        + member(b"p/dev", kind=b"3")
        + member(b"p/fifo", kind=b"6")
        + END
    )
    listing = opened(data)
    told = [(found.rule, found.path) for found in listing.irregularities]
    assert told == [
        ("link.outside", "p/out"),
        ("link.absolute", "p/abs"),
        ("link.through", "p/in/evil.py"),
        ("link.outside", "p/hard"),
        ("link.dangling", "p/hard"),
        ("member.device", "p/dev"),
        ("member.device", "p/fifo"),
    ]
    assert [m.kind for m in listing.members][-2:] == [MemberKind.SPECIAL, MemberKind.SPECIAL]


def test_hard_link_carries_the_content_of_its_target(opened: Callable[..., Listing]) -> None:
    listing = opened(member(b"data.bin", b"code") + member(b"p.py", kind=b"1", link=b"data.bin") + END)
    assert listing.irregularities == ()
    assert listing.members[1].path == "p.py"
    assert listing.members[1].digest == listing.members[0].digest
    assert listing.members[1].link == "data.bin"


def test_set_user_id(opened: Callable[..., Listing]) -> None:
    block = bytearray(member(b"a", b"1"))
    block[100:108] = b"0004755\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    listing = opened(bytes(block) + END)
    assert rules(listing) == {"member.setuid": "mode 4755 runs it with its owner's rights"}


def test_sparse_file_is_given_with_its_holes(opened: Callable[..., Listing]) -> None:
    # PAX sparse format 1.0, as GNU tar writes it: one piece of 3 bytes at 1,000 in a file of 2,000.
    stored = b"1\n1000\n3\n".ljust(512, b"\0") + b"abc"
    records = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "a.img",
        "GNU.sparse.realsize": "2000",
    }
    listing = opened(pax(**records) + member(b"./GNUSparseFile.0/a.img", stored) + END)
    assert paths(listing) == ["a.img"]
    assert listing.members[0].size == 2000
    assert set(rules(listing)) == {"tar.sparse"}


# -- compressed streams ----------------------------------------------------------------------

TAR = member(b"pkg/setup.py", b"print()") + END


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("p.tar.gz", gzip.compress),
        ("p.tgz", gzip.compress),
        ("p.tar.xz", lzma.compress),
        ("p.tar.bz2", bz2.compress),
        ("p.tar.zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_compressed_tar_is_one_container(
    opened: Callable[..., Listing], name: str, pack: Callable[[bytes], bytes]
) -> None:
    listing = opened(pack(TAR), name)
    assert listing.container == "tar"
    assert paths(listing) == ["pkg/setup.py"]
    assert listing.irregularities == ()
    outer = opened(member(name.encode(), pack(TAR)) + END)
    assert paths(outer) == [name, f"{name}!/pkg/setup.py"]
    assert outer.members[0].container == "tar"


@pytest.mark.parametrize(
    ("form", "pack"),
    [
        ("gz", gzip.compress),
        ("xz", lzma.compress),
        ("bz2", bz2.compress),
        ("zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_bytes_behind_compressed_data(
    opened: Callable[..., Listing], form: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(b"content" * 100)
    listing = opened(packed + b"hidden payload", f"data.{form}")
    assert paths(listing) == ["data", f".{form}/trailing"]
    assert listing.members[1].size == 14
    assert listing.container == form
    assert rules(listing) == {f"{form}.trailing-bytes": "14 bytes behind the end of the compressed data"}
    found = listing.irregularities[0]
    assert (found.offset, found.size) == (len(packed), 14)
    assert rules(opened(packed + bytes(16), f"data.{form}")) == {
        f"{form}.trailing-zeros": "16 zero bytes behind the end"
    }


def test_bytes_behind_a_compressed_tar_are_examined(opened: Callable[..., Listing]) -> None:
    listing = opened(gzip.compress(TAR) + b"hidden payload", "p-1.tar.gz")
    assert paths(listing) == ["pkg/setup.py", ".tar/behind-compression"]
    assert set(rules(listing)) == {"gz.trailing-bytes"}


def test_second_gzip_member_is_read_and_reported(opened: Callable[..., Listing]) -> None:
    listing = opened(gzip.compress(b"one") + gzip.compress(b"two"), "a.txt.gz")
    assert [found.size for found in listing.members] == [6]
    assert rules(listing) == {"gz.several-members": "2 gzip members; some readers stop after the first"}


def test_gzip_fields_that_nobody_reads(opened: Callable[..., Listing]) -> None:
    plain = gzip.compress(b"one")
    extra = (
        plain[:3]
        + bytes([4 | 16])
        + plain[4:10]
        + struct.pack("<H", 5)
        + b"extra"
        + b"a comment\0"
        + plain[10:]
    )
    assert rules(opened(extra, "a.gz")) == {
        "gz.extra-field": "5 bytes in the header's extra field",
        "gz.comment": "9 bytes in the header's comment",
    }


def test_skippable_frame(opened: Callable[..., Listing]) -> None:
    frame = b"\x50\x2a\x4d\x18" + struct.pack("<I", 6) + b"hidden"
    listing = opened(zstandard.ZstdCompressor().compress(b"x") + frame, "a.zst")
    assert rules(listing) == {"zst.skippable-frame": "a skippable frame of 6 bytes that no reader unpacks"}


def test_wrong_gzip_checksum(opened: Callable[..., Listing]) -> None:
    data = bytearray(gzip.compress(b"content"))
    data[-8] ^= 1
    listing = opened(bytes(data), "a.txt.gz")
    assert [found.rule for found in listing.irregularities] == ["member.corrupt"]
    assert listing.not_examined[0].reason.startswith("its data is corrupt: gzip checksum differs")


def test_nested_broken_gzip_is_no_reason_to_be_undecided(opened: Callable[..., Listing]) -> None:
    fixture = gzip.compress(b"content" * 100)[:30]
    listing = opened(member(b"tests/bad.gz", fixture) + member(b"tests/short.gz", fixture[:8]) + END)
    assert paths(listing) == ["tests/bad.gz", "tests/short.gz"]
    assert listing.not_examined == ()
    assert [found.container for found in listing.members] == ["", ""]  # examined as data
    assert {found.path for found in listing.irregularities} == {"tests/bad.gz!/bad", "tests/short.gz"}
