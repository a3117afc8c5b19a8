"""Other people's YARA rules (`--rules DIR`), as one more kind of trait.

Rule packs say "this file matches", which fires on 42 % of benign releases. Here a match is a trait like
any other: what matched in the forerunner too is not news. The rules come from the caller, never
from the release under judgment; they are compiled once in each worker (YARA-X), and includes are off,
so that a pack cannot read what lies beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yara_x

from doorward.errors import Misuse
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.yara_kinds import MATCH
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["RulesProbe", "compiled", "rule_files"]

SUFFIXES = (".yar", ".yara")
SHOWN = 80
"""Bytes of a match that are quoted."""
SECONDS = 20
"""For one file; a pack that needs longer for it is told as not examined."""


def rule_files(folders: Sequence[Path]) -> tuple[str, ...]:
    """Every rule file below these folders, or the files themselves, sorted.

    Raises:
        Misuse: a folder without any rule file.
    """
    found: list[str] = []
    for folder in folders:
        files = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES)
        if not files:
            raise Misuse(
                f"reading the rules in {folder}",
                expected="files that end in .yar or .yara",
                found="none" if folder.is_dir() else "no such folder",
                next_step="give the folder that holds them to --rules",
            )
        found += [str(file.absolute()) for file in files]
    return tuple(found)


@lru_cache(maxsize=1)
def compiled(files: tuple[str, ...]) -> Any:
    """The rules of these files, each in a namespace of its own.

    Raises:
        Misuse: a file cannot be read or is not YARA; names file and place.
    """
    compiler = yara_x.Compiler()
    compiler.enable_includes(False)  # noqa: FBT003 -- the binding takes it by position
    for file in files:
        compiler.new_namespace(Path(file).stem)
        try:
            compiler.add_source(Path(file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yara_x.CompileError) as error:
            raise Misuse(
                f"compiling the rules in {file}",
                expected="YARA rules in UTF-8",
                found=str(error).split("\n", 1)[0],
                next_step="correct the file, or take it out of the folder",
            ) from error
    return compiler.build()


class RulesProbe:
    """Looks at every file with the rules that the caller gave."""

    name: ClassVar[str] = "rules"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = (MATCH,)

    def __init__(self, files: tuple[str, ...]) -> None:
        self.files = files

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 -- rules are for any file
        """Any file."""
        return bool(self.files)

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield one trait for each rule that matches.

        Raises:
            CannotRead: the rules took too long.
        """
        scanner = yara_x.Scanner(compiled(self.files))
        scanner.set_timeout(SECONDS)
        try:
            found = scanner.scan(subject.data).matching_rules
        except yara_x.TimeoutError as error:
            raise CannotRead(f"the rules took longer than {SECONDS} seconds") from error
        for rule in found:
            first = next((match for pattern in rule.patterns for match in pattern.matches), None)
            evidence = Evidence() if first is None else shown(subject.data, first.offset, first.length)
            yield Trait(MATCH.name, f"{rule.namespace}:{rule.identifier}", evidence=evidence)


def shown(data: bytes, offset: int, length: int) -> Evidence:
    """What a pattern matched, where."""
    return Evidence(offset=offset, excerpt=data[offset : offset + min(length, SHOWN)].decode("latin-1"))
