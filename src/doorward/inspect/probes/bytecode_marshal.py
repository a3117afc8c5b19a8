"""A reader of `.pyc` files and of the marshal format within them, for CPython 3.6 to 3.15.

Never `marshal.loads`: that function may crash the interpreter on hostile input. Only what describes
code is built (names, constants, nested code objects); references, depth and counts are bounded.
Format: Lib/importlib/_bootstrap_external.py for the header, Python/marshal.c (version 4 and 5) for
the rest; PEP 552 for hash-based files. The layout of a code object changed with 3.8 (positional-only
arguments) and 3.11 (exception table, one tuple of local names); both are told by the magic number.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["BadBytecode", "Code", "read_pyc"]

MAX_DEPTH: Final = 150
MAX_OBJECTS: Final = 3_000_000
MAX_DIGITS: Final = 20_000
"""Of a long integer; shifting longer ones together takes quadratic time."""
REFERENCE: Final = 0x80
MAGIC: Final = (
    (3379, "3.6"),
    (3394, "3.7"),
    (3413, "3.8"),
    (3425, "3.9"),
    (3439, "3.10"),
    (3495, "3.11"),
    (3531, "3.12"),
    (3571, "3.13"),
    (3627, "3.14"),
    (3700, "3.15"),
)
"""The last magic number of each version (Lib/importlib/_bootstrap_external.py)."""


class BadBytecode(ValueError):
    """These bytes are no bytecode that CPython 3.6 or later would load."""


@dataclass(slots=True)
class Code:
    """One code object, as far as its meaning can be told without running it."""

    name: str = ""
    qualified: str = ""
    line: int = 0
    instructions: bytes = b""
    names: tuple[str, ...] = ()
    """Globals, attributes and modules, by index."""
    variables: tuple[str, ...] = ()
    constants: tuple[Any, ...] = ()
    inner: list[Code] = field(default_factory=list)


def read_pyc(data: bytes) -> tuple[Code, str]:
    """Read one `.pyc` file.

    Returns:
        The module's code, and the version of CPython it is for (`3.11`).

    Raises:
        BadBytecode: not a `.pyc`, or broken.
    """
    if len(data) < 17 or data[2:4] != b"\r\n":
        raise BadBytecode("no magic number of a .pyc file")
    magic = struct.unpack_from("<H", data)[0]
    version = next((name for last, name in MAGIC if magic <= last), "")
    if magic < 3360 or not version:
        raise BadBytecode(f"magic number {magic} is of no CPython from 3.6 to 3.15")
    minor = int(version[2:])
    reader = Reader(data, 16 if minor >= 7 else 12, minor)
    try:
        code = reader.read(0)
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError, TypeError, RecursionError) as error:
        raise BadBytecode(f"broken at offset {reader.at}") from error
    if not isinstance(code, Code):
        raise BadBytecode("holds no code object")
    return code, version


class Reader:
    """Reads marshalled objects one after another."""

    def __init__(self, data: bytes, at: int, minor: int) -> None:
        self.data = data
        self.at = at
        self.minor = minor
        self.references: list[Any] = []
        self.objects = 0

    def take(self, size: int) -> bytes:
        """The next bytes, all of them."""
        if size < 0 or self.at + size > len(self.data):
            raise BadBytecode(f"ends before {size} bytes at offset {self.at}")
        self.at += size
        return self.data[self.at - size : self.at]

    def integer(self) -> int:
        """A signed 32-bit number."""
        return int(struct.unpack("<i", self.take(4))[0])

    def read(self, depth: int) -> Any:
        """The next object."""
        self.objects += 1
        if depth > MAX_DEPTH or self.objects > MAX_OBJECTS:
            raise BadBytecode("nested or numerous beyond all real code")
        kind = self.take(1)[0]
        keep = bool(kind & REFERENCE)
        letter = chr(kind & ~REFERENCE)
        if letter == "r":
            index = self.integer()
            if not 0 <= index < len(self.references):
                raise BadBytecode(f"refers to object {index} of {len(self.references)}")
            return self.references[index]
        place = -1
        if keep:
            place = len(self.references)
            self.references.append(None)
        value = self.value(letter, depth)
        if keep:
            self.references[place] = value
        return value

    def value(self, letter: str, depth: int) -> Any:  # noqa: C901, PLR0911, PLR0912 - one plain branch for each case
        """An object by its type letter."""
        if letter in SIMPLE:
            return SIMPLE[letter]
        if letter == "i":
            return self.integer()
        if letter == "I":
            return int(struct.unpack("<q", self.take(8))[0])
        if letter == "l":
            return self.long()
        if letter == "g":
            return struct.unpack("<d", self.take(8))[0]
        if letter == "y":
            return complex(*struct.unpack("<dd", self.take(16)))
        if letter == "f":
            return self.take(self.take(1)[0])
        if letter == "x":
            return (self.take(self.take(1)[0]), self.take(self.take(1)[0]))
        if letter == "s":
            return self.take(self.integer())
        if letter in "ut":
            return self.take(self.integer()).decode("utf-8", "surrogatepass")
        if letter in "aA":
            return self.take(self.integer()).decode("latin-1")
        if letter in "zZ":
            return self.take(self.take(1)[0]).decode("latin-1")
        if letter == ")":
            return self.sequence(self.take(1)[0], depth)
        if letter in "([<>":
            return self.sequence(self.integer(), depth)
        if letter == "{":
            return self.mapping(depth)
        if letter == ":":
            return (self.read(depth + 1), self.read(depth + 1), self.read(depth + 1))
        if letter == "c":
            return self.code(depth)
        raise BadBytecode(f"unknown type {letter!r} at offset {self.at - 1}")

    def long(self) -> int:
        """A long integer in 15-bit digits."""
        count = self.integer()
        size = abs(count)
        digits = struct.unpack(f"<{size}H", self.take(2 * size))
        if size > MAX_DIGITS:
            return 0
        value = 0
        for digit in reversed(digits):
            value = value << 15 | digit
        return -value if count < 0 else value

    def sequence(self, count: int, depth: int) -> tuple[Any, ...]:
        """Tuples, lists and sets alike."""
        if not 0 <= count <= len(self.data) - self.at:
            raise BadBytecode(f"claims {count} elements at offset {self.at}")
        return tuple(self.read(depth + 1) for _ in range(count))

    def mapping(self, depth: int) -> tuple[Any, ...]:
        """A dictionary, up to its end mark, as pairs."""
        pairs: list[Any] = []
        while True:
            if self.data[self.at] & ~REFERENCE == 0x30:
                self.at += 1
                return tuple(pairs)
            pairs.append((self.read(depth + 1), self.read(depth + 1)))

    def code(self, depth: int) -> Code:
        """A code object, in the layout of its version."""
        minor = self.minor
        # argcount, kwonlyargcount, nlocals, stacksize, flags; 3.8 added posonlyargcount,
        # 3.11 took nlocals away
        numbers = 6 if 8 <= minor < 11 else 5
        for _ in range(numbers):
            self.integer()
        code = Code()
        instructions = self.read(depth + 1)
        code.instructions = instructions if isinstance(instructions, bytes) else b""
        constants = self.read(depth + 1)
        code.names = strings(self.read(depth + 1))
        if minor < 11:
            code.variables = (
                strings(self.read(depth + 1)) + strings(self.read(depth + 1)) + strings(self.read(depth + 1))
            )
        else:
            code.variables = strings(self.read(depth + 1))
            self.read(depth + 1)  # kinds of the local names
        self.read(depth + 1)  # file name
        name = self.read(depth + 1)
        code.name = code.qualified = name if isinstance(name, str) else ""
        if minor >= 11:
            qualified = self.read(depth + 1)
            code.qualified = qualified if isinstance(qualified, str) else code.name
        code.line = self.integer()
        self.read(depth + 1)  # line table
        if minor >= 11:
            self.read(depth + 1)  # exception table
        listed = constants if isinstance(constants, tuple) else ()
        code.inner = [one for one in listed if isinstance(one, Code)]
        code.constants = tuple(one for one in listed if not isinstance(one, Code))
        return code


def strings(value: Any) -> tuple[str, ...]:
    """The strings of a tuple."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()


SIMPLE: Final[dict[str, Any]] = {"N": None, "T": True, "F": False, "S": None, ".": ..., "0": None}
