"""Mutated containers never crash a reader, hang it, or leave half a file behind."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import Undecided
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.open.paths import escaped
from doorward.inspect.open.rules import RULES
from doorward.inspect.open.walk import unpack

LIMITS = replace(DEFAULT_LIMITS, max_members=500, max_total_bytes=32 << 20, max_member_bytes=8 << 20)


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pkg/a.py", b"print()\n" * 50)
        archive.writestr("pkg/b.bin", bytes(range(256)), zipfile.ZIP_STORED)
        archive.writestr("pkg/c.txt", b"x" * 3000, zipfile.ZIP_LZMA)
        archive.writestr("pkg/d.txt", b"y" * 3000, zipfile.ZIP_BZIP2)
        archive.writestr("pkg/", b"")
        archive.comment = b"comment"
    return out.getvalue()


def a_tar(form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name in ("a.py", "d" * 120 + "/b.py", "käse.txt"):
            info = tarfile.TarInfo(name)
            info.size = 700
            archive.addfile(info, io.BytesIO(b"z" * 700))
        link = tarfile.TarInfo("l")
        link.type, link.linkname = tarfile.SYMTYPE, "a.py"
        archive.addfile(link)
    return out.getvalue()


def an_ar(*members: tuple[bytes, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in members:
        out += (
            name.ljust(16) + b"0           0     0     100644  " + str(len(data)).encode().ljust(10) + b"`\n"
        )
        out += data + b"\n" * (len(data) % 2)
    return out


def a_deb() -> bytes:
    return an_ar(
        (b"debian-binary", b"2.0\n"),
        (b"control.tar.xz", lzma.compress(a_tar(tarfile.GNU_FORMAT))),
        (b"data.tar.gz", gzip.compress(a_tar(tarfile.GNU_FORMAT))),
    )


def a_cab() -> bytes:
    content = b"first" * 100 + b"second" * 100
    packer = zlib.compressobj(wbits=-15)
    block = b"CK" + packer.compress(content) + packer.flush()
    files = (
        struct.pack("<2I4H", 500, 0, 0, 0, 0, 0)
        + b"a.txt\0"
        + struct.pack("<2I4H", 600, 500, 0, 0, 0, 0)
        + b"b\0"
    )
    start = 36 + 8 + len(files)
    data = struct.pack("<IHH", 0, len(block), len(content)) + block
    head = struct.pack("<4s5I2B5H", b"MSCF", 0, start + len(data), 0, 44, 0, 3, 1, 1, 2, 0, 0, 0)
    return head + struct.pack("<IHH", start, 1, 1) + files + data


def a_cpio(files: dict[str, bytes]) -> bytes:
    out = b""
    for number, (name, data) in enumerate([*files.items(), ("TRAILER!!!", b"")]):
        raw = name.encode() + b"\0"
        fields = (number + 1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + raw
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def a_header(tags: dict[int, tuple[int, int, bytes]]) -> bytes:
    index, store = b"", b""
    for tag, (kind, count, value) in sorted(tags.items()):
        store += bytes(-len(store) % 4) if kind == 4 else b""
        index += struct.pack(">4I", tag, kind, len(store), count)
        store += value
    return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">2I", len(tags), len(store)) + index + store


def an_rpm(extra: bytes = b"", content: bytes = b"hello") -> bytes:
    payload = gzip.compress(a_cpio({"./usr/bin/a": content, "./usr/bin/b": b"bb"}), mtime=0)
    stated = [hashlib.sha256(data).hexdigest().encode() + b"\0" for data in (b"hello", b"bb")]
    header = a_header(
        {
            1000: (6, 1, b"demo\0"),
            1024: (6, 1, b"echo hello\0"),
            1028: (4, 2, struct.pack(">2I", 5, 2)),
            1035: (8, 2, b"".join(stated)),
            1086: (6, 1, b"/bin/sh\0"),
            1116: (4, 2, bytes(8)),
            1117: (8, 2, b"a\0b\0"),
            1118: (8, 1, b"/usr/bin/\0"),
            1125: (6, 1, b"gzip\0"),
            5011: (4, 1, struct.pack(">I", 8)),
        }
    )
    signature = a_header({1000: (4, 1, struct.pack(">I", len(header) + len(payload)))})
    lead = b"\xed\xab\xee\xdb\x03\0".ljust(96, b"\0")
    return lead + signature + bytes(-(96 + len(signature)) % 8) + header + payload + extra


def a_compound_file() -> bytes:
    """The smallest compound file: header, one FAT sector, one directory sector, one stream."""
    header = bytearray(b"\xff" * 512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[8:24] = bytes(16)
    struct.pack_into("<6H", header, 24, 0x3E, 3, 0xFFFE, 9, 6, 0)
    struct.pack_into("<10I", header, 36, 0, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<I", header, 76, 0)
    fat = struct.pack("<10I", 0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE)
    fat = fat.ljust(512, b"\xff")
    entries = b""
    for name, kind, child, start, size in (
        ("Root Entry", 5, 1, 0xFFFFFFFE, 0),
        ("Data", 2, 0xFFFFFFFF, 2, 4096),
    ):
        raw = name.encode("utf-16-le") + b"\0\0"
        entry = raw.ljust(64, b"\0") + struct.pack("<H2B3I", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        entries += (entry + bytes(36) + struct.pack("<IQ", start, size)).ljust(128, b"\0")[:128]
    return bytes(header) + fat + entries.ljust(512, b"\0") + b"D" * 4096


SEEDS: dict[str, Callable[[], bytes]] = {
    "a.zip": a_zip,
    "a.tar": a_tar,
    "gnu.tar": lambda: a_tar(tarfile.GNU_FORMAT),
    "a.tar.gz": lambda: gzip.compress(a_tar(), mtime=0),
    "a.tar.xz": lambda: lzma.compress(a_tar()),
    "a.tar.bz2": lambda: bz2.compress(a_tar()),
    "a.tar.zst": lambda: zstandard.ZstdCompressor().compress(a_tar()),
    "a.deb": a_deb,
    "a.a": lambda: an_ar((b"a.o/", b"object"), (b"b.o/", b"other object")),
    "a.cab": a_cab,
    "a.rpm": an_rpm,
    "a.msi": a_compound_file,
}

mutation = st.one_of(
    st.tuples(st.just("flip"), st.floats(0, 1), st.integers(0, 255)),
    st.tuples(st.just("word"), st.floats(0, 1), st.sampled_from([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])),
    st.tuples(st.just("cut"), st.floats(0, 1), st.integers(0, 64)),
    st.tuples(st.just("drop"), st.floats(0, 1), st.integers(1, 40)),
    st.tuples(st.just("double"), st.floats(0, 1), st.integers(1, 600)),
)


def mutated(data: bytes, mutations: list[tuple[str, float, int]]) -> bytes:
    out = bytearray(data)
    for how, where, value in mutations:
        at = min(int(where * len(out)), max(0, len(out) - 1))
        if how == "flip" and out:
            out[at] = value
        elif how == "word":
            out[at : at + 4] = struct.pack("<I", value)
        elif how == "cut":
            del out[max(at, value) :]
        elif how == "drop":
            del out[at : at + value]
        else:
            out[at:at] = out[at : at + value]
    return bytes(out)


@pytest.mark.parametrize("name", SEEDS)
def test_seed_is_regular(name: str, tmp_path: Path) -> None:
    place = tmp_path / name
    place.write_bytes(SEEDS[name]())
    listing = unpack(place, name, None, LIMITS)
    assert listing.members
    assert listing.irregularities == ()
    assert listing.not_examined == ()


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(mutations=st.lists(mutation, min_size=1, max_size=6), nested=st.booleans())
def test_mutated_containers_never_crash(
    name: str,
    mutations: list[tuple[str, float, int]],
    nested: bool,  # noqa: FBT001 - hypothesis passes it by keyword
) -> None:
    data = mutated(SEEDS[name](), mutations)
    if nested:
        data = an_ar((name.encode(), data))
    with tempfile.TemporaryDirectory() as folder:
        place, spool = Path(folder) / "artifact", Path(folder) / "spool"
        place.write_bytes(data)
        spool.mkdir()
        try:
            listing = unpack(place, "a.a" if nested else name, spool, LIMITS)
        except Undecided as error:
            assert error.next_step  # noqa: PT017 - one of two right outcomes
        else:
            for member in listing.members:
                parts = member.path.replace("!/", "/").split("/")
                assert not {"", ".", ".."} & set(parts), member.path
                assert escaped("/".join(parts)) == "/".join(parts)
                if member.kind == "file":
                    assert (spool / member.digest.removeprefix("sha256:")).stat().st_size == member.size
            assert {found.rule for found in listing.irregularities} <= set(RULES)
            assert len({member.path for member in listing.members}) == len(listing.members)
            json.dumps([found.detail for found in listing.irregularities]).encode()
        assert [path.name for path in spool.iterdir() if len(path.name) != 64] == []
