"""Attacks on the data probes: an inert payload carried where nobody looks. All of it is noise from seeds."""

from __future__ import annotations

import base64
import struct
import textwrap
import zlib
from pathlib import Path

import pytest

from doorward.inspect.probes.data import DataProbe
from doorward.inspect.probes.media import MediaProbe
from tests.samples.subjects import noise, traits

PAYLOAD = noise(3000, seed=11)
DIGITS = base64.b64encode(PAYLOAD).decode()
PROSE = "Some words about the project that anybody could have written on any day of the week.\n" * 30
NAMES = [
    "LICENSE",
    "pkg-1.dist-info/METADATA",
    "pkg/tests/data/sample.txt",
    "docs/index.html",
    "a.po",
    "RECORD",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "block",
    [
        DIGITS,
        "\n".join(textwrap.wrap(DIGITS, 76)),
        "\n".join(f"    # {line}" for line in textwrap.wrap(DIGITS, 64)),
        "\n".join(f'  "{line}" +' for line in textwrap.wrap(PAYLOAD.hex(), 60)),
        PAYLOAD.hex().upper(),
        DIGITS.replace("+", "-").replace("/", "_"),
    ],
    ids=["one line", "mime", "comment", "joined literals", "upper hex", "url-safe"],
)
def test_an_encoded_blob_in_any_text(tmp_path: Path, name: str, block: str) -> None:
    found = traits(DataProbe(), tmp_path, name, f"{PROSE}\n{block}\n{PROSE}")
    assert [(trait.kind, trait.key) for trait in found] == [("payload.encoded", "opaque")]


@pytest.mark.parametrize("name", [*NAMES, "logo.png", "a.woff2", "a.gz", "a.whl", "data"])
def test_a_bare_blob_under_any_name(tmp_path: Path, name: str) -> None:
    found = traits(DataProbe(), tmp_path, name, PAYLOAD)
    assert [(trait.kind, trait.key) for trait in found] == [("payload.opaque-file", "1k-16k")]


def test_a_xored_blob_is_as_opaque_as_its_key_stream(tmp_path: Path) -> None:
    key = noise(32, seed=5)
    masked = bytes(byte ^ key[at % 32] for at, byte in enumerate(PAYLOAD))
    assert [trait.kind for trait in traits(DataProbe(), tmp_path, "x.bin", masked)] == ["payload.opaque-file"]


def test_a_blob_that_moved_or_was_split_has_no_new_chunks(tmp_path: Path) -> None:
    """Moving an accepted blob must not look like a new one; half of another one must."""

    def values(path: str, data: bytes) -> set[str]:
        return {value for trait in traits(DataProbe(), tmp_path, path, data) for value in trait.values}

    old = values("a.bin", PAYLOAD)
    assert values("b/c.dat", b"HEADER" * 40 + PAYLOAD) <= old
    assert not values("a.bin", noise(3000, seed=12)) & old


def test_a_picture_that_still_opens(tmp_path: Path) -> None:
    """1. whole picture; 2. payload behind IEND, in a private chunk, in a text chunk; 3. each is told."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    rest = chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")
    assert traits(MediaProbe(), tmp_path, "a.png", head + rest) == []
    for picture in (
        head + rest + PAYLOAD,
        head + chunk(b"deMo", PAYLOAD) + rest,
        head + chunk(b"tEXt", b"Comment\x00" + DIGITS.encode()) + rest,
        head + chunk(b"IDAT", zlib.compress(bytes(4) + PAYLOAD)) + chunk(b"IEND", b""),
    ):
        assert "payload.carrier" in {trait.kind for trait in traits(MediaProbe(), tmp_path, "a.png", picture)}
