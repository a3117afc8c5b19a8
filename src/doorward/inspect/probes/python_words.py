"""Python that no parser takes, read word by word: the same abilities, without functions and flows."""

from __future__ import annotations

import re
from typing import Final

from doorward.inspect.probes.capabilities import CREDENTIAL_PATH, PERSISTENCE_PATH
from doorward.inspect.probes.capabilities_python import capability_of
from doorward.inspect.probes.script_model import MODULE, Function, Script

__all__ = ["read_words"]

IMPORT: Final = re.compile(r"^[ \t>]*import[ \t]+([\w., \t]+)", re.MULTILINE)
FROM: Final = re.compile(r"^[ \t>]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w, \t*]+)", re.MULTILINE)
DEFINITION: Final = re.compile(r"^([ \t]*)(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
WORD: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,4}")
BUILTIN_CALL: Final = re.compile(
    r"(?<![\w.])(exec|eval|compile|execfile|__import__)\s*\(|^\s*(exec)\s+\w", re.MULTILINE
)
ITEM: Final = re.compile(r"\s*([\w.]+)(?:\s+as\s+(\w+))?")


def read_words(script: Script) -> None:
    """Note imports and the abilities of dotted words, function by function as the text indents them."""
    text = script.text
    aliases = imported(script)
    heads = [(match.start(), match[2], len(match[1])) for match in DEFINITION.finditer(text)]
    functions: list[tuple[int, Function]] = [(0, script.function(MODULE))]
    functions[0][1].unasked = True
    for offset, name, indent in heads:
        functions.append(
            (
                offset,
                script.function(
                    f"{name}@{indent}" if name in script.functions else name, text.count("\n", 0, offset) + 1
                ),
            )
        )
    if aliases:
        for match in WORD.finditer(text):
            head, _, rest = match[0].partition(".")
            known = aliases.get(head)
            if known is not None:
                note(script, functions, f"{known}.{rest}" if rest else known, match.start())
    for match in BUILTIN_CALL.finditer(text):
        note(script, functions, "builtins." + (match[1] or match[2]), match.start())
    for capability, pattern in (("credentials", CREDENTIAL_PATH), ("persistence", PERSISTENCE_PATH)):
        for match in pattern.finditer(text):
            owner(functions, match.start()).can(capability, text.count("\n", 0, match.start()) + 1)


def imported(script: Script) -> dict[str, str]:
    """Names that import lines bind."""
    aliases: dict[str, str] = {}
    for match in IMPORT.finditer(script.text):
        for item in match[1].split(","):
            part = ITEM.match(item)
            if part:
                name, alias = part[1], part[2]
                aliases[alias or name.partition(".")[0]] = name if alias else name.partition(".")[0]
                script.imports.setdefault(name.partition(".")[0], []).append(
                    script.text.count("\n", 0, match.start()) + 1
                )
    for match in FROM.finditer(script.text):
        if match[1].startswith("."):
            continue
        script.imports.setdefault(match[1].partition(".")[0], []).append(
            script.text.count("\n", 0, match.start()) + 1
        )
        for item in match[2].split(","):
            part = ITEM.match(item)
            if part:
                aliases[part[2] or part[1]] = f"{match[1]}.{part[1]}"
    return aliases


def note(script: Script, functions: list[tuple[int, Function]], name: str, offset: int) -> None:
    """One canonical name used at an offset."""
    line = script.text.count("\n", 0, offset) + 1
    if name.startswith("os.environ"):
        owner(functions, offset).can("environment", line)
    for capability in capability_of(name):
        owner(functions, offset).can(capability, line)
        if not name.startswith("builtins."):
            script.calls.setdefault(name, []).append(line)


def owner(functions: list[tuple[int, Function]], offset: int) -> Function:
    """The function whose definition was the last before an offset."""
    low, high = 0, len(functions)
    while high - low > 1:
        middle = (low + high) // 2
        if functions[middle][0] <= offset:
            low = middle
        else:
            high = middle
    return functions[low][1]
