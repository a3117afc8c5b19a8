"""Attacks by size: bombs, nesting without end, a million members; limits cut, and never silently."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.inspect.limits import DEFAULT_LIMITS, Limits
from doorward.inspect.open.walk import unpack
from doorward.model.artifact import Listing

MIB = 1024 * 1024
TIGHT = replace(DEFAULT_LIMITS, ratio_floor=4 * MIB, max_ratio=100)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Listing]:
    """Open bytes as an artifact of some name; the spool must hold whole contents only."""

    def act(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> Listing:
        place = tmp_path / "artifact"
        place.write_bytes(data)
        spool = tmp_path / "spool"
        spool.mkdir(exist_ok=True)
        try:
            return unpack(place, name, spool, limits)
        finally:
            assert [path.name for path in spool.iterdir() if len(path.name) != 64] == []

    return act


def zipped(name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def reasons(listing: Listing) -> list[tuple[str, str]]:
    return [(found.path, found.reason) for found in listing.not_examined]


def test_zip_bomb(opened: Callable[..., Listing]) -> None:
    listing = opened(zipped("bomb", bytes(64 * MIB)), "a.zip", TIGHT)
    assert len(listing.not_examined) == 1
    assert "(limit max_ratio)" in reasons(listing)[0][1]
    assert listing.members == ()


def test_gzip_bomb(opened: Callable[..., Listing]) -> None:
    listing = opened(gzip.compress(bytes(64 * MIB)), "a.txt.gz", TIGHT)
    assert "(limit max_ratio)" in reasons(listing)[0][1]


def test_tar_bomb_of_zeros_behind_the_end(opened: Callable[..., Listing]) -> None:
    block = bytearray(512)
    block[:1] = b"a"
    block[124:136] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    listing = opened(lzma.compress(bytes(block) + bytes(64 * MIB)), "a.tar.xz", TIGHT)
    assert [found.path for found in listing.members] == ["a"]
    assert reasons(listing)[0][0] == ""
    assert "(limit max_ratio)" in reasons(listing)[0][1]


def test_many_small_bombs_are_one_bomb(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"{number}", bytes(MIB))
    listing = opened(out.getvalue(), "a.zip", replace(TIGHT, max_ratio=10))
    assert reasons(listing)[-1][0] == ""
    assert "unpacks to more than 10 times its size (limit max_ratio) at " in reasons(listing)[-1][1]
    assert listing.members


def test_member_over_its_limit(opened: Callable[..., Listing]) -> None:
    listing = opened(
        zipped("big", bytes(3 * MIB)), "a.zip", replace(DEFAULT_LIMITS, max_member_bytes=2 * MIB)
    )
    assert reasons(listing) == [("big", "larger than 2,097,152 bytes unpacked (limit max_member_bytes)")]


def test_total_over_its_limit(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}", bytes(MIB))
    listing = opened(out.getvalue(), "a.zip", replace(DEFAULT_LIMITS, max_total_bytes=2 * MIB))
    assert reasons(listing) == [
        ("", "unpacks to more than 2,097,152 bytes (limit max_total_bytes) at 2; the rest was not read")
    ]
    assert [found.path for found in listing.members] == ["0", "1"]


def test_ten_thousand_deep(opened: Callable[..., Listing]) -> None:
    data = b"core"
    for _ in range(10_000):
        data = _stored("a.zip", data)
    listing = opened(data, "deep.zip")
    assert reasons(listing) == [
        ("a.zip" + "!/a.zip" * 7, "nested deeper than 8 containers (limit max_depth)")
    ]
    assert len(listing.members) == 8


def _stored(name: str, data: bytes) -> bytes:
    """A zip of one stored member; checksums are wrong on purpose: they would cost the most."""
    raw = name.encode()
    fields = struct.pack("<3H2HI2I2H", 20, 0, 0, 0, 0, 0, len(data), len(data), len(raw), 0)
    local = b"PK\x03\x04" + fields + raw
    record = b"PK\x01\x02\x14\x00" + fields + struct.pack("<3H2I", 0, 0, 0, 0, 0) + raw
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(record), len(local) + len(data), 0)
    return local + data + record + end


@pytest.mark.slow
def test_a_million_members(opened: Callable[..., Listing]) -> None:
    count = 1_000_000
    local = b"PK\x03\x04" + struct.pack("<3H2HI2I2H", 20, 0, 0, 0, 0, 0, 0, 0, 7, 0)
    record = b"PK\x01\x02\x14\x00" + struct.pack("<3H2HI2I2H", 20, 0, 0, 0, 0, 0, 0, 0, 7, 0)
    names = [b"%07d" % number for number in range(count)]
    body = b"".join(local + name for name in names)
    records = b"".join(
        record + struct.pack("<3H2I", 0, 0, 0, 0, 37 * number) + name for number, name in enumerate(names)
    )
    end64 = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, len(records), len(body))
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, len(body) + len(records), 1)
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    start = time.perf_counter()
    listing = opened(body + records + end64 + locator + end, "a.zip")
    assert time.perf_counter() - start < 60
    assert len(listing.members) == DEFAULT_LIMITS.max_members
    assert reasons(listing) == [("", "more than 200,000 members (limit max_members); the rest was not read")]


def test_an_endless_list_of_irregularities_is_bounded(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(300):
            archive.writestr(zipfile.ZipInfo(f"../{number}"), b"")
    listing = opened(out.getvalue(), "a.zip", replace(DEFAULT_LIMITS, max_members=100))
    assert len(listing.irregularities) <= 100
    assert len(listing.members) == 100


def test_nested_bomb_says_where(opened: Callable[..., Listing]) -> None:
    inner = gzip.compress(bytes(16 * MIB))
    listing = opened(zipped("x/b.gz", inner, zipfile.ZIP_STORED), "a.zip", replace(TIGHT, max_ratio=500))
    assert reasons(listing)[0][0] in {"x/b.gz!/b", ""}
    assert "(limit max_ratio)" in reasons(listing)[0][1]


def test_contents_are_spooled_once_and_privately(opened: Callable[..., Listing], tmp_path: Path) -> None:
    out = io.BytesIO()
    big = bytes(range(256)) * 10_000
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("a", "b"):
            archive.writestr(name, b"same")
            archive.writestr(name + ".bin", big)
    listing = opened(out.getvalue(), "a.zip")
    spool = tmp_path / "spool"
    assert sorted(path.name for path in spool.iterdir()) == sorted(
        {found.digest.removeprefix("sha256:") for found in listing.members}
    )
    assert {path.stat().st_mode & 0o777 for path in spool.iterdir()} == {0o600}
    assert (spool / listing.members[1].digest.removeprefix("sha256:")).read_bytes() == big
