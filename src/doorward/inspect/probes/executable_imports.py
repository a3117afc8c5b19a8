"""What an executable takes from the system, as traits: the same for PE and ELF.

Rule: each plain function is a trait of its own under an open key, each capability family one trait under
a closed key, so that the judge can weigh "first use of DNS" apart from "one more function". Mangled C++
and Rust names move with every compiler and are one set-valued trait.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from doorward.inspect.probes.executable_families import NAMED_FAMILIES, family_of, normal_library
from doorward.inspect.probes.executable_kinds import (
    CAPABILITY,
    EXPORTS,
    IMPORT,
    IMPORTS_MANGLED,
    LIBRARY,
    NAMED_API,
)
from doorward.model.trait import Evidence, Trait

__all__ = ["export_trait", "import_traits", "named_api_traits"]

MAX_VALUES = 5_000
MAX_PLAIN = 5_000
MANGLED = re.compile(r"^(_Z|_R[A-Z]|\?|_D\d|\$s)|^__gxx|^__cxa")
IDENTIFIER = re.compile(rb"[A-Za-z_]\w{7}\w{0,33}+(?=\0)")
"""Possessive: a shorter match would end before a word character, never before NUL."""
PIECE = 8 * 1024 * 1024


def import_traits(imports: Iterable[tuple[str, str]], libraries: Iterable[str]) -> Iterator[Trait]:
    """Yield imports, libraries and capabilities.

    Args:
        imports: (library, function) pairs; the library is empty where the format does not tell.
        libraries: names as written, loaded at start or on demand.
    """
    known = [(normal_library(library) if library else "", library, name) for library, name in imports]
    yield from _plain(known)
    mangled = sorted({name for _, _, name in known if MANGLED.match(name)})
    if mangled:
        excerpt = f"{len(mangled)} names"
        yield Trait(
            IMPORTS_MANGLED.name, "names", 1, Evidence(excerpt=excerpt), values=tuple(mangled[:MAX_VALUES])
        )
    families: dict[str, set[str]] = defaultdict(set)
    for home, _, name in known:
        families[family_of(home, name)].add(_qualified(home, name))
    families.pop("", None)
    for family, members in sorted(families.items()):
        excerpt = ", ".join(sorted(members))[:1000]
        yield Trait(CAPABILITY.name, family, len(members), Evidence(excerpt=excerpt))
    written = {normal_library(library): library for library in libraries if library}
    for key, library in sorted(written.items()):
        yield Trait(LIBRARY.name, key, 1, Evidence(excerpt=library))


def _plain(known: list[tuple[str, str, str]]) -> Iterator[Trait]:
    plain = {
        _qualified(home, name): (library, name) for home, library, name in known if not MANGLED.match(name)
    }
    for key, (library, name) in sorted(plain.items())[:MAX_PLAIN]:
        token = "" if name.startswith("#") else name
        if name:
            yield Trait(IMPORT.name, key, 1, Evidence(where=library, excerpt=name), token=token)


def _qualified(home: str, name: str) -> str:
    return f"{home}!{name}" if home else name


def export_trait(names: Iterable[str]) -> Iterator[Trait]:
    """Yield one set-valued trait of the exported names."""
    found = sorted(set(names))
    if found:
        excerpt = ", ".join(found[:40])[:1000]
        kept = tuple(name[:200] for name in found[:MAX_VALUES])
        yield Trait(EXPORTS.name, "names", 1, Evidence(excerpt=excerpt), values=kept)


def named_api_traits(data: bytes, known: set[str]) -> Iterator[Trait]:
    """Yield families of functions whose names stand in the file as text, though not imported."""
    found: dict[str, set[str]] = defaultdict(set)
    names: set[bytes] = set()
    for base in range(0, len(data), PIECE):
        names.update(_WANTED.intersection(IDENTIFIER.findall(data[base : base + PIECE + 64])))
    for raw in names:
        name = raw.decode("ascii")
        if name not in known:
            found[NAMED_FAMILIES[name]].add(name)
    for family, members in sorted(found.items()):
        excerpt = ", ".join(sorted(members))[:1000]
        yield Trait(NAMED_API.name, family, len(members), Evidence(excerpt=excerpt))


_WANTED = frozenset(name.encode() for name in NAMED_FAMILIES)
