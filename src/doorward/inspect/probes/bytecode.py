"""The probe for compiled Python: what a `.pyc` can do, told from its names and constants.

Nothing is unmarshalled by the interpreter nor run. A name counts as used in a function if the module
it belongs to is imported in the file and the function's code names it. `names_of_code` and
`names_of_source` let a caller hold a `.pyc` against the `.py` it claims to come from: code whose names
no source explains was compiled from something else (as in the PyPI package fshec2, 2023).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, Final

from doorward.inspect.probes.bytecode_marshal import BadBytecode, Code, read_pyc
from doorward.inspect.probes.capabilities import CREDENTIAL_PATH, PERSISTENCE_PATH
from doorward.inspect.probes.capabilities_python import TABLE, capability_of
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.literals import MIN_PAYLOAD, blob_of_bytes, blob_of_numbers, blob_of_text
from doorward.inspect.probes.python import decode_python
from doorward.inspect.probes.script_kinds import BYTECODE_NAMES, SCRIPT_KINDS
from doorward.inspect.probes.script_model import MODULE, Function, Script, traits_of
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["BytecodeProbe", "names_of_code", "names_of_source"]

BUILTIN_NAMES: Final = frozenset(("exec", "eval", "compile", "__import__"))
MANGLED: Final = re.compile(r"^_[A-Za-z0-9]\w*?(__\w*[A-Za-z0-9]_?)$")
MAX_CODES: Final = 100_000
MAX_NAMES: Final = 20_000


class BytecodeProbe:
    """Examines `.pyc` and `.pyo` files."""

    name: ClassVar[str] = "bytecode"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension, and by the mark that all magic numbers end in."""
        return path.lower().endswith((".pyc", ".pyo")) or (
            head[2:4] == b"\r\n" and head[16:17] in {b"\xe3", b"c"}
        )

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one file.

        Raises:
            CannotRead: bytecode that this reader cannot take, though an interpreter might.
        """
        try:
            code, version = read_pyc(subject.data)
        except BadBytecode as error:
            raise CannotRead(f"{subject.path}: {error}") from error
        script = script_of(code)
        for trait in traits_of(script):
            yield replace(trait, evidence=replace(trait.evidence, line=None))
        names = tuple(sorted(names_in(code)))[:MAX_NAMES]
        yield Trait(
            BYTECODE_NAMES.name, "names", len(names), Evidence(excerpt=f"for CPython {version}"), values=names
        )


def codes(root: Code) -> Iterator[Code]:
    """A code object and all within it, in order."""
    stack = [root]
    for _ in range(MAX_CODES):
        if not stack:
            return
        code = stack.pop()
        yield code
        stack.extend(reversed(code.inner))


def script_of(root: Code) -> Script:
    """What the functions of one file can do. The script's text is a listing made for evidence."""
    listed = list(codes(root))
    everywhere = frozenset(
        part for code in listed for name in code.names for part in (name, name.partition(".")[0])
    )
    script = Script("\n".join(listing(code) for code in listed))
    for number, code in enumerate(listed, 1):
        function = script.function(
            MODULE
            if code is root
            else f"{code.qualified}#{number}"
            if code.qualified in script.functions
            else code.qualified,
            number,
        )
        function.unasked = code is root
        note_names(script, function, code, everywhere, number)
        note_constants(script, function, code.constants, number)
        function.calls |= {name for name in code.names if name != code.name}
    return script


def listing(code: Code) -> str:
    """One line that tells a code object's names and short constants."""
    constants = [repr(one)[:60] for one in code.constants if isinstance(one, str | bytes) and one]
    return f"{code.qualified}: {' '.join(code.names[:60])} | {' '.join(constants[:20])}".replace("\n", " ")


@cache
def by_last_word() -> dict[str, tuple[str, ...]]:
    """Canonical names that give an ability, by the word that code must name to use them."""
    found: dict[str, tuple[str, ...]] = {}
    for name in TABLE:
        if not name.startswith("builtins."):
            last = name.replace("()", "").removesuffix(".*").rpartition(".")[2]
            found[last] = (*found.get(last, ()), name)
    return found


def note_names(script: Script, function: Function, code: Code, everywhere: frozenset[str], line: int) -> None:
    """Abilities of the names that one code object uses."""
    known = by_last_word()
    for name in code.names:
        if function.name == MODULE and name in everywhere and name.partition(".")[0] in TOP_MODULES:
            script.imports.setdefault(name.partition(".")[0], []).append(line)
        if name in BUILTIN_NAMES:
            for capability in capability_of("builtins." + name):
                function.can(capability, line)
        for full in known.get(name.rpartition(".")[2], ()):
            parts = full.replace("()", "").removesuffix(".*").split(".")
            if all(part in everywhere for part in parts[:-1]) and (len(parts) > 1 or parts[0] in code.names):
                for capability in capability_of(full):
                    function.can(capability, line)
        if name == "environ" and "os" in everywhere:
            whole = {"items", "values", "dumps"} & set(code.names)
            function.can("environment-bulk" if whole else "environment", line)


def note_constants(script: Script, function: Function, constants: tuple[Any, ...], line: int) -> None:
    """Paths and opaque literals among the constants."""
    for value in constants:
        if isinstance(value, str):
            if 3 < len(value) < 2000:
                if CREDENTIAL_PATH.search(value):
                    function.can("credentials", line)
                if PERSISTENCE_PATH.search(value):
                    function.can("persistence", line)
            if len(value) >= MIN_PAYLOAD:
                script.holds(filter(None, (blob_of_text("".join(value.split())),)))
        elif isinstance(value, bytes) and len(value) >= MIN_PAYLOAD:
            script.holds(
                filter(None, (blob_of_bytes(value, "bytes") or blob_of_text(value.decode("latin-1")),))
            )
        elif (
            isinstance(value, tuple)
            and len(value) >= MIN_PAYLOAD
            and all(isinstance(one, int) for one in value)
        ):
            script.holds(filter(None, (blob_of_numbers(value),)))


def names_of_code(data: bytes) -> frozenset[str]:
    """The names that a `.pyc` uses or defines, as its source would spell them.

    Raises:
        CannotRead: not bytecode that this reader can take.
    """
    try:
        return names_in(read_pyc(data)[0])
    except BadBytecode as error:
        raise CannotRead(str(error)) from error


def names_in(root: Code) -> frozenset[str]:
    """Names of a code object and all within, without those that compilers make up."""
    found: set[str] = set()
    for code in codes(root):
        for name in (*code.names, *code.variables, code.name):
            for part in name.split("."):
                match = MANGLED.match(part)
                found.add(match[1] if match else part)
    found.discard("AssertionError")  # which `assert` names without being asked, up to 3.8
    return frozenset(
        name for name in found if name.isidentifier() and not (name.startswith("__") and name.endswith("__"))
    )


def names_of_source(data: bytes) -> frozenset[str]:
    """The names that Python source uses or defines.

    Raises:
        CannotRead: this interpreter's parser refuses it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(decode_python(data)[0])
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CannotRead(f"source cannot be parsed: {error}") from error
    found: set[str] = set()
    for node in ast.walk(tree):
        for name in NAME_FIELDS.get(type(node), ()):
            value = getattr(node, name)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str):
                    found.update(MANGLED.sub(r"\1", part) for part in one.split("."))
    return frozenset(found)


NAME_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    ast.Name: ("id",),
    ast.Attribute: ("attr",),
    ast.FunctionDef: ("name",),
    ast.AsyncFunctionDef: ("name",),
    ast.ClassDef: ("name",),
    ast.arg: ("arg",),
    ast.keyword: ("arg",),
    ast.alias: ("name", "asname"),
    ast.ImportFrom: ("module",),
    ast.ExceptHandler: ("name",),
    ast.Global: ("names",),
    ast.Nonlocal: ("names",),
    ast.MatchAs: ("name",),
    ast.MatchStar: ("name",),
    ast.MatchMapping: ("rest",),
    ast.MatchClass: ("kwd_attrs",),
}
TOP_MODULES: Final = frozenset(name.partition(".")[0] for name in TABLE) - {"builtins"}
