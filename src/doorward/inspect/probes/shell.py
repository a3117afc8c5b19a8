"""The probe for shell scripts: files, maintainer scripts of packages, and lines found elsewhere.

Parsed by tree-sitter's grammar for bash, which takes POSIX shell too; nothing is run. Python and
JavaScript inside (`python3 - <<EOF`, `node -e`) is read by its own front end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from doorward.inspect.probes.concealment import look_at_text
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.literals import blobs_in_text
from doorward.inspect.probes.python import read_python
from doorward.inspect.probes.script_kinds import SCRIPT_KINDS
from doorward.inspect.probes.script_model import Script, traits_of
from doorward.inspect.probes.shell_walk import ShellWalk, merge
from doorward.model.trait import Trait, TraitKind

__all__ = ["ShellProbe", "analyse_shell", "read_shell"]

EXTENSIONS: Final = (
    ".sh",
    ".bash",
    ".zsh",
    ".ksh",
    ".dash",
    ".command",
    ".bats",
    ".profile",
    ".sh.in",
    ".ebuild",
)
SHEBANG: Final = re.compile(rb"#![ \t]*\S*?(?:/|env[ \t]+(?:-\S+[ \t]+)*)(?:ba|da|a|z|k|mk)?sh\b")
MAINTAINER: Final = re.compile(
    r"(?:^|/)control\.tar(?:\.\w+)?!/(?:\./)?(?:pre|post)(?:inst|rm)$|(?:^|/)control\.tar(?:\.\w+)?!/(?:\./)?config$"
    r"|\.rpm/scriptlets/|(?:^|/)scriptlets/\w+$|(?:^|/)DEBIAN/(?:pre|post)(?:inst|rm)$|/profile\.d/[^/]+$|/init\.d/[^/]+$"
    r"|(?:^|/)\.(?:bashrc|bash_profile|profile|zshrc|zprofile|envrc)$|(?:^|/)etc/cron\.(?:daily|hourly|weekly|monthly)/[^/]+$"
)
MAX_TREE: Final = 1024 * 1024
"""Bytes: larger ones are `configure` scripts written by a machine; only their text is looked at."""
NESTED: Final = 3
"""Scripts within scripts within scripts."""


class ShellProbe:
    """Examines shell scripts by extension, first line, and place in a package."""

    name: ClassVar[str] = "shell"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension, first line or place, never an executable or another language's script."""
        if head.startswith(b"#!"):
            return SHEBANG.match(head) is not None
        if b"\0" in head[:512]:
            return False
        return path.lower().endswith(EXTENSIONS) or MAINTAINER.search(path) is not None

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one script."""
        yield from traits_of(read_shell(subject.data.decode("utf-8", "replace")))


def analyse_shell(text: str) -> Iterator[Trait]:
    """Yield the traits of shell found elsewhere: a lifecycle script, a workflow step, a build rule."""
    yield from traits_of(read_shell(text))


def read_shell(text: str, depth: int = 0) -> Script:
    """Read one script."""
    script = Script(text)
    script.holds(blobs_in_text(text))
    if len(text) > MAX_TREE:
        script.unparsable = "shell-oversized"
    else:
        walk = ShellWalk(text, script)
        for interpreter, code, line in walk.embedded:
            embed(script, interpreter, code, line, depth + 1)
    look_at_text(script)
    return script


def embed(script: Script, interpreter: str, code: str, line: int, depth: int) -> None:
    """Read code inside a shell script by its own front end."""
    if depth > NESTED or not code.strip():
        return
    if interpreter.startswith("python"):
        merge(script, read_python(code).functions, line, interpreter)
    elif interpreter in {"sh", "bash", "dash", "zsh", "ksh"}:
        merge(script, read_shell(code, depth).functions, line, interpreter)
