"""The probe for JavaScript and TypeScript: what functions can do, combine and hide.

Parsed by tree-sitter, which takes broken and minified text alike; nothing is run. Scripts inside
HTML, Vue and Svelte files are read in place, the markup around them blanked out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from doorward.inspect.probes.concealment import look_at_text
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.javascript_flow import follow
from doorward.inspect.probes.javascript_tree import Tree
from doorward.inspect.probes.javascript_walk import JavaScriptWalk
from doorward.inspect.probes.literals import blobs_in_text
from doorward.inspect.probes.script_kinds import SCRIPT_KINDS
from doorward.inspect.probes.script_model import MODULE, Script, traits_of
from doorward.model.trait import Trait, TraitKind

__all__ = ["JavaScriptProbe", "analyse_javascript"]

SCRIPTS: Final = (".js", ".mjs", ".cjs", ".jsx", ".es6", ".es", ".gs", ".jsm", ".user.js")
TYPED: Final = (".ts", ".mts", ".cts")
MARKUP: Final = (".html", ".htm", ".xhtml", ".vue", ".svelte", ".hta", ".svg")
SHEBANG: Final = re.compile(rb"#!.{0,120}\b(?:node|nodejs|deno|bun|ts-node|tsx|zx)\b")
INLINE: Final = re.compile(r"<script\b([^>]{0,2000})>(.*?)</script\b", re.DOTALL | re.IGNORECASE)
NOT_CODE: Final = re.compile(
    r"type\s*=\s*[\"']?(?!module|text/javascript|text/typescript|application/javascript|text/jscript)[a-z]",
    re.IGNORECASE,
)
SYMBOLS: Final = re.compile(r"[\[\]()!+{}]")


class JavaScriptProbe:
    """Examines JavaScript, TypeScript, JSX, scripts in markup, and Node scripts by their first line."""

    name: ClassVar[str] = "javascript"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension, or by the interpreter that the first line asks for."""
        lowered = path.lower()
        if lowered.endswith((".ts", ".tsx")) and head.lstrip().startswith((b"<?xml", b"<!DOCTYPE TS", b"G@")):
            return False  # Qt translations and MPEG streams share the extension
        return lowered.endswith((*SCRIPTS, *TYPED, ".tsx", *MARKUP)) or (
            head.startswith(b"#!") and SHEBANG.match(head) is not None
        )

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one script."""
        text = subject.data.decode("utf-8", "replace").removeprefix("\ufeff")
        lowered = subject.base.lower()
        if lowered.endswith(MARKUP):
            text = scripts_of(text)
            if not text.strip():
                return
        dialect = (
            "tsx" if lowered.endswith(".tsx") else "typescript" if lowered.endswith(TYPED) else "javascript"
        )
        script = read_javascript(text, dialect, parse=subject.size <= subject.limits.max_script_bytes)
        yield from traits_of(script)


def analyse_javascript(text: str, dialect: str = "javascript") -> Iterator[Trait]:
    """Yield the traits of JavaScript found elsewhere: `node -e`, a hook, a string."""
    yield from traits_of(read_javascript(text, dialect))


def read_javascript(text: str, dialect: str, *, parse: bool = True) -> Script:
    """Read one script."""
    script = Script(text)
    script.holds(blobs_in_text(text))
    if parse:
        tree = Tree(text.encode("utf-8", "replace"), dialect)
        if tree.root.has_error and dialect == "javascript" and typed(text):
            tree = Tree(tree.data, "typescript")
        if tree.root.type == "ERROR":
            script.unparsable = "javascript"
        follow(JavaScriptWalk(tree, script))
    else:
        script.unparsable = "javascript-oversized"
    look_at_text(script)
    symbols_only(script)
    return script


def typed(text: str) -> bool:
    """Whether a script that does not parse looks annotated with types (Flow)."""
    return "@flow" in text[:2000] or re.search(r"^import type |^export type ", text, re.MULTILINE) is not None


def symbols_only(script: Script) -> None:
    """Code written in six symbols, which JavaScript allows."""
    text = script.text
    if len(text) < 1000:
        return
    for start in range(0, min(len(text), 4_000_000), 20_000):
        window = text[start : start + 20_000]
        symbols = sum(window.count(symbol) for symbol in "[]()!+")
        if symbols > 0.85 * len(window.strip() or "x") and len(window) > 800:
            script.function(MODULE).hides("symbols-only", text.count("\n", 0, start) + 1)
            return


def scripts_of(markup: str) -> str:
    """The inline scripts of a page at their own lines, everything else blanked out."""
    parts: list[str] = []
    last = 0
    for match in INLINE.finditer(markup):
        if NOT_CODE.search(match[1]):
            continue
        parts.append("\n" * markup.count("\n", last, match.start(2)))
        parts.append(match[2])
        parts.append(";")
        last = match.end(2)
    return "".join(parts) if last else ""
