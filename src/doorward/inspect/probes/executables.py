"""The probe of PE and ELF files: structure, imports, signature, payloads, code that hides.

Rule: a file that a loader would map is read whole, or raises; a file that only claims the magic and
stops before its section table is data, and one trait says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from doorward.inspect.probes import executable_kinds as kinds
from doorward.inspect.probes.codeblocks import code_traits
from doorward.inspect.probes.elf_image import read_elf
from doorward.inspect.probes.elf_traits import elf_code, elf_places, elf_traits
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.opaque import payload_traits
from doorward.inspect.probes.pe_image import MalformedImage, read_pe
from doorward.inspect.probes.pe_traits import pe_code, pe_places, pe_traits
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["ExecutableProbe"]


class ExecutableProbe:
    """Examines PE and ELF files, whatever their names."""

    name: ClassVar[str] = "executables"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = kinds.EXECUTABLE_KINDS

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's parameter
        """Whether the file has the magic of PE or ELF."""
        return head[:4] == b"\x7fELF" or (head[:2] == b"MZ" and len(head) >= 64)

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one file.

        Raises:
            CannotRead: larger than `max_probe_bytes`.
        """
        if subject.size > subject.limits.max_probe_bytes:
            raise CannotRead(
                f"{subject.size:,} bytes, over max_probe_bytes={subject.limits.max_probe_bytes:,}"
            )
        traits = self._elf if subject.data[:4] == b"\x7fELF" else self._pe
        try:
            yield from _merged(traits(subject.data))
        except MalformedImage as error:
            yield Trait(kinds.MALFORMED.name, "headers", 1, Evidence(excerpt=str(error)))

    def _pe(self, data: bytes) -> Iterator[Trait]:
        image = read_pe(data)
        yield from pe_traits(image)
        yield from payload_traits(data, pe_places(image))
        yield from code_traits(data, pe_code(image), machine=image.machine, windows=True)

    def _elf(self, data: bytes) -> Iterator[Trait]:
        image = read_elf(data)
        yield from elf_traits(image)
        yield from payload_traits(data, elf_places(image))
        machine = {62: 0x8664, 3: 0x14C}.get(image.machine, 0)
        yield from code_traits(data, elf_code(image), machine=machine, windows=False)


def _merged(traits: Iterable[Trait]) -> Iterator[Trait]:
    """One trait for each kind and key; counts and values of the others are added to the first."""
    found: dict[tuple[str, str], Trait] = {}
    for trait in traits:
        key = (trait.kind, trait.key)
        first = found.get(key)
        if first is None:
            found[key] = trait
        else:
            values = tuple(sorted({*first.values, *trait.values}))
            found[key] = replace(first, count=first.count + trait.count, values=values)
    yield from found.values()
