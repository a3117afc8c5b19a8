"""What a plant is given: the pair, the choices, and the programs that may be called to build things."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from doorward.drill.bundles import Bundle
from doorward.drill.chance import Chance
from doorward.errors import Misuse

__all__ = ["NoPlace", "Scene", "Tools"]


class NoPlace(Misuse):
    """This release holds no place for this family: hand in another base."""


class Tools(Protocol):
    """Compilers and packers, started by whoever calls: this room starts no processes.

    Promises: the command has ended, without error, when `run` returns.
    """

    def run(self, command: Sequence[str], folder: Path) -> None:
        """Run a compiler or packer in this folder.

        Raises:
            Outside: it is not installed, or it failed; the message quotes its last line.
        """
        ...


@dataclass
class Scene:
    """One implant in the making."""

    family: str
    old: Bundle
    new: Bundle
    chance: Chance
    folder: Path
    """Scratch space for compilers."""
    tools: Tools | None = None
    clean: dict[str, bytes] = field(default_factory=dict)
    """Files that the honest newer release holds in place of planted ones (built programs)."""
    finish: Callable[[bytes], bytes] | None = None
    """What is done to the finished newer file, for plants in a container's structure."""

    def toolchain(self) -> Tools:
        """The programs, which this family cannot do without.

        Raises:
            Misuse: none were handed in.
        """
        if self.tools is None:
            raise Misuse(
                f"family {self.family}",
                expected="compilers (argument `tools`)",
                found="none",
                next_step="hand in an object with a `run(command, folder)` method",
            )
        return self.tools

    def paths(self, *suffixes: str) -> list[str]:
        """Paths of the newer release that end so."""
        return [path for path in self.new.files if path.endswith(suffixes)]

    def pick_path(self, paths: list[str], wanted: str) -> str:
        """One of these.

        Raises:
            NoPlace: there is none.
        """
        if not paths:
            raise NoPlace(f"family {self.family}", expected=wanted, found="none in this release")
        return self.chance.pick(paths)

    def modules(self) -> list[str]:
        """Python modules with some code in them that parse: where source can be planted."""
        found = []
        for path in self.paths(".py"):
            data = self.new.files[path]
            outside = any(part in path for part in ("/tests/", "/test/", ".data/", "docs/", "examples/"))
            if outside or not 200 < len(data) < 80_000:
                continue
            try:
                ast.parse(data)
                data.decode()
            except (SyntaxError, ValueError):
                continue
            found.append(path)
        return found

    def package(self) -> str:
        """Folder of the main Python package: where most modules stand."""
        modules = self.paths(".py")
        inits = [posixpath.dirname(path) for path in modules if path.endswith("/__init__.py")]
        if not inits:
            raise NoPlace(f"family {self.family}", expected="a Python package", found="none in this release")
        return min(inits, key=lambda folder: (folder.count("/"), -sum(p.startswith(folder) for p in modules)))
