"""Readers of PE and ELF headers: what they read, and that every byte has an owner."""

from __future__ import annotations

from pathlib import Path
from struct import pack_into

import pytest

from doorward.inspect.probes.elf_image import read_elf
from doorward.inspect.probes.pe_image import MalformedImage, read_pe
from tests.samples.native import BASE, dll, shared_object


def test_a_dll(tmp_path: Path) -> None:
    image = read_pe(dll(tmp_path, BASE))
    assert image.bits == 64
    assert image.machine == 0x8664
    assert image.exports == ("count_words", "name_of")
    assert {each.name for each in image.sections} >= {".text", ".rdata", ".idata"}
    assert "kernel32.dll" in {each.library.lower() for each in image.imports}
    assert image.image_end == len(image.data)
    assert image.certificates == (0, 0)
    text = next(each for each in image.sections if each.name == ".text")
    assert text.executable
    assert not text.writable
    assert image.section_at(image.entry) == text
    assert image.offset_of(text.address + 5) == text.offset + 5
    assert not image.managed


def test_a_narrow_dll(tmp_path: Path) -> None:
    image = read_pe(dll(tmp_path, BASE, bits=32))
    assert (image.bits, image.machine) == (32, 0x14C)
    assert any("VirtualProtect" in each.names for each in image.imports)
    assert image.tls_callbacks >= 1


def test_a_shared_object(tmp_path: Path) -> None:
    image = read_elf(shared_object(tmp_path, BASE))
    assert (image.bits, image.order, image.type) == (64, "<", 3)
    assert {each.name for each in image.dynamic_symbols if each.defined} >= {"count_words", "name_of"}
    assert image.arrays["init"] == 1
    assert image.interpreter == ""
    assert image.image_end == len(image.data)
    assert not [gap for gap in image.gaps() if image.data[gap[0] : sum(gap)].strip(b"\0")]


def test_symbols_are_found_without_section_headers(tmp_path: Path) -> None:
    whole = shared_object(tmp_path, BASE)
    headless = bytearray(whole)
    pack_into("<Q", headless, 40, 0)
    pack_into("<HH", headless, 60, 0, 0)
    image = read_elf(bytes(headless))
    assert image.sections == ()
    assert {each.name for each in image.dynamic_symbols} == {
        each.name for each in read_elf(whole).dynamic_symbols
    }


def test_a_program_of_the_system() -> None:
    file = Path("/bin/true")
    if not file.exists() or file.read_bytes()[:4] != b"\x7fELF":
        pytest.skip("needs an ELF file at /bin/true")
    image = read_elf(file.read_bytes())
    assert image.interpreter.startswith("/")
    assert any("libc" in each for each in image.strings(1))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK", "no MZ signature"),
        (b"MZ" + bytes(20), "headers end early"),
        (b"MZ" + bytes(58) + b"\x40\0\0\0" + b"NE\0\0", "no PE signature at 0x40"),
        (b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0" + bytes(60), "optional header magic 0x0"),
    ],
)
def test_what_is_no_pe(data: bytes, sentence: str) -> None:
    with pytest.raises(MalformedImage, match=sentence):
        read_pe(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x7fELF" + bytes(10), "no ELF header"),
        (b"\x7fELF\x09\x01" + bytes(60), "class 9 and byte order 1"),
        (
            b"\x7fELF\x02\x01" + bytes(26) + b"\x40" + bytes(21) + b"\x38\0\x09" + bytes(7),
            "9 program headers at 0x40",
        ),
    ],
)
def test_what_is_no_elf(data: bytes, sentence: str) -> None:
    with pytest.raises(MalformedImage, match=sentence):
        read_elf(data)
