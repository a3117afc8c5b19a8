"""Media: bytes behind the end, in odd parts, and in fields that viewers skip."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from doorward.inspect.probes.media import MediaProbe
from tests.samples.subjects import keys, noise, traits

PROBE = MediaProbe()
SCRIPT = b"import os, sys\nos.listdir(sys.argv[1])\n" * 3


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*extra: bytes, rows: bytes = b"\x00\x01\x02\x03" * 4) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 4, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(extra)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def jpeg(*segments: bytes) -> bytes:
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(9) + b"".join(segments) + scan + b"\xff\xd9"


def gif(*blocks: bytes) -> bytes:
    picture = b"\x2c" + bytes(4) + b"\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(6) + b"".join(blocks) + picture + b"\x3b"


def riff(form: bytes, *chunks: bytes) -> bytes:
    body = form + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def part(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def sfnt() -> bytes:
    table = struct.pack(">IIII", int.from_bytes(b"glyf", "big"), 0, 28, 8)
    return b"\x00\x01\x00\x00\x00\x01" + bytes(6) + table + bytes(8)


def woff(extra: int = 0) -> bytes:
    return b"wOF2\x00\x01\x00\x00" + struct.pack(">I", 48) + bytes(28) + struct.pack(">II", 0, extra)


def sqlite() -> bytes:
    return (b"SQLite format 3\x00\x02\x00" + bytes(10) + struct.pack(">I", 2)).ljust(1024, b"\x00")


def ogg() -> bytes:
    return b"OggS" + bytes(22) + b"\x01\x04data"


def ico() -> bytes:
    return b"\x00\x00\x01\x00\x01\x00" + bytes(8) + struct.pack("<II", 40, 22) + bytes(40)


def bmp() -> bytes:
    return b"BM" + struct.pack("<IIIIiiHH", 58, 0, 54, 40, 1, 1, 1, 24).ljust(52, b"\x00") + bytes(4)


WHOLE = {
    "png": png(),
    "jpeg": jpeg(),
    "gif": gif(),
    "wav": riff(b"WAVE", part(b"fmt ", bytes(16)), part(b"data", bytes(8))),
    "ttf": sfnt(),
    "woff2": woff(),
    "sqlite": sqlite(),
    "ogg": ogg(),
    "ico": ico(),
    "bmp": bmp(),
    "pdf": b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n",
    "mp4": b"\x00\x00\x00\x10ftypisom" + bytes(4) + b"\x00\x00\x00\x10free" + bytes(8),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_have_nothing_to_say(tmp_path: Path, name: str) -> None:
    assert traits(PROBE, tmp_path, f"a.{name}", WHOLE[name]) == []


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize(
    ("payload", "what"),
    [(noise(500), "opaque"), (SCRIPT, "script"), (b"\x7fELF\x02\x01" + bytes(99), "program")],
)
def test_bytes_behind_the_end(tmp_path: Path, name: str, payload: bytes, what: str) -> None:
    found = traits(PROBE, tmp_path, f"a.{name}", WHOLE[name] + payload)
    assert keys(found, "payload.carrier") == [f"{what} bytes after the end of {name}"]


@pytest.mark.parametrize("name", WHOLE)
def test_padding_is_nothing(tmp_path: Path, name: str) -> None:
    assert traits(PROBE, tmp_path, f"a.{name}", WHOLE[name] + bytes(64)) == []


@pytest.mark.parametrize("name", ["png", "jpeg", "gif", "wav", "ogg", "pdf", "sqlite"])
def test_noise_behind_the_first_bytes_of_a_format_is_no_such_file(tmp_path: Path, name: str) -> None:
    found = traits(
        PROBE, tmp_path, f"a.{name}", WHOLE[name][:16] + noise(2000, seed=3).replace(b"%%EOF", b"")
    )
    assert [trait.kind for trait in found] == ["payload.carrier"], name


def test_a_chunk_that_no_standard_names(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.png", png(chunk(b"prVt", noise(500))))
    assert keys(found, "payload.media-structure") == ["png: chunk prVt"]
    assert keys(found, "payload.carrier") == ["opaque content in the odd part of png"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (chunk(b"tEXt", b"Comment\x00" + SCRIPT), "script content in the text field of png"),
        (
            chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(SCRIPT)),
            "script content in the text field of png",
        ),
        (
            chunk(b"iTXt", b"C\x00\x01\x00\x00\x00" + zlib.compress(SCRIPT)),
            "script content in the text field of png",
        ),
        (
            chunk(b"tEXt", b"Comment\x00" + noise(300).hex().encode()),
            "encoded content in the text field of png",
        ),
    ],
)
def test_text_fields_of_pictures(tmp_path: Path, text: bytes, key: str) -> None:
    assert keys(traits(PROBE, tmp_path, "a.png", png(text)), "payload.carrier") == [key]


def test_ordinary_comments_are_nothing(tmp_path: Path) -> None:
    text = chunk(b"tEXt", b"Software\x00Adobe ImageReady, made on a rainy day in the office of the designer.")
    assert traits(PROBE, tmp_path, "a.png", png(text)) == []


def test_rows_that_no_height_announces(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.png", png(rows=b"\x00\x01\x02\x03" * 4 + noise(500)))
    assert keys(found, "payload.carrier") == ["opaque bytes after the end of png"]
    assert found[0].evidence.where == "the last row"


def test_comments_and_private_segments_of_jpeg(tmp_path: Path) -> None:
    comment = b"\xff\xfe" + struct.pack(">H", 2 + len(SCRIPT)) + SCRIPT
    private = b"\xff\xeb" + struct.pack(">H", 302) + noise(300)
    found = traits(PROBE, tmp_path, "a.jpg", jpeg(comment, private))
    assert keys(found, "payload.carrier") == [
        "script content in the text field of jpeg",
        "opaque content in the odd part of jpeg",
    ]


def test_a_program_within_exif(tmp_path: Path) -> None:
    body = b"\x7fELF\x02\x01" + bytes(99)
    found = traits(PROBE, tmp_path, "a.jpg", jpeg(b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body))
    assert keys(found, "payload.carrier") == ["program content in the binary field of jpeg"]


def test_comments_of_gif(tmp_path: Path) -> None:
    blocks = b"\x21\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\x00"
    assert keys(traits(PROBE, tmp_path, "a.gif", gif(blocks)), "payload.carrier") == [
        "script content in the text field of gif"
    ]


def test_unknown_chunks_of_riff_and_private_data_of_fonts(tmp_path: Path) -> None:
    wave = riff(b"WAVE", part(b"fmt ", bytes(16)), part(b"xxxx", noise(400)))
    assert keys(traits(PROBE, tmp_path, "a.wav", wave), "payload.carrier") == [
        "opaque content in the odd part of wav"
    ]
    font = woff(extra=48)
    assert keys(traits(PROBE, tmp_path, "a.woff2", font), "payload.media-structure") == [
        "woff2: private block"
    ]


def test_free_space_must_be_empty(tmp_path: Path) -> None:
    body = noise(400)
    data = b"\x00\x00\x00\x10ftypisom" + bytes(4) + struct.pack(">I", 408) + b"free" + body
    assert keys(traits(PROBE, tmp_path, "a.mp4", data), "payload.carrier") == [
        "opaque content in the free box of mp4"
    ]


def test_documents_that_run_something(tmp_path: Path) -> None:
    data = b"%PDF-1.4\n<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>\n%%EOF\n"
    found = traits(PROBE, tmp_path, "a.pdf", data)
    assert keys(found, "payload.active-content") == ["JavaScript in a document", "JS in a document"]
