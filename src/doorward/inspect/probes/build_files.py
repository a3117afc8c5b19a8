"""Build files: what a build decodes, fetches, pipes into a shell and runs, by closed names of the act.

Rule: a build turns sources into programs. It has no reason to search test files for marks, to undo an
encoding, or to run what such a chain prints; xz 5.6.0's `build-to-host.m4` did all three, in a file that
only the tarball had. Commands are told by tool and by shape (`| $SHELL`, `eval` of a pipeline, a decoder
whose name is a variable), logical line by logical line; comments are left out. Generated configure
scripts are full of `eval`: that shape alone counts only where its argument is another command's output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from doorward.inspect.probes.build_files_kinds import (
    CHAIN,
    COMMAND,
    DECODES,
    DOWNLOADS,
    KINDS,
    READS,
    TO_SHELL,
)
from doorward.inspect.probes.build_files_shapes import ALTERNATIVES, NAMES, ROWS, TRANSFORMS, TRIGGER
from doorward.inspect.probes.hooks_boilerplate import LABEL
from doorward.inspect.probes.hooks_gather import gathered, hook, one_line, text_of
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Trait, TraitKind

__all__ = ["BuildFilesProbe"]

QUOTED = frozenset({DECODES.name, TO_SHELL.name, CHAIN.name, READS.name, DOWNLOADS.name})
COMMENT = re.compile(r"\s*(?:#(?!\[|!|define|include|if)|dnl\b|//|::|<!--)")
LINE_LIMIT = 4_000
CHAIN_LENGTH = 3


class BuildFilesProbe:
    """Reads build files for what no build needs."""

    name: ClassVar[str] = "build_files"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """Files that build tools read, by name; none that are binary."""
        return bool(NAMES.search(path)) and b"\x00" not in head

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield each act once, with its first line, and the lines of those that hide something."""
        yield from gathered(acts(text_of(subject)), subject.limits.max_traits)


def acts(text: str) -> Iterator[Trait]:
    """Acts of every logical line."""
    for number, line in statements(text):
        if not TRIGGER.search(line):
            continue
        command = LABEL.sub("", ALTERNATIVES.sub("()", line).replace("||", " ; ").strip(), count=1)
        found = [(kind, key) for kind, key, pattern in ROWS if applies(key, pattern, command)]
        tools = chain(command)
        if tools >= CHAIN_LENGTH:
            found.append((CHAIN, "three tools or more" if tools < 2 * CHAIN_LENGTH else "six tools or more"))
        for kind, key in found:
            yield hook(kind, key, line.strip(), line=number, token=token_of(key, line))
        if any(kind.name in QUOTED for kind, _ in found):
            yield hook(COMMAND, one_line(line), line.strip(), line=number)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) with continuations joined; comments and overlong generated lines cut."""
    pending: list[str] = []
    begun = 0
    for number, raw in enumerate(text.splitlines(), 1):
        if not pending and (COMMENT.match(raw) or not raw.strip()):
            continue
        begun = begun or number
        if raw.endswith("\\") and len(pending) < 64:
            pending.append(raw[:-1])
            continue
        yield begun, " ".join((*pending, raw))[:LINE_LIMIT]
        pending, begun = [], 0
    if pending:
        yield begun, " ".join(pending)[:LINE_LIMIT]


def applies(key: str, pattern: re.Pattern[str], line: str) -> bool:
    """Whether a row's shape is in the line; swapped characters must be swapped, not folded."""
    match = pattern.search(line)
    if not match or key != "swapped characters":
        return bool(match)
    rest = line[match.end() :]
    second = re.match(r"[\"']?([^\s\"']+)", rest)
    return bool(second) and permutes(match[1], second[1] if second else "")


def permutes(one: str, other: str) -> bool:
    """Whether two sets of `tr` hold the same characters in another order, upper and lower case aside."""
    if one.lower() == other.lower() or one.startswith("[:") or len(one) < 3:
        return False
    return len(set(one) & set(other)) >= 3


def chain(line: str) -> int:
    """How many tools that transform bytes stand in one pipeline."""
    if "|" not in line:
        return 0
    return max(
        sum(bool(TRANSFORMS.search(stage)) for stage in pipeline.split("|"))
        for pipeline in re.split(r";|&&", line)
    )


def token_of(key: str, line: str) -> str:
    """A word that any file with this act must hold, where there is one."""
    for word in (
        "FetchContent_Declare",
        "ExternalProject_Add",
        "execute_process",
        "curl",
        "wget",
        "eval",
        "base64",
    ):
        if word in line:
            return word
    return {"make shell function": "$(shell", "Rust process": "Command::new"}.get(key, "")
