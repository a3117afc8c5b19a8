"""What an executable carries: opaque regions, executables inside it, long encoded text.

Rule: the place matters as much as the size. Compilers put random-looking bytes into read-only data
(tables, keys) and resources (pictures); between sections, after the image and in code they put none.
Regions keep content-defined identities (`inspect.entropy`), so that what was there before is not new.
What looks random and decompresses to something that does not is told apart: it is compressed, as
generators do with tables and strings, and what it decompresses to is looked at.

Left out, because they are random by nature and covered by their own traits: certificate tables
(`authenticode`), hash tables of symbols, strong-name signatures.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from struct import unpack_from

from doorward.inspect.entropy import Region, encoded_regions, opaque_regions
from doorward.inspect.probes.compressed import inflated
from doorward.inspect.probes.executable_kinds import COMPRESSED, EMBEDDED, ENCODED, OPAQUE, OPAQUE_PLACE
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["Place", "payload_traits"]

MAX_VALUES = 6_000
"""Chunks kept of one trait: 192 KB of opaque bytes in full, far more when thinned by region."""
PE_INSIDE = re.compile(rb"PE\0\0[\x4c\x64\xc4\xaa\xf0][\x01\x86\xaa]")
ELF_INSIDE = re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01[\x00-\x12]\0{8}[\x02\x03\0][\0\x02\x03]")
STUB_TEXT = b"This program cannot be run in DOS mode"
STUB_STEPS = bytes(a ^ b for a, b in pairwise(STUB_TEXT))
"""Differences of neighbouring bytes: equal for the text and for the text under any one-byte key."""
PIECE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the file and what kind of home it is for data."""

    start: int
    end: int
    label: str
    """`code`, `data`, `resource`, `overlay`, `gap`, `debug`, `headers`."""
    name: str = ""
    """Section name, for the evidence."""


def payload_traits(data: bytes, places: Iterable[Place]) -> Iterator[Trait]:
    """Yield what the given places of a file carry, each kind and key once."""
    by_size: dict[str, list[tuple[Region, Place]]] = defaultdict(list)
    by_place: dict[str, list[tuple[Region, Place]]] = defaultdict(list)
    compressed: dict[str, list[tuple[Region, Place]]] = defaultdict(list)
    inner: list[tuple[int, bytes]] = []
    for place in _apart(places):
        for region in opaque_regions(data, start=place.start, end=place.end):
            plain = inflated(data, region.offset, region.offset + region.size)
            if plain is not None:
                compressed[region.size_class].append((region, place))
                inner.append((region.offset, plain))
                continue
            by_place[place.label].append((region, place))
            if place.label != "debug":
                by_size[region.size_class].append((region, place))
    yield from (_gathered(OPAQUE, key, found) for key, found in sorted(by_size.items()))
    yield from (_gathered(OPAQUE_PLACE, key, found) for key, found in sorted(by_place.items()))
    yield from (_gathered(COMPRESSED, key, found) for key, found in sorted(compressed.items()))
    yield from _encoded(data)
    yield from _embedded(data, inner)


def _apart(places: Iterable[Place]) -> Iterator[Place]:
    """Each byte once: hostile headers may let a thousand sections claim the same bytes."""
    reached = 0
    for place in sorted(places, key=lambda each: (each.start, each.end)):
        if place.end > max(reached, place.start):
            yield replace(place, start=max(reached, place.start))
            reached = place.end


def _gathered(kind: TraitKind, key: str, found: list[tuple[Region, Place]]) -> Trait:
    """One trait for all regions of a key; its evidence is the largest of them."""
    region, place = max(found, key=lambda pair: pair[0].size)
    values = sorted({value for each, _ in found for value in each.values})
    total = sum(each.size for each, _ in found)
    one = f"{total:,} bytes, {region.key}"
    many = f"{len(found)} regions, {total:,} bytes; the largest has {region.size:,} bytes, {region.key}"
    excerpt = one if len(found) == 1 else many
    evidence = Evidence(where=place.name or place.label, offset=region.offset, excerpt=excerpt)
    return Trait(kind.name, key, len(found), evidence, values=tuple(values[:MAX_VALUES]))


def _encoded(data: bytes) -> Iterator[Trait]:
    by_size: dict[str, list[tuple[Region, Place]]] = defaultdict(list)
    whole = Place(0, len(data), "text")
    for region in encoded_regions(data):
        by_size[region.size_class].append((region, whole))
    for key, found in sorted(by_size.items()):
        yield _gathered(ENCODED, key, found)


def _embedded(data: bytes, inner: Iterable[tuple[int, bytes]]) -> Iterator[Trait]:
    found: dict[str, list[int]] = defaultdict(list)
    found["pe"] = list(_inner_pe(data))
    found["elf"] = [match.start() for match in ELF_INSIDE.finditer(data, 1)]
    found["pe-under-key"] = list(_keyed_stubs(data))
    found["compressed"] = [at for at, plain in inner if plain[:2] == b"MZ" or plain[:4] == b"\x7fELF"]
    for key, offsets in sorted(found.items()):
        if offsets:
            at = offsets[0]
            evidence = Evidence(offset=at, excerpt=data[at : at + 64].hex(" "))
            yield Trait(EMBEDDED.name, key, len(offsets), evidence)


def _inner_pe(data: bytes) -> Iterator[int]:
    """Offsets of MZ headers, the file's own apart, whose PE header is where they say."""
    for match in PE_INSIDE.finditer(data):
        low = max(1, match.start() - 0x400)
        at = data.rfind(b"MZ", low, match.start())
        while at >= 0:
            if unpack_from("<I", data, at + 0x3C)[0] == match.start() - at:
                yield at
                break
            at = data.rfind(b"MZ", low, at)


def _keyed_stubs(data: bytes) -> Iterator[int]:
    """Offsets of DOS stubs hidden under a one-byte XOR key other than zero."""
    overlap = len(STUB_TEXT)
    for base in range(0, len(data), PIECE):
        piece = data[base : base + PIECE + overlap]
        number = int.from_bytes(piece, "big")
        steps = (number ^ number >> 8).to_bytes(len(piece), "big")[1:]
        at = steps.find(STUB_STEPS)
        while at >= 0:
            if at < PIECE and piece[at] != STUB_TEXT[0]:
                yield base + at
            at = steps.find(STUB_STEPS, at + 1)
