"""What code of other languages can do: Java classes, WebAssembly, and C, Go, Rust, Lua, Java sources.

Rule: compiled code is read by its own tables (the constant pool of a class, the imports of a wasm module),
sources by names that follow nothing but comments and strings; both give abilities by the same closed
names that scripts have, per file. It says that the file *can*, not when it does.
Formats: Java Virtual Machine Specification chapter 4, WebAssembly core specification section 5.5.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator
from typing import ClassVar

from doorward.inspect.probes.data_code_tables import JAVA, LANGUAGES, WASI
from doorward.inspect.probes.hooks_gather import gathered
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["KINDS", "DataCodeProbe"]

CAPABILITY = TraitKind(
    "code.capability",
    Channel.CAPABILITY,
    Suspicion.MEDIUM,
    "code that can do something new: {key}",
    "A back door needs a way out, a way in or a way to run; the calls for it stand in the code.",
    "The feature that the release announces.",
    "Read the code around the quoted call.",
    ("T1059", "T1106"),
    closed_keys=True,
)
IMPORT = TraitKind(
    "code.import",
    Channel.CAPABILITY,
    Suspicion.WEAK,
    "a WebAssembly module imports {key}",
    "What a module may ask of its host is in its imports.",
    "Toolchains change the names of their runtime's functions.",
    "See what the host gives under this name.",
    ("T1106",),
)
KINDS = (CAPABILITY, IMPORT)

COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/|--[^\n]*", re.DOTALL)
STRINGS = re.compile(r"""\"(?:[^"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.){1,4}'""")
RAW_STRING = re.compile(r'(?<!\w)(?:u8|[uUL])?R"[^\s()\\"]{0,16}\(')
PLAIN_STRINGS = frozenset({".c", ".h", ".cc", ".hh", ".cpp", ".cxx", ".hpp"})
"""Languages whose strings hold no code: `log("connect (wrapper)")` does not connect."""
LUA_LIKE = frozenset({".lua"})
CLASS_MAGIC = b"\xca\xfe\xba\xbe"
WASM_MAGIC = b"\x00asm\x01\x00\x00\x00"
FIXED = {
    3: 4,
    4: 4,
    5: 8,
    6: 8,
    7: 2,
    8: 2,
    9: 4,
    10: 4,
    11: 4,
    12: 4,
    15: 3,
    16: 2,
    17: 4,
    18: 4,
    19: 2,
    20: 2,
}
"""Bytes behind the tag of each constant (JVMS table 4.4-B)."""
MEMBERS = frozenset({9, 10, 11})
MAX_IMPORTS = 20_000


class DataCodeProbe:
    """Reads code of languages without a front end of their own."""

    name: ClassVar[str] = "data_code"
    version: ClassVar[int] = 2
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """Classes and modules by magic, sources by name."""
        if head.startswith(WASM_MAGIC) or is_class(head):
            return True
        return suffix_of(path) in LANGUAGES and b"\x00" not in head

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield each ability once.

        Raises:
            CannotRead: a class or module that no virtual machine could read either.
        """
        yield from gathered(self.read(subject), subject.limits.max_traits)

    def read(self, subject: Subject) -> Iterator[Trait]:
        """Dispatch by content."""
        try:
            if is_class(subject.head):
                yield from called(class_members(subject.data), JAVA)
            elif subject.head.startswith(WASM_MAGIC):
                names = list(wasm_imports(subject.data))
                for name in names:
                    yield Trait(IMPORT.name, name[:400], evidence=Evidence(excerpt=name[:400]))
                yield from called(iter(names), WASI)
            elif subject.size <= subject.limits.max_script_bytes:
                yield from source(suffix_of(subject.path), subject.data.decode("utf-8", "replace"))
        except (struct.error, IndexError) as error:
            raise CannotRead(f"breaks off within its own tables: {error}") from error


def is_class(head: bytes) -> bool:
    """Whether this is a Java class: universal Mach-O files have the same magic and a smaller number."""
    return head.startswith(CLASS_MAGIC) and head[6:8] >= b"\x00\x2d"


def suffix_of(path: str) -> str:
    """The file name extension in lower case."""
    base = path.rsplit("/", 1)[-1].lower()
    return base[base.rfind(".") :] if "." in base else ""


def called(names: Iterator[str], table: tuple[tuple[str, re.Pattern[str]], ...]) -> Iterator[Trait]:
    """Abilities that these names give."""
    for name in names:
        for ability, pattern in table:
            if pattern.search(name):
                token = re.split(r"[.(]", name, maxsplit=1)[0]
                yield Trait(CAPABILITY.name, ability, evidence=Evidence(excerpt=name[:400]), token=token)


def class_members(data: bytes) -> Iterator[str]:
    """`java/lang/Runtime.exec.(Ljava/lang/String;)V` of every field and method that a class refers to."""
    count = struct.unpack_from(">H", data, 8)[0]
    pool: dict[int, tuple[int, bytes]] = {}
    at, index = 10, 1
    while index < count:
        tag = data[at]
        if tag == 1:
            size = struct.unpack_from(">H", data, at + 1)[0] + 2
        elif tag in FIXED:
            size = FIXED[tag]
        else:
            raise CannotRead(f"constant {index} has the unknown tag {tag}")
        pool[index] = (tag, data[at + 1 : at + 1 + size])
        if len(pool[index][1]) < size:
            raise CannotRead(f"constant {index} of {count} is cut off")
        at += 1 + size
        index += 2 if tag in {5, 6} else 1
    for tag, raw in list(pool.values()):
        if tag in MEMBERS:
            owner, pair = struct.unpack(">HH", raw)
            name, kind = struct.unpack(">HH", pool.get(pair, (0, bytes(4)))[1][:4].ljust(4, b"\x00"))
            holder = struct.unpack(">H", pool.get(owner, (0, bytes(2)))[1][:2].ljust(2, b"\x00"))[0]
            yield ".".join(utf8(pool, place) for place in (holder, name, kind))


def utf8(pool: dict[int, tuple[int, bytes]], index: int) -> str:
    """The text of a Utf8 constant; empty if there is none."""
    tag, raw = pool.get(index, (0, b""))
    return raw[2:].decode("utf-8", "replace") if tag == 1 else ""


def wasm_imports(data: bytes) -> Iterator[str]:
    """`module.name` of every import."""
    at = 8
    while at < len(data):
        section = data[at]
        size, at = leb128(data, at + 1)
        if section == 2:
            yield from imports_of(data[at : at + size])
            return
        at += size


def imports_of(section: bytes) -> Iterator[str]:
    """Entries of the import section."""
    count, at = leb128(section, 0)
    for _ in range(min(count, MAX_IMPORTS)):
        names = []
        for _part in range(2):
            size, at = leb128(section, at)
            if at + size > len(section):
                raise CannotRead("the import section breaks off")
            names.append(section[at : at + size].decode("utf-8", "replace"))
            at += size
        yield ".".join(names)
        at = behind_description(section, at)


def behind_description(section: bytes, at: int) -> int:
    """The offset behind an import's description."""
    kind = section[at]
    at += 1
    if kind == 1:  # a table: its element type, then limits as of a memory
        at += 1
    if kind == 3:
        return at + 2
    if kind in {1, 2}:
        flags = section[at]
        at += 1
        for _ in range(2 if flags & 1 else 1):
            _, at = leb128(section, at)
        return at
    if kind == 4:
        at += 1
    _, at = leb128(section, at)
    return at


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """(value, offset behind) of an unsigned number of at most ten bytes."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise CannotRead("a number of more than ten bytes")


def source(suffix: str, text: str) -> Iterator[Trait]:
    """Abilities that calls in a source give, comments left out."""
    lua = suffix in LUA_LIKE

    def blank(match: re.Match[str]) -> str:
        if match[0].startswith("--") != lua:
            return match[0]
        return "\n" * match[0].count("\n")

    code = COMMENTS.sub(blank, text)
    plain = suffix in PLAIN_STRINGS and not RAW_STRING.search(code)  # one may hold a lone quote
    strings = [match.span() for match in STRINGS.finditer(code)] if plain else []
    for ability, pattern in LANGUAGES[suffix]:
        for match in pattern.finditer(code):
            before = bisect_left(strings, (match.start(), 0)) - 1
            if before >= 0 and match.start() < strings[before][1]:
                continue
            begin = code.rfind("\n", 0, match.start()) + 1
            end = code.find("\n", match.end())
            line = code.count("\n", 0, match.start()) + 1
            excerpt = code[begin : end if end >= 0 else len(code)].strip()[:400]
            word = re.search(r"\w{3,}", match[0])
            evidence = Evidence(line=line, excerpt=excerpt)
            yield Trait(CAPABILITY.name, ability, evidence=evidence, token=word[0] if word else "")
