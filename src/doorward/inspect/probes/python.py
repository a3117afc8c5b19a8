"""The probe for Python source: what its functions can do, combine and hide.

Source is decoded as PEP 263 says and parsed by the interpreter's own parser; nothing is compiled to
run or imported. Text that no parser takes (Python 2, templates, newer syntax) is read word by word
instead and said to be unparsable. Notebooks' code cells are read as one script.
"""

from __future__ import annotations

import ast
import codecs
import json
import re
import warnings
from collections.abc import Iterator
from typing import ClassVar, Final

from doorward.inspect.probes.concealment import look_at_text
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.literals import blobs_in_text
from doorward.inspect.probes.python_flow import follow
from doorward.inspect.probes.python_walk import Walk
from doorward.inspect.probes.python_words import read_words
from doorward.inspect.probes.script_kinds import SCRIPT_KINDS
from doorward.inspect.probes.script_model import MODULE, Script, traits_of
from doorward.model.trait import Trait, TraitKind

__all__ = ["PythonProbe", "analyse_python_source", "decode_python"]

EXTENSIONS: Final = (
    ".py",
    ".pyw",
    ".pyi",
    ".pyx",
    ".pxd",
    ".ipynb",
    ".py.in",
    ".py_tmpl",
    ".pyt",
    ".wsgi",
    ".spec",
)
SHEBANG: Final = re.compile(rb"#!.{0,120}\b(?:python|pypy)[0-9.]*\b")
COOKIE: Final = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
STRANGE_CODECS: Final = frozenset(
    ("utf-7", "utf-16", "utf-32", "punycode", "raw-unicode-escape", "unicode-escape")
)
"""Encodings in which source can say something else than it shows."""


EXHAUSTED: Final = "python-exhausted"


class PythonProbe:
    """Examines Python source, stubs, notebooks, and scripts by their first line."""

    name: ClassVar[str] = "python"
    version: ClassVar[int] = 2
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension, or by the interpreter that the first line asks for."""
        return path.lower().endswith(EXTENSIONS) or (
            head.startswith(b"#!") and SHEBANG.match(head) is not None
        )

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one script."""
        data = subject.data
        if subject.base.endswith(".ipynb"):
            text, strange = notebook_source(data), ""
        else:
            text, strange = decode_python(data)
        script = read_python(text, parse=len(data) <= subject.limits.max_script_bytes)
        if strange:
            script.function(MODULE).hides("foreign-encoding", 1)
        yield from traits_of(script)
        if script.unparsable == EXHAUSTED:
            raise CannotRead("the parser ran out of memory or depth; only its words were looked at")


def analyse_python_source(text: str) -> Iterator[Trait]:
    """Yield the traits of Python source found elsewhere: a `.pth` line, a heredoc, a hook."""
    yield from traits_of(read_python(text))


def read_python(text: str, *, parse: bool = True) -> Script:
    """Read one Python script."""
    script = Script(text)
    script.holds(blobs_in_text(text))
    refused = "python" if parse else "python-oversized"
    try:
        tree = parsed(text) if parse else None
    except MemoryError:  # says nothing about the script, and is no reason to call it clear
        tree, refused = None, EXHAUSTED
    if tree is None:
        script.unparsable = refused
        read_words(script)
    else:
        try:
            follow(Walk(tree, script))
        except RecursionError:
            script.unparsable = "python-too-deep"
            read_words(script)
    look_at_text(script)
    return script


def parsed(text: str) -> ast.Module | None:
    """The syntax tree, or None where this interpreter's parser refuses the text.

    Raises:
        MemoryError: out of memory, or of the parser's own stack.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in the accused's literals are not our news
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            return None


def decode_python(data: bytes) -> tuple[str, str]:
    """The text of a source file (PEP 263) and its encoding if honest source is never in it."""
    start = data.removeprefix(codecs.BOM_UTF8)
    for line in start.split(b"\n", 2)[:2]:
        match = COOKIE.match(line)
        if match:
            declared = match[1].decode("ascii", "replace")
            try:
                codec = codecs.lookup(declared).name
                return start.decode(codec), codec if codec in STRANGE_CODECS else ""
            except LookupError:
                return start.decode("utf-8", "replace"), declared
            except (UnicodeError, ValueError):
                return start.decode("utf-8", "replace"), ""
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return start.decode("utf-8", "replace"), ""


def notebook_source(data: bytes) -> str:
    """The code cells of a notebook (nbformat 3 and 4), magics left out."""
    try:
        cells = json.loads(data)
    except (ValueError, RecursionError):
        return data.decode("utf-8", "replace")
    if not isinstance(cells, dict):
        return ""
    sheets = cells.get("worksheets")
    listed = cells.get("cells") or (
        sheets[0].get("cells") if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict) else []
    )
    parts: list[str] = []
    for cell in listed if isinstance(listed, list) else []:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            text = (
                "".join(part for part in source if isinstance(part, str))
                if isinstance(source, list)
                else str(source)
            )
            parts.append(
                "\n".join(
                    "" if line.lstrip().startswith(("%", "!", "?")) else line for line in text.splitlines()
                )
            )
    return "\n".join(parts)
