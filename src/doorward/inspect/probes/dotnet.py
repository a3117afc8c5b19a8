"""The probe of .NET assemblies: what metadata says of types, members, natives, literals, resources.

Rule: names of the class library are identities, names of the assembly's own types are not (an obfuscator
renames them at will), so those are one set-valued trait that explains and is never scored by itself.

Not handled: native code in mixed-mode assemblies and ready-to-run images, which the probe of executables
reads; obfuscated control flow.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from typing import ClassVar

from doorward.inspect.entropy import entropy, expected_entropy, opaque_regions
from doorward.inspect.probes import dotnet_kinds as kinds
from doorward.inspect.probes.dotnet_families import dotnet_family
from doorward.inspect.probes.dotnet_metadata import Metadata, read_metadata
from doorward.inspect.probes.executable_families import family_of, normal_library
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.pe_image import MalformedImage, read_pe
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["DotnetProbe"]

MAX_VALUES = 8_000
MAX_REFERENCES = 4_000
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){2,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
HEX = re.compile(r"(?:[0-9a-fA-F]{2}){24,}")
DECODE_LOOP = re.compile(
    rb"[\x90\x91\x47].{0,40}?\x61(?:.{0,6}?\xd2)?.{0,8}?(?:\x9c|\x52)|\x6f.{4}.{0,24}?\x61.{0,4}?\xd1",
    re.DOTALL,
)
"""`ldelem.u1` or `ldind.u1` … `xor` … `stelem.i1` or `stind.i1`; `callvirt` … `xor` … `conv.u2`."""
BACKWARD = re.compile(rb"[\x2b-\x37][\x80-\xfe]|[\x38-\x44]..\xff\xff", re.DOTALL)
"""A short or long branch whose distance is negative."""


class DotnetProbe:
    """Examines PE files with a CLR header."""

    name: ClassVar[str] = "dotnet"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = kinds.KINDS

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's parameter
        """Whether the headers of a PE file name a CLR header."""
        try:
            return head[:2] == b"MZ" and read_pe(head).managed
        except MalformedImage:
            return False

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one assembly.

        Raises:
            CannotRead: larger than `max_probe_bytes`.
        """
        if subject.size > subject.limits.max_probe_bytes:
            raise CannotRead(
                f"{subject.size:,} bytes, over max_probe_bytes={subject.limits.max_probe_bytes:,}"
            )
        try:
            metadata = read_metadata(read_pe(subject.data))
        except MalformedImage as error:
            yield Trait(kinds.MALFORMED.name, "metadata", 1, Evidence(excerpt=str(error)))
            return
        if metadata is not None:
            yield from _references(metadata)
            yield from _definitions(metadata)
            yield from _literals(metadata)
            yield from _resources(metadata)
            yield from _decoders(metadata)


def _references(metadata: Metadata) -> Iterator[Trait]:
    members = sorted({(each.type, each.name) for each in metadata.members() if each.type})
    families: dict[str, set[str]] = defaultdict(set)
    for owner, name in members:
        families[dotnet_family(owner, name)].add(f"{owner}.{name}")
    for owner in metadata.type_references:
        families[dotnet_family(owner, "")].add(owner)
    natives = sorted({(normal_library(each.library), each.function) for each in metadata.natives()})
    for library, function in natives:
        families[family_of(library, function)].add(f"{library}!{function}")
        where = Evidence(where=library, excerpt=f"{library}!{function}")
        yield Trait(kinds.NATIVE.name, f"{library}!{function}", 1, where, token=function)
    families.pop("", None)
    for family, found in sorted(families.items()):
        excerpt = ", ".join(sorted(found))[:1000]
        yield Trait(kinds.CAPABILITY.name, family, len(found), Evidence(excerpt=excerpt))
    for owner in sorted({each for each in metadata.type_references if "." in each})[:MAX_REFERENCES]:
        yield Trait(kinds.REFERENCE.name, owner, 1, Evidence(excerpt=owner), token=owner.rpartition(".")[2])
    if members:
        values = tuple(f"{owner}.{name}"[:200] for owner, name in members[:MAX_VALUES])
        yield Trait(
            kinds.MEMBERS.name, "members", 1, Evidence(excerpt=f"{len(members)} members"), values=values
        )


def _definitions(metadata: Metadata) -> Iterator[Trait]:
    names = sorted({f"{owner}.{name}" for owner, name, _ in metadata.methods()})
    if names:
        values = tuple(name[:200] for name in names[:MAX_VALUES])
        yield Trait(kinds.TYPES.name, "methods", 1, Evidence(excerpt=f"{len(names)} methods"), values=values)
    if "<Module>..cctor" in names:
        yield Trait(kinds.INITIALISER.name, "module-initialiser", 1, Evidence(where="<Module>"))
    if metadata.native:
        yield Trait(kinds.INITIALISER.name, "mixed-mode", 1, Evidence(excerpt="native code beside IL"))


def _literals(metadata: Metadata) -> Iterator[Trait]:
    """Literals that are base64 of deflate, of text, or of random-looking bytes; or long hexadecimal."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for text in metadata.user_strings():
        key, shown = _encoded(text)
        if key:
            found[key][blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()] = shown
    for key, places in sorted(found.items()):
        shown = max(places.values(), key=lambda each: (len(each), each))
        evidence = Evidence(where="#US", excerpt=shown[:1500])
        yield Trait(kinds.ENCODED.name, key, len(places), evidence, values=tuple(sorted(places)[:MAX_VALUES]))


def _encoded(text: str) -> tuple[str, str]:
    """What a literal decodes to, and both as evidence; empty strings if it is plain."""
    if HEX.fullmatch(text):
        return "hexadecimal", text[:300]
    if len(text) < 12 or not BASE64.fullmatch(text):
        return "", ""
    raw = base64.b64decode(text)
    inner = _inflated(raw)
    if inner:
        return "deflate", f"{text[:300]} → {inner[:300]!r}"
    if len(text) >= 64 and len(set(text)) < len(text) and entropy(raw) >= expected_entropy(len(raw)) - 0.5:
        return "base64-of-noise", text[:300]
    plain = text[-1] == "=" and len(raw) >= 12 and _printable(raw)
    return ("base64-of-text", f"{text[:300]} → {raw[:300]!r}") if plain else ("", "")


def _printable(raw: bytes) -> bool:
    return raw.isascii() and raw.decode("ascii").isprintable()


def _inflated(raw: bytes) -> bytes:
    """What a whole deflate, zlib or gzip stream of printable text holds; empty if it is none."""
    for bits in (-15, 15, 31):
        engine = zlib.decompressobj(bits)
        try:
            out = engine.decompress(raw, 4096)
        except zlib.error:
            continue
        if (
            engine.eof
            and not engine.unused_data
            and len(out) >= 4
            and out.isascii()
            and out.decode("ascii").isprintable()
        ):
            return out
    return b""


def _resources(metadata: Metadata) -> Iterator[Trait]:
    found: dict[str, list[tuple[str, int, int, tuple[str, ...]]]] = defaultdict(list)
    for each in metadata.resources():
        content = metadata.image.data[each.offset : each.offset + each.size]
        if content[:2] == b"MZ" or content[:4] == b"\x7fELF":
            found["an executable"].append((each.name, each.offset, each.size, ()))
            continue
        regions = opaque_regions(content)
        opaque = sum(region.size for region in regions)
        if opaque * 2 > each.size and opaque >= 256:
            values = tuple(value for region in regions for value in region.values)
            found["opaque"].append((each.name, each.offset, each.size, values))
    for key, places in sorted(found.items()):
        name, offset, size, _ = max(places, key=lambda place: place[2])
        values = tuple(sorted({value for place in places for value in place[3]})[:MAX_VALUES])
        evidence = Evidence(where=name, offset=offset, excerpt=f"{name}, {size:,} bytes")
        yield Trait(kinds.RESOURCE.name, key, len(places), evidence, values=values)


def _decoders(metadata: Metadata) -> Iterator[Trait]:
    """Methods whose IL loops over bytes, mixing each by XOR; known by the shape of the mixing."""
    found: dict[str, str] = {}
    count = 0
    for owner, name, address in metadata.methods():
        code = metadata.body(address)
        match = DECODE_LOOP.search(code)
        if match and BACKWARD.search(code, match.end()):
            count += 1
            found.setdefault(blake2b(match[0], digest_size=8).hexdigest(), f"{owner}.{name}")
    if found:
        values = tuple(sorted(found)[:MAX_VALUES])
        excerpt = ", ".join(sorted(found.values()))[:1000]
        yield Trait(
            kinds.DECODER.name,
            "xor",
            count,
            Evidence(where=min(found.values()), excerpt=excerpt),
            values=values,
        )
