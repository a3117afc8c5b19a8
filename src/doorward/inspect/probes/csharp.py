"""The probe for C# source: what its methods can do, read statement by statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from doorward.inspect.probes.capabilities_statements import CSHARP
from doorward.inspect.probes.concealment import look_at_text
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.literals import blobs_in_text
from doorward.inspect.probes.powershell import decoded
from doorward.inspect.probes.script_kinds import SCRIPT_KINDS
from doorward.inspect.probes.script_model import Script, traits_of
from doorward.inspect.probes.statements import read_statements
from doorward.model.trait import Trait, TraitKind

__all__ = ["CSharpProbe"]


class CSharpProbe:
    """Examines C# source, scripts and Razor pages."""

    name: ClassVar[str] = "csharp"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension."""
        return path.lower().endswith((".cs", ".csx", ".cshtml", ".razor")) and b"\0\0\0" not in head

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one source file."""
        text = decoded(subject.data)
        script = Script(text)
        script.holds(blobs_in_text(text))
        read_statements(script, CSHARP)
        look_at_text(script)
        yield from traits_of(script)
