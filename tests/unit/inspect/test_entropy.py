"""Opaque regions are found at any alignment, keep their identity when moved, and are not tables."""

from __future__ import annotations

import lzma
import random
import struct
import sysconfig
import zlib
from math import sin
from pathlib import Path

import pytest

from doorward.inspect.entropy import (
    Region,
    encoded_regions,
    entropy,
    expected_entropy,
    opaque_regions,
    strip,
)

CODE = Path(sysconfig.get_path("stdlib"), "argparse.py").read_bytes()


def noise(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - seeded on purpose


def test_entropy_of_known_strings() -> None:
    assert entropy(b"") == 0.0
    assert entropy(b"aaaa") == 0.0
    assert entropy(b"abcd") == 2.0
    assert entropy(bytes(range(256))) == 8.0


@pytest.mark.parametrize("size", [64, 128, 256, 1024, 4096, 16384])
def test_expected_entropy_is_the_mean_of_random_bytes(size: int) -> None:
    mean = sum(entropy(noise(size, seed)) for seed in range(40)) / 40
    assert abs(mean - expected_entropy(size)) < 0.03


def test_256_random_bytes_have_seven_bits_not_eight() -> None:
    assert round(expected_entropy(256), 2) == 7.17


def test_strip_shows_where_the_noise_is() -> None:
    picture = strip(bytes(32_768) + noise(32_768))
    assert len(picture) == 64
    assert set(picture[:32]) == {0}
    assert min(picture[32:]) >= 60
    assert strip(b"") == ()
    assert strip(b"abc") == (13,)


def test_strip_of_a_large_file_samples() -> None:
    picture = strip(bytes(8 << 20) + noise(8 << 20))
    assert picture[0] == 0
    assert picture[-1] == 64


@pytest.mark.parametrize("size", [192, 256, 600, 5000, 70_000])
@pytest.mark.parametrize("shift", [0, 1, 17, 63])
def test_a_blob_is_found_at_any_alignment(size: int, shift: int) -> None:
    data = CODE[: 1000 + shift] + noise(size) + CODE[1000:3000]
    regions = opaque_regions(data)
    assert sum(region.size for region in regions) >= size * 0.9
    assert abs(regions[0].offset - 1000 - shift) <= 64


def test_detection_rate_of_small_blobs() -> None:
    found = sum(bool(opaque_regions(CODE[:777] + noise(192, seed) + CODE[777:1500])) for seed in range(300))
    assert found >= 294


@pytest.mark.parametrize(
    "blob",
    [
        zlib.compress(CODE, 9),
        lzma.compress(CODE),
        bytes(a ^ b for a, b in zip(CODE, noise(len(CODE)), strict=True)),
    ],
    ids=["deflate", "lzma", "keystream"],
)
def test_compressed_and_encrypted_content_is_opaque(blob: bytes) -> None:
    regions = opaque_regions(bytes(4096) + blob + bytes(4096))
    assert sum(region.size for region in regions) >= len(blob) * 0.95


def test_text_and_source_code_are_not_opaque() -> None:
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("[a-f]*.py")):
        assert opaque_regions(file.read_bytes()) == [], file.name


def crc_table(polynomial: int, width: int) -> bytes:
    words = []
    for word in range(256):
        for _ in range(8):
            word = word >> 1 ^ (polynomial if word & 1 else 0)  # noqa: PLW2901 - the textbook loop
        words.append(word.to_bytes(width, "little"))
    return b"".join(words)


@pytest.mark.parametrize(
    "table",
    [
        struct.pack("<600d", *(sin(n) for n in range(600))),
        struct.pack("<600f", *(sin(n) for n in range(600))),
        struct.pack("<900I", *((n * 7919 + 13) % 1_000_000 for n in range(900))),
        struct.pack("<500Q", *(0x7F0000400000 + (n * 104_729) % 1_000_000 for n in range(500))),
        bytes(random.Random(3).sample(range(256), 256)),  # noqa: S311 - seeded on purpose
        bytes(range(256)) * 4,
        crc_table(0xEDB88320, 4),
        crc_table(0xC96C5795D7870F42, 8),
    ],
    ids=["doubles", "floats", "integers", "pointers", "permutation", "counter", "crc32", "crc64"],
)
def test_tables_are_not_opaque(table: bytes) -> None:
    assert opaque_regions(bytes(512) + table + bytes(512)) == []


def test_a_table_beside_a_blob_does_not_hide_it() -> None:
    doubles = struct.pack("<600d", *(sin(n) for n in range(600)))
    crc = crc_table(0xEDB88320, 4)
    assert sum(region.size for region in opaque_regions(noise(900) + crc + noise(900, 3))) >= 1700
    regions = opaque_regions(doubles + noise(4096) + doubles)
    assert sum(region.size for region in regions) >= 2048


def test_a_moved_blob_brings_no_new_chunk() -> None:
    blob = noise(9000)
    (old,) = opaque_regions(CODE[:500] + blob + CODE[:500])
    (new,) = opaque_regions(CODE[:2221] + blob + CODE[900:1900])
    assert len(old.values) > 150
    assert not set(new.values) - set(old.values)


def test_equal_bytes_have_equal_keys() -> None:
    first = opaque_regions(bytes(640) + noise(4096) + bytes(640))
    second = opaque_regions(bytes(1000) + noise(4096) + bytes(640))
    assert [region.key for region in first] == [region.key for region in second]
    assert first[0].key.startswith("sha256:")


def test_an_altered_blob_brings_new_chunks() -> None:
    blob = bytearray(noise(9000))
    blob[4000:5000] = noise(1000, seed=8)
    (old,) = opaque_regions(noise(9000))
    (new,) = opaque_regions(bytes(blob))
    assert 15 <= len(set(new.values) - set(old.values)) <= 60


def test_large_regions_keep_a_bounded_number_of_values() -> None:
    (region,) = opaque_regions(noise(3 << 20))
    assert 150 <= len(region.values) <= 700


def test_size_classes() -> None:
    sizes = [200, 500, 10_000, 100_000, 1_000_000]
    assert [Region(0, size, "", ()).size_class for size in sizes] == [
        "below-256",
        "256-1k",
        "1k-16k",
        "16k-256k",
        "above-256k",
    ]


def test_encoded_text_is_found_and_words_are_not() -> None:
    hexed = noise(400).hex().encode()
    (region,) = encoded_regions(b"name = '" + hexed + b"'\n")
    assert (region.offset, region.size) == (8, 800)
    assert encoded_regions(CODE) == []
    assert encoded_regions(b"antidisestablishmentarianism" * 40) == []
    assert encoded_regions(b"0123456789abcdef" * 3 + b" ") == []


def test_start_and_end_bound_the_search() -> None:
    data = noise(2048) + bytes(2048) + noise(2048)
    assert opaque_regions(data, start=2048, end=4096) == []
    assert [region.offset for region in opaque_regions(data, start=4000)] == [4096]
