"""Data: what the bytes are, against what the name says, and what is within them."""

from __future__ import annotations

import base64
import gzip
import zlib
from pathlib import Path

import pytest

from doorward.inspect.probes.data import DataProbe
from doorward.inspect.probes.data_magic import claimed_by_name, format_of
from tests.samples.subjects import keys, noise, traits

PROBE = DataProbe()
PE = b"MZ" + bytes(58) + (128).to_bytes(4, "little") + bytes(64) + b"PE\x00\x00\x64\x86" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"\x03\x00" + bytes(200)
TEXT = b"The quick brown fox jumps over the lazy dog, and nothing else happens here.\n" * 40


@pytest.mark.parametrize(
    ("size", "key"),
    [(200, "below-256"), (600, "256-1k"), (4000, "1k-16k"), (40_000, "16k-256k"), (300_000, "above-256k")],
)
def test_a_file_of_noise_by_size(tmp_path: Path, size: int, key: str) -> None:
    found = traits(PROBE, tmp_path, "tests/data/sample.bin", noise(size))
    assert keys(found, "payload.opaque-file") == [key]
    assert found[0].values


def test_noise_behind_a_header_is_still_nothing_but_noise(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.dat", b"HEAD\x00\x00\x00\x01" + noise(4000))
    assert keys(found, "payload.opaque-file") == ["1k-16k"]


def test_noise_within_a_table_is_a_region(tmp_path: Path) -> None:
    table = b"".join(n.to_bytes(4, "little") for n in range(4000))
    found = traits(PROBE, tmp_path, "a.dat", table + noise(2000) + table)
    assert keys(found, "payload.opaque-region") == ["1k-16k"]
    assert abs((found[0].evidence.offset or 0) - 16_000) < 64


def test_a_blob_keeps_its_values_when_it_moves(tmp_path: Path) -> None:
    blob = noise(4000)
    one = traits(PROBE, tmp_path, "a.bin", blob)[0]
    two = traits(PROBE, tmp_path, "b.bin", bytes(5000) + blob)[0]
    assert len(set(one.values) & set(two.values)) >= 0.9 * len(one.values)


def test_text_and_tables_are_not_opaque(tmp_path: Path) -> None:
    assert traits(PROBE, tmp_path, "a.txt", TEXT) == []
    assert traits(PROBE, tmp_path, "a.dat", bytes(range(256)) * 40) == []
    assert traits(PROBE, tmp_path, "a.txt", "Größe überall, und sonst nichts. Привет, мир!\n" * 50) == []


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("logo.png", ELF, "executable under another name"),
        ("notes.txt", gzip.compress(TEXT), "archive under another name"),
        ("font.woff", b"\x00asm\x01\x00\x00\x00", "wasm under another name"),
        ("a.json", b"\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x10\x0a", "class under another name"),
        ("a.png", b"%PDF-1.4\n%%EOF\n", "document under another name"),
    ],
)
def test_content_of_one_format_under_the_name_of_another(
    tmp_path: Path, name: str, content: bytes, key: str
) -> None:
    assert keys(traits(PROBE, tmp_path, name, content), "payload.disguised") == [key]


@pytest.mark.parametrize("name", ["x.so", "libx.so.1.2", "plugin", "x.node"])
def test_executables_under_their_own_names(tmp_path: Path, name: str) -> None:
    assert traits(PROBE, tmp_path, name, ELF) == []


@pytest.mark.parametrize(
    ("payload", "key"), [(PE, "windows program"), (ELF, "elf program"), (gzip.compress(TEXT), "gzip stream")]
)
def test_programs_within_data(tmp_path: Path, payload: bytes, key: str) -> None:
    found = traits(PROBE, tmp_path, "table.dat", bytes(1000) + payload)
    assert keys(found, "payload.embedded") == [key]
    assert found[0].evidence.offset == 1000


def test_two_letters_are_no_program(tmp_path: Path) -> None:
    assert (
        keys(traits(PROBE, tmp_path, "a.txt", TEXT + b"MZ PE\x00\x00 PK\x03\x04 ELF"), "payload.embedded")
        == []
    )


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (noise(600), "opaque"),
        (PE + noise(300), "program"),
        (zlib.compress(noise(300) + TEXT), "compressed"),
        (gzip.compress(noise(400)), "archive"),
        (b"\x30\x82\x01\x00" + noise(600), "certificate"),
        (b"\x89PNG\r\n\x1a\n" + noise(600), "media"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.md", "pkg-1.dist-info/METADATA", "a.css", "LICENSE"])
def test_encoded_blocks_are_named_by_what_they_hold(tmp_path: Path, raw: bytes, key: str, name: str) -> None:
    text = TEXT + b'x = "' + base64.b64encode(raw) + b'"\n' + TEXT
    found = traits(PROBE, tmp_path, name, text)
    assert keys(found, "payload.encoded") == [key]
    assert found[0].evidence.line == 41


def test_hexadecimal_too(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.yaml", b"key: " + noise(300).hex().encode() + b"\n")
    assert keys(found, "payload.encoded") == ["opaque"]


@pytest.mark.parametrize(("raw", "key"), [(noise(900), "opaque"), (PE + bytes(400), "program")])
def test_blocks_that_are_broken_into_lines(tmp_path: Path, raw: bytes, key: str) -> None:
    digits = base64.b64encode(raw)
    lines = b"".join(b'  "' + digits[at : at + 76] + b'",\n' for at in range(0, len(digits), 76))
    found = traits(PROBE, tmp_path, "a.json", b"[\n" + lines + b"]\n")
    assert keys(found, "payload.encoded") == [key]
    assert found[0].evidence.line == 2


def test_armour_is_a_signature_only_if_it_holds_a_packet(tmp_path: Path) -> None:
    def armoured(raw: bytes, label: bytes) -> bytes:
        lines = base64.encodebytes(raw)
        return b"-----BEGIN " + label + b"-----\n\n" + lines + b"-----END " + label + b"-----\n"

    good = traits(PROBE, tmp_path, "a.asc", armoured(b"\x89\x02" + noise(600), b"PGP SIGNATURE"))
    assert keys(good, "payload.encoded") == ["certificate"]
    fake = traits(PROBE, tmp_path, "a.crt", armoured(PE + noise(600), b"CERTIFICATE"))
    assert keys(fake, "payload.encoded") == ["program"]


def test_literals_of_scripts_are_the_script_probes_business(tmp_path: Path) -> None:
    assert traits(PROBE, tmp_path, "a.py", b'x = "' + base64.b64encode(noise(600)) + b'"\n') == []


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("notes.txt", "import os\nos.system('true')\n", "python"),
        ("a.dat", "#!/usr/bin/env python3\nprint()\n", "python"),
        ("a.json", "#!/bin/sh\nls\n", "sh"),
        ("a.log", "const x = require('fs');\nx.readFileSync('a');\n", "other"),
    ],
)
def test_programs_under_names_of_data(tmp_path: Path, name: str, text: str, key: str) -> None:
    assert keys(traits(PROBE, tmp_path, name, text), "payload.script-in-data") == [key]


def test_characters_that_show_nothing(tmp_path: Path) -> None:
    hidden = "".join(chr(0xE0100 + byte) for byte in b"a payload of some length")
    found = traits(PROBE, tmp_path, "a.js", f"const a = `{hidden}`;\n")
    assert keys(found, "payload.invisible-text") == ["invisible characters"]
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f"
    assert traits(PROBE, tmp_path, "a.md", f"{family} {family}\n") == []


def test_blanks_and_tabs_at_line_ends_make_a_code(tmp_path: Path) -> None:
    lines = "".join(
        f"line {n}" + "".join(" \t"[n >> bit & 1] for bit in range(8)) + "\n" for n in range(1, 60)
    )
    found = traits(PROBE, tmp_path, "a.txt", lines)
    assert keys(found, "payload.invisible-text") == ["blanks and tabs at the ends of lines"]
    assert traits(PROBE, tmp_path, "a.txt", "word  \n" * 100) == []


def test_scripts_in_drawings(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.svg", '<svg>\n<g onload="x()"/></svg>')
    assert keys(found, "payload.active-content") == ["script in a drawing"]
    assert found[0].evidence.line == 2


def test_the_table_of_formats() -> None:
    assert [form.name if (form := format_of(head)) else None for head in (ELF, PE, b"MZ", b"text", b"")] == [
        "elf",
        "pe",
        None,
        None,
        None,
    ]
    assert claimed_by_name("a.PNG") == {"png"}
    assert claimed_by_name("a.md") == {"text"}
    assert claimed_by_name(".gitignore") == claimed_by_name("Makefile") == frozenset()
