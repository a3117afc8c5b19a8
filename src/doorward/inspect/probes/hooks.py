"""Code that will run unasked: at installation, at start-up, at log-on, on a timer.

Rule: what makes a system run something is a trait, told by where the file will lie (site-packages,
`DEBIAN/`, `/etc/cron.d`) and what it says; what the code then does is the script probe's business.
Keys are the moment (`postinst`, `pytest11`) and, apart from it, the normalised command itself: a hook
that was there before with another command is drift too. Formats: Python's `site` and entry points
specification, PEP 517/518, npm's scripts, Debian Policy chapter 6, rpm scriptlets, MSI's CustomAction
table, systemd.unit(5), crontab(5), freedesktop.org's autostart and D-Bus activation, launchd.plist(5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from doorward.inspect.probes import hooks_npm, hooks_python, hooks_scripts, hooks_system
from doorward.inspect.probes.hooks_gather import gathered
from doorward.inspect.probes.hooks_kinds import KINDS
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Trait, TraitKind

__all__ = ["HooksProbe"]

READERS: tuple[tuple[Callable[[str], bool], Callable[[Subject], Iterator[Trait]]], ...] = (
    (hooks_python.concerns, hooks_python.traits),
    (hooks_npm.concerns, hooks_npm.traits),
    (hooks_scripts.concerns, hooks_scripts.traits),
    (hooks_system.concerns, hooks_system.traits),
)


class HooksProbe:
    """Finds what will run without being asked."""

    name: ClassVar[str] = "hooks"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the place decides, not the bytes
        """Files whose place makes them run, or makes something else run."""
        return any(concerns(path) for concerns, _ in READERS)

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield each hook, and each command that it runs, once."""
        found = (trait for concerns, read in READERS if concerns(subject.path) for trait in read(subject))
        yield from gathered(found, subject.limits.max_traits)
