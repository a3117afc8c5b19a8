"""The bytecode probe: every layout since CPython 3.6, names held against source, broken files refused."""

from __future__ import annotations

import importlib.util
import marshal
import struct
from pathlib import Path

import pytest

from doorward.inspect.probes.bytecode import BytecodeProbe, names_of_code, names_of_source
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.model.trait import Trait

SOURCE = b"""
import os, base64
class Pair:
    def __secret(self, value):
        return self.__secret(value)
def go(text):
    exec(base64.b64decode(text))
"""


def pyc(source: bytes) -> bytes:
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "m.py", "exec"))


def examined(data: bytes, tmp_path: Path) -> list[Trait]:
    file = tmp_path / "m.pyc"
    file.write_bytes(data)
    return list(BytecodeProbe().examine(Subject(path="m.pyc", file=file, size=len(data))))


def old_pyc(magic: int, minor: int, names: tuple[str, ...]) -> bytes:
    """A `.pyc` in the layout of another version, written by hand as marshal.c would."""

    def text(value: str) -> bytes:
        return b"z" + bytes([len(value)]) + value.encode()

    def listed(values: tuple[str, ...]) -> bytes:
        return b")" + bytes([len(values)]) + b"".join(text(value) for value in values)

    numbers = struct.pack("<i", 0) * (6 if 8 <= minor < 11 else 5)
    code = b"c" + numbers + b"s" + struct.pack("<i", 2) + b"d\0" + b")\1N" + listed(names)
    code += listed(("local",)) + (
        b"s" + struct.pack("<i", 1) + b" " if minor >= 11 else listed(()) + listed(())
    )
    code += (
        text("m.py")
        + text("<module>")
        + (text("<module>") if minor >= 11 else b"")
        + struct.pack("<i", 1)
        + b"s"
        + bytes(4)
    )
    code += b"s" + bytes(4) if minor >= 11 else b""
    return struct.pack("<H", magic) + b"\r\n" + bytes(12 if minor >= 7 else 8) + code


@pytest.mark.parametrize(
    ("magic", "minor"),
    [(3379, 6), (3394, 7), (3413, 8), (3425, 9), (3439, 10), (3495, 11), (3531, 12), (3571, 13), (3627, 14)],
)
def test_every_layout_is_read(magic: int, minor: int) -> None:
    assert names_of_code(old_pyc(magic, minor, ("socket", "connect"))) == {"socket", "connect", "local"}


def test_names_of_code_are_among_those_of_its_source() -> None:
    assert names_of_code(pyc(SOURCE)) <= names_of_source(SOURCE)
    assert {"__secret", "b64decode", "Pair", "go"} <= names_of_code(pyc(SOURCE))
    other = pyc(SOURCE + b"\nimport socket\nsocket.create_connection(('x', 1))\n")
    assert names_of_code(other) - names_of_source(SOURCE) == {"socket", "create_connection"}


def test_abilities_are_told_from_names(tmp_path: Path) -> None:
    found = {f"{trait.kind} {trait.key}": trait for trait in examined(pyc(SOURCE), tmp_path)}
    assert found["script.combination decode+dynamic-code"].evidence.where == "go"
    assert found["script.capability decode"].evidence.line is None
    assert "go" in found["bytecode.names names"].values


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 40,
        importlib.util.MAGIC_NUMBER + bytes(12),
        importlib.util.MAGIC_NUMBER + bytes(12) + b"(" + b"\xff" * 4,
        importlib.util.MAGIC_NUMBER + bytes(12) + b"r\x09\0\0\0",
        importlib.util.MAGIC_NUMBER + bytes(12) + b")\1" * 5000,
        struct.pack("<H", 60000) + b"\r\n" + bytes(40),
        pyc(SOURCE)[:60],
    ],
)
def test_broken_files_are_refused(data: bytes) -> None:
    with pytest.raises(CannotRead):
        names_of_code(data)


def test_source_that_cannot_be_parsed_is_said() -> None:
    with pytest.raises(CannotRead, match="source cannot be parsed"):
        names_of_source(b"def (:")
