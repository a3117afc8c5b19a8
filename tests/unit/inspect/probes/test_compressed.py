"""What looks random and decompresses is told apart from what is a riddle."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import zlib

import pytest
import zstandard

from doorward.inspect.probes.compressed import inflated
from doorward.inspect.probes.opaque import Place, payload_traits

TEXT = " ".join(f"word{n * 7919 % 1000}" for n in range(6000)).encode()
FORMATS = {
    "zlib": zlib.compress(TEXT, 9),
    "gzip": gzip.compress(TEXT),
    "bz2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zstd": zstandard.compress(TEXT),
}
AROUND = b"some table\0" * 40


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311 -- an inert stand-in


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_decompressed_where_it_begins(name: str) -> None:
    data = AROUND + FORMATS[name] + AROUND
    start = len(AROUND)
    assert inflated(data, start + 20, start + len(FORMATS[name])) == TEXT


def test_random_bytes_are_not_compressed() -> None:
    data = AROUND + noise(4000) + AROUND
    assert inflated(data, len(AROUND), len(AROUND) + 4000) is None


def test_a_short_stream_before_random_bytes_does_not_excuse_them() -> None:
    small = zlib.compress(b"hello hello hello hello")
    data = AROUND + small + noise(4000)
    start = len(AROUND) + len(small)
    assert inflated(data, start, start + 4000) is None


def test_random_bytes_that_were_compressed_stay_a_riddle() -> None:
    packed = zlib.compress(noise(4000))
    data = AROUND + packed + AROUND
    assert inflated(data, len(AROUND), len(AROUND) + len(packed)) is None


def kinds(data: bytes) -> set[str]:
    return {trait.kind for trait in payload_traits(data, [Place(0, len(data), "data", ".rdata")])}


def test_compressed_constants_are_weak_and_an_encrypted_blob_is_not() -> None:
    assert kinds(AROUND + FORMATS["zlib"] + AROUND) == {"payload.compressed-section"}
    assert "payload.opaque-section" in kinds(AROUND + noise(4000) + AROUND)


def test_an_executable_that_was_compressed_into_another_is_found() -> None:
    inner = b"\x7fELF" + TEXT
    data = AROUND + zlib.compress(inner) + AROUND
    traits = payload_traits(data, [Place(0, len(data), "data")])
    (found,) = [trait for trait in traits if trait.kind == "payload.embedded-executable"]
    assert found.key == "compressed"
    assert found.evidence.offset is not None
    assert len(AROUND) <= found.evidence.offset < len(data) - len(AROUND)
