"""Which probes look at a file, and what each kind of trait means.

A file may be several probes' business: a script is also searched for names it may reach, and
looked at as data. Modules are imported when a file first asks for them, so that a package of
Python never pays for executables' libraries. The kinds stand in modules that import none of those.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from doorward.inspect.open.rules import RULES
from doorward.inspect.probes.interface import Probe
from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["KIND_MODULES", "PROBES", "all_kinds", "kind_named", "probes_for"]


@dataclass(frozen=True, slots=True)
class Row:
    """One probe, where it is, and how content begins that could be its business."""

    module: str
    attribute: str
    begins: str = ""
    """Regular expression (latin-1) at the start of the content; empty: the probe looks at the path."""


PROBES: tuple[Row, ...] = (
    Row("executables", "ExecutableProbe", "\x7fELF|MZ"),
    Row("dotnet", "DotnetProbe", "MZ"),
    Row("hooks", "HooksProbe"),
    Row("manifest", "ManifestProbe"),
    Row("reach", "ReachProbe"),
    Row("python", "PythonProbe"),
    Row("bytecode", "BytecodeProbe"),
    Row("javascript", "JavaScriptProbe"),
    Row("shell", "ShellProbe"),
    Row("powershell", "PowerShellProbe"),
    Row("csharp", "CSharpProbe"),
    Row("other_scripts", "OtherScriptsProbe"),
    Row("data", "DataProbe"),
    Row("data_code", "DataCodeProbe"),
    Row("media", "MediaProbe"),
    Row("pickles", "PicklesProbe"),
    Row("build_files", "BuildFilesProbe"),
)

KIND_MODULES: tuple[tuple[str, str], ...] = (
    ("doorward.inspect.carriers", "READS"),
    ("doorward.inspect.compiled", "KINDS"),
    ("doorward.inspect.contract", "KINDS"),
    ("doorward.inspect.listing_traits", "KINDS"),
    ("doorward.inspect.probes.build_files_kinds", "KINDS"),
    ("doorward.inspect.probes.data_code", "KINDS"),
    ("doorward.inspect.probes.data_kinds", "KINDS"),
    ("doorward.inspect.probes.dotnet_kinds", "KINDS"),
    ("doorward.inspect.probes.executable_kinds", "EXECUTABLE_KINDS"),
    ("doorward.inspect.probes.hooks_kinds", "KINDS"),
    ("doorward.inspect.probes.manifest_kinds", "KINDS"),
    ("doorward.inspect.probes.pickles_kinds", "KINDS"),
    ("doorward.inspect.probes.reach_kinds", "KINDS"),
    ("doorward.inspect.probes.script_kinds", "SCRIPT_KINDS"),
    ("doorward.inspect.probes.yara_kinds", "MATCH"),
    ("doorward.inspect.signatures", "LOST"),
    ("doorward.inspect.twins", "KINDS"),
    ("doorward.inspect.source_kinds", "KINDS"),
    ("doorward.inspect.unused", "UNUSED"),
)
"""Where kinds of traits are declared: a tuple of them, or one."""


@cache
def _load(row: Row) -> Probe:
    module = importlib.import_module(f"doorward.inspect.probes.{row.module}")
    return cast("Probe", getattr(module, row.attribute)())


@cache
def _pattern(begins: str) -> re.Pattern[bytes]:
    return re.compile(begins.encode("latin-1"), re.DOTALL)


def probes_for(path: str, head: bytes) -> list[Probe]:
    """The probes whose business a file is.

    Args:
        path: logical path.
        head: the first 4,096 bytes.
    """
    rows = (row for row in PROBES if not row.begins or _pattern(row.begins).match(head))
    return [probe for probe in map(_load, rows) if probe.accepts(path, head)]


@cache
def all_kinds() -> dict[str, TraitKind]:
    """Every kind of trait, by name; the openers' irregularities are kinds of traits too."""
    found: dict[str, TraitKind] = {}
    for module, attribute in KIND_MODULES:
        declared = getattr(importlib.import_module(module), attribute)
        for kind in declared if isinstance(declared, tuple) else (declared,):
            found[kind.name] = kind
    for rule in RULES.values():
        found[rule.name] = TraitKind(
            name=rule.name,
            channel=Channel.STRUCTURE,
            suspicion=Suspicion.MEDIUM,
            title=rule.title,
            why=rule.why,
            innocent=rule.innocent,
            settle=rule.settle,
            attack=rule.attack,
            always_block=rule.blocks,
        )
    return found


def kind_named(name: str) -> TraitKind:
    """One kind of trait.

    Raises:
        KeyError: no probe declares it.
    """
    return all_kinds()[name]
