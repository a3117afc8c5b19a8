"""A piece of Python source in the making: its imports, constants and functions, in one style."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

from doorward.drill.chance import Chance, Names

__all__ = ["Draft"]

_STYLES = ("plain", "plain", "plain", "alias", "local", "local", "dynamic")


@dataclass
class Draft:
    """What an implant's source consists of before it has a place in a module."""

    chance: Chance
    style: str = ""
    """How modules are reached: plain, alias, local or dynamic."""
    names: Names = field(init=False)
    imports: list[str] = field(default_factory=list)
    consts: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    trigger: str = ""
    """A call that sets it off."""
    _local: dict[str, None] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Names(self.chance)
        self.style = self.style or self.chance.pick(_STYLES)

    def use(self, module: str) -> str:
        """An expression for this module; the import goes where the style wants it."""
        if self.style == "dynamic" and module != "sys":
            if "." not in module or self.chance.maybe(0.5):
                tail = f", fromlist=[{module.rsplit('.', 1)[-1]!r}]" if "." in module else ""
                return f"__import__({module!r}{tail})"
            self._import("import importlib")
            return f"importlib.import_module({module!r})"
        if self.style == "alias":
            alias = self._aliases.setdefault(module, self.names[f"module {module}"])
            self._import(f"import {module} as {alias}")
            return alias
        if self.style == "local":
            self._local.setdefault(module)
            return module
        self._import(f"import {module}")
        return module

    def _import(self, line: str) -> None:
        if line not in self.imports:
            self.imports.append(line)

    def const(self, expression: str) -> str:
        """Name a value at module level; whatever it needs is imported there too."""
        self.outside(expression)
        name = self.names[f"constant {len(self.consts)}"]
        shout = name.upper() if self.names.style == "snake" else name
        self.consts.append(f"{shout} = {expression}")
        return shout

    def fill(self, text: str) -> str:
        """The text with its `$roles` named."""
        return re.sub(r"\$(\w+)", lambda match: self.names[match[1]], text)

    def define(self, text: str) -> None:
        """Add a function or class, with the local imports that it needs."""
        body = self.fill(textwrap.dedent(text).strip("\n"))
        head, _, rest = body.partition("\n")
        if head.startswith(("def ", "async def ")):
            lines = "".join(f"    import {module}\n" for module in self._needed(body))
            body = f"{head}\n{lines}{rest}"
        else:
            self.outside(body)
        self.functions.append(body)

    def outside(self, text: str) -> str:
        """Text at module level: what it reaches by local imports is imported at the top after all."""
        for module in self._needed(text):
            self._import(f"import {module}")
        return text

    def _needed(self, text: str) -> list[str]:
        return [module for module in self._local if re.search(rf"(?<![\w.]){re.escape(module)}\.", text)]
