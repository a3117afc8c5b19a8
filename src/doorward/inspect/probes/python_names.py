"""Names in Python source brought to one spelling: aliases resolved, constants folded, nothing run.

`import subprocess as s; p = s.Popen` makes `p` mean `subprocess.Popen`; `getattr(os, "sys" + "tem")`
means `os.system`; `sock = socket.socket()` makes `sock.send` mean `socket.socket().send`. What
cannot be told stays the empty string. Strings are folded with hard bounds on size and depth.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
from collections.abc import Callable
from typing import Any, Final

from doorward.inspect.probes.capabilities_python import BUILTINS

__all__ = ["FOLD_LIMIT", "Names"]

FOLD_LIMIT: Final = 100_000
"""Characters of a folded constant."""
DEPTH: Final = 60
"""Nested expressions that are followed."""
NOTHING: Final[dict[str, str]] = {}

Constant = str | bytes | int | tuple[int, ...] | None

DECODERS: Final[dict[str, Callable[[Any], bytes]]] = {
    "base64.b64decode": base64.b64decode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": base64.b16decode,
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.unhexlify,
    "binascii.a2b_base64": binascii.a2b_base64,
    "builtins.bytes.fromhex": bytes.fromhex,
    "builtins.bytearray.fromhex": bytes.fromhex,
}
"""Pure functions whose result for a constant may be known."""


class Names:
    """What names mean in one module and in the function that is being read."""

    def __init__(self) -> None:
        self.aliases: dict[str, str] = {}
        self.constants: dict[str, ast.expr] = {}
        self.attributes: dict[str, str] = {}
        """`self.x` → canonical name, for the whole file."""
        self.folded: dict[int, Constant] = {}
        """By identity of the bound expression: each is folded once, however often it is named."""
        self.local_aliases: dict[str, str] = NOTHING
        self.local_constants: dict[str, ast.expr] = {}

    def head(self, name: str) -> str:
        """What a bare name means, or the empty string."""
        known = self.local_aliases.get(name)
        if known is None:
            known = self.aliases.get(name)
        if known is None:
            if name == "__builtins__":
                return "builtins"
            return "builtins." + name if name in BUILTINS else ""
        return known

    def dotted(self, node: ast.AST, depth: int = 0) -> str:  # noqa: PLR0911 - one plain branch for each case
        """The canonical name of an expression, or the empty string."""
        if type(node) is ast.Name:
            return self.head(node.id)
        if depth > DEPTH:
            return ""
        if type(node) is ast.Attribute:
            base = node.value
            if type(base) is ast.Name:
                head = self.head(base.id)
                if not head and base.id == "self":
                    return self.attributes.get(node.attr, "")
            else:
                head = self.dotted(base, depth + 1)
            return f"{head}.{node.attr}" if head else ""
        if type(node) is ast.Call:
            return self.called(node, depth + 1)
        if type(node) is ast.Subscript:
            return self.item(node, depth + 1)
        if type(node) is ast.Await:
            return self.dotted(node.value, depth + 1)
        return ""

    def called(self, node: ast.Call, depth: int) -> str:
        """The canonical name of a call's result; calls that fetch a name are looked through."""
        name = self.dotted(node.func, depth)
        if name == "builtins.getattr" and len(node.args) >= 2:
            owner = self.dotted(node.args[0], depth)
            wanted = self.text(node.args[1], depth)
            return f"{owner}.{wanted}" if owner and wanted and len(wanted) < 200 else ""
        if name in {"builtins.__import__", "importlib.import_module", "importlib.__import__"} and node.args:
            wanted = self.text(node.args[0], depth)
            return wanted if len(wanted) < 200 else ""
        if name in {"builtins.vars", "builtins.globals", "builtins.locals"}:
            return f"{self.dotted(node.args[0], depth)}.__dict__" if node.args else ".globals"
        return name + "()" if name and len(name) < 400 else ""

    def item(self, node: ast.Subscript, depth: int) -> str:
        """The canonical name of an element where the container is a table of names."""
        table = self.dotted(node.value, depth)
        if not table:
            return ""
        if table == "sys.modules":
            return self.text(node.slice, depth)[:200]
        if table.endswith(".__dict__"):
            wanted = self.text(node.slice, depth)
            return f"{table[:-9]}.{wanted[:200]}" if wanted else ""
        if table in {".globals", "builtins"}:
            wanted = self.text(node.slice, depth)[:200]
            return self.head(wanted) or (f"builtins.{wanted}" if wanted and table == "builtins" else "")
        return ""

    def text(self, node: ast.AST, depth: int = 0) -> str:
        """The string that an expression always has, or the empty string."""
        value = self.fold(node, depth)
        if isinstance(value, bytes):
            return value.decode("latin-1")
        return value if isinstance(value, str) else ""

    def fold(self, node: ast.AST, depth: int = 0) -> Constant:
        """The constant that an expression always is, or None."""
        kind = type(node)
        if kind is ast.Constant:
            value = node.value  # type: ignore[attr-defined] # the type was just compared
            return value if isinstance(value, str | bytes | int) else None
        if depth > DEPTH:
            return None
        folder = FOLDERS.get(kind)
        return folder(self, node, depth + 1) if folder is not None else None

    def fold_name(self, node: ast.Name, depth: int) -> Constant:
        """A name that was bound once to something constant."""
        bound = self.local_constants.get(node.id) or self.constants.get(node.id)
        if bound is None:
            return None
        key = id(bound)
        if key not in self.folded:
            self.folded[key] = None  # a name bound to itself folds to nothing
            self.folded[key] = self.fold(bound, depth + 8)
        return self.folded[key]

    def fold_binary(self, node: ast.BinOp, depth: int) -> Constant:
        """Concatenation, repetition and `%`."""
        left = self.fold(node.left, depth)
        if left is None:
            return None
        right = self.fold(node.right, depth)
        if isinstance(node.op, ast.Add):
            if isinstance(left, str) and isinstance(right, str):
                return bounded(left + right)
            if isinstance(left, bytes) and isinstance(right, bytes):
                return bounded(left + right)
        if isinstance(node.op, ast.Mod) and isinstance(left, str) and isinstance(right, str):
            return bounded(left.replace("%s", right, 1))
        if isinstance(node.op, ast.BitXor | ast.Sub) and isinstance(left, int) and isinstance(right, int):
            return left ^ right if isinstance(node.op, ast.BitXor) else left - right
        return None

    def fold_joined(self, node: ast.JoinedStr, depth: int) -> Constant:
        """An f-string of constants."""
        parts: list[str] = []
        for value in node.values:
            inner = value.value if isinstance(value, ast.FormattedValue) else value
            part = self.fold(inner, depth)
            if not isinstance(part, str):
                return None
            parts.append(part)
        return bounded("".join(parts))

    def fold_subscript(self, node: ast.Subscript, depth: int) -> Constant:
        """A slice of a constant string."""
        value = self.fold(node.value, depth)
        if not isinstance(value, str | bytes):
            return None
        if isinstance(node.slice, ast.Slice):
            given = [None if end is None else self.fold(end, depth) for end in edges(node.slice)]
            told = [end for end in given if isinstance(end, int)]
            if len(told) == sum(end is not None for end in edges(node.slice)) and given[2] != 0:
                start, stop, step = (end if isinstance(end, int) else None for end in given)
                return value[start:stop:step]
            return None
        index = self.fold(node.slice, depth)
        if isinstance(index, int) and isinstance(value, str) and -len(value) <= index < len(value):
            return value[index]
        return None

    def fold_unary(self, node: ast.UnaryOp, depth: int) -> Constant:
        """A negative number."""
        value = self.fold(node.operand, depth)
        return -value if isinstance(node.op, ast.USub) and isinstance(value, int) else None

    def fold_sequence(self, node: ast.List | ast.Tuple, depth: int) -> Constant:
        """A list of numbers."""
        numbers = tuple(self.fold(element, depth) for element in node.elts[:FOLD_LIMIT])
        whole = tuple(number for number in numbers if isinstance(number, int))
        return whole if len(whole) == len(numbers) else None

    def fold_call(self, node: ast.Call, depth: int) -> Constant:  # noqa: PLR0911 - one plain branch for each case
        """Calls whose result for constants is known."""
        func = node.func
        if isinstance(func, ast.Attribute):
            known = self.fold_method(node, func, depth)
            if known is not None:
                return known
        name = self.dotted(func, depth)
        if not node.args:
            return None
        if name == "builtins.chr":
            code = self.fold(node.args[0], depth)
            return chr(code) if isinstance(code, int) and 0 <= code < 0x110000 else None
        value = self.fold(node.args[0], depth)
        if name in {"builtins.bytes", "builtins.bytearray"} and isinstance(value, tuple):
            return bytes(number & 0xFF for number in value)
        if name in {"builtins.str", "builtins.bytes", "builtins.bytearray"} and isinstance(
            value, str | bytes
        ):
            return value
        if name == "codecs.decode" and isinstance(value, str | bytes) and len(node.args) > 1:
            return decoded_by(value, self.fold(node.args[1], depth))
        decoder = DECODERS.get(name)
        if decoder is None or not isinstance(value, str | bytes):
            return None
        try:
            return bounded(decoder(value))
        except (ValueError, TypeError, binascii.Error):
            return None

    def fold_method(self, node: ast.Call, func: ast.Attribute, depth: int) -> Constant:  # noqa: PLR0911 - one plain branch for each case
        """Methods of constant strings."""
        value = self.fold(func.value, depth)
        if not isinstance(value, str | bytes):
            return None
        if func.attr == "join" and len(node.args) == 1:
            return self.fold_join(value, node.args[0], depth)
        if func.attr in {"decode", "encode"}:
            codec = self.fold(node.args[0], depth) if node.args else "utf-8"
            if (
                isinstance(value, bytes)
                and isinstance(codec, str)
                and codec.lower() in {"utf-8", "utf8", "ascii", "latin-1", "latin1"}
            ):
                return value.decode("latin-1")
            if isinstance(value, str) and func.attr == "encode":
                return value.encode("utf-8", "replace")
            return decoded_by(value, codec)
        arguments = [self.fold(argument, depth) for argument in node.args]
        if isinstance(value, str) and all(isinstance(argument, str) for argument in arguments):
            words = [argument for argument in arguments if isinstance(argument, str)]
            if func.attr == "replace" and len(words) == 2 and words[0]:
                return bounded(value.replace(words[0], words[1]))
            if func.attr in {"lower", "upper", "strip", "swapcase", "title"} and not words:
                return str(getattr(value, func.attr)())
            if func.attr == "format" and words:
                return bounded(value.replace("{}", words[0], 1))
        return None

    def fold_join(self, glue: str | bytes, node: ast.expr, depth: int) -> Constant:  # noqa: PLR0911 - one plain branch for each case
        """`"".join(…)` over constants, reversed constants, or characters made from numbers."""
        if isinstance(node, ast.Call) and len(node.args) >= 1:
            name = self.dotted(node.func, depth)
            if (
                name == "builtins.map"
                and len(node.args) == 2
                and self.dotted(node.args[0], depth) == "builtins.chr"
            ):
                return spelled(glue, self.fold(node.args[1], depth))
            if isinstance(node.func, ast.Name) and node.func.id == "reversed":
                value = self.fold(node.args[0], depth)
                return value[::-1] if isinstance(value, str) and glue == "" else None
        if isinstance(node, ast.GeneratorExp | ast.ListComp) and len(node.generators) == 1:
            element = node.elt
            if isinstance(element, ast.Call) and self.dotted(element.func, depth) == "builtins.chr":
                return spelled(glue, self.fold(node.generators[0].iter, depth))
            return None
        if isinstance(node, ast.List | ast.Tuple):
            parts = [self.fold(element, depth) for element in node.elts[:FOLD_LIMIT]]
            if isinstance(glue, str) and all(isinstance(part, str) for part in parts):
                return bounded(glue.join(part for part in parts if isinstance(part, str)))
            if isinstance(glue, bytes) and all(isinstance(part, bytes) for part in parts):
                return bounded(glue.join(part for part in parts if isinstance(part, bytes)))
        return None


FOLDERS: Final[dict[type, Callable[[Names, Any, int], Constant]]] = {
    ast.Name: Names.fold_name,
    ast.BinOp: Names.fold_binary,
    ast.JoinedStr: Names.fold_joined,
    ast.Subscript: Names.fold_subscript,
    ast.UnaryOp: Names.fold_unary,
    ast.List: Names.fold_sequence,
    ast.Tuple: Names.fold_sequence,
    ast.Call: Names.fold_call,
}


def edges(cut: ast.Slice) -> tuple[ast.expr | None, ast.expr | None, ast.expr | None]:
    """The three parts of a slice."""
    return cut.lower, cut.upper, cut.step


def bounded(value: Constant) -> Constant:
    """The value, unless it grew beyond what a name or path needs."""
    return None if isinstance(value, str | bytes) and len(value) > FOLD_LIMIT else value


def spelled(glue: str | bytes, numbers: Constant) -> Constant:
    """A string spelled by character numbers."""
    if not isinstance(glue, str) or not isinstance(numbers, tuple):
        return None
    return glue.join(chr(number) for number in numbers if 0 <= number < 0x110000)


def decoded_by(value: str | bytes, codec: Constant) -> Constant:
    """What one of the text-transforming codecs makes of a constant."""
    if codec not in {"rot13", "rot_13", "hex", "hex_codec", "base64", "base64_codec"}:
        return None
    try:
        if str(codec).startswith("rot"):
            return codecs.decode(value, "rot13") if isinstance(value, str) else None
        raw = value.encode("latin-1", "replace") if isinstance(value, str) else value
        return bytes.fromhex(raw.decode("latin-1")) if str(codec).startswith("hex") else base64.b64decode(raw)
    except (ValueError, binascii.Error):
        return None
