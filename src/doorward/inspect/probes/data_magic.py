"""Formats told by their first bytes, and what names they go by.

A small table of our own, from each format's specification: enough to say *this is not what its name
says*, not to name every format there is. `dense` formats are compressed by nature: random-looking bytes
in them are expected, so their own structure is looked at instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from doorward.inspect.probes.reach_tlds import words

__all__ = ["FORMATS", "Format", "claimed_by_name", "format_of"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    name: str
    family: str
    """`executable`, `archive`, `image`, `sound`, `video`, `font`, `document`, `database`, `model`, `code`."""
    magic: bytes
    """Regular expression at the start of the content."""
    suffixes: tuple[str, ...]
    dense: bool = True


TABLE: tuple[tuple[str, str, bytes, str], ...] = (
    ("elf", "executable", rb"\x7fELF[\x01\x02][\x01\x02]", "so node o ko elf axf"),
    ("pe", "executable", rb"MZ.{58}", "exe dll pyd sys ocx mui efi node winmd scr cpl"),
    (
        "mach-o",
        "executable",
        rb"[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba\xbe\x00\x00\x00[\x01-\x1f]",
        "dylib so o bundle node",
    ),
    ("class", "code", rb"\xca\xfe\xba\xbe\x00[\x00-\x03]\x00[\x2d-\x7f]", "class"),
    ("wasm", "code", rb"\x00asm[\x01\x0d]\x00", "wasm"),
    ("dex", "code", rb"dex\n0\d\d\x00", "dex"),
    ("lua-bytecode", "code", rb"\x1bLua[QRST]|\x1bLJ[\x01\x02]", "luac lua ljbc"),
    (
        "zip",
        "archive",
        rb"PK(?:\x03\x04|\x05\x06|\x07\x08)",
        (
            "zip whl jar egg npz docx xlsx pptx odt ods apk epub nupkg vsix pt pth ckpt keras war ear xpi"
            " crx mo pptm xlsm docm dotx otp odp kmz ipa par pyz aar snupkg bin"
        ),
    ),
    ("gzip", "archive", rb"\x1f\x8b\x08[\x00-\x1f]", "gz tgz svgz dia npy.gz crate gem z mgz"),
    ("bzip2", "archive", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bz2 tbz tbz2"),
    ("xz", "archive", rb"\xfd7zXZ\x00", "xz txz"),
    ("zstd", "archive", rb"[\x22-\x28]\xb5\x2f\xfd", "zst tzst zstd"),
    ("lz4", "archive", rb"\x04\x22\x4d\x18", "lz4"),
    ("7z", "archive", rb"7z\xbc\xaf\x27\x1c", "7z"),
    ("rar", "archive", rb"Rar!\x1a\x07", "rar cbr"),
    ("cab", "archive", rb"MSCF\x00\x00\x00\x00", "cab"),
    ("ar", "archive", rb"!<arch>\n", "a deb lib udeb ipk"),
    ("png", "image", rb"\x89PNG\r\n\x1a\n", "png apng ico"),
    ("jpeg", "image", rb"\xff\xd8\xff", "jpg jpeg jpe jfif thm"),
    ("gif", "image", rb"GIF8[79]a", "gif"),
    ("webp", "image", rb"RIFF.{4}WEBP", "webp"),
    ("bmp", "image", rb"BM.{4}\x00\x00\x00\x00", "bmp dib"),
    ("ico", "image", rb"\x00\x00[\x01\x02]\x00[\x01-\x40]\x00", "ico cur"),
    ("tiff", "image", rb"II[*+]\x00|MM\x00[*+]", "tif tiff dng nef svs lsm btf stk lif qpi"),
    ("icns", "image", rb"icns", "icns"),
    ("jp2", "image", rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "jp2 j2k jpx jpf j2c"),
    ("psd", "image", rb"8BPS", "psd"),
    ("wav", "sound", rb"RIFF.{4}WAVE", "wav"),
    ("ogg", "sound", rb"OggS\x00", "ogg oga ogv opus spx webm"),
    ("mp3", "sound", rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]", "mp3 mp2 mpga"),
    ("flac", "sound", rb"fLaC", "flac"),
    ("midi", "sound", rb"MThd", "mid midi"),
    ("avi", "video", rb"RIFF.{4}AVI ", "avi"),
    ("mp4", "video", rb".{4}ftyp", "mp4 m4a m4v mov avif heic heif 3gp"),
    ("matroska", "video", rb"\x1a\x45\xdf\xa3", "mkv webm mka"),
    ("ttf", "font", rb"\x00\x01\x00\x00\x00[\x01-\x40]|OTTO\x00|true\x00|ttcf", "ttf otf ttc tte dfont"),
    ("woff", "font", rb"wOFF", "woff"),
    ("woff2", "font", rb"wOF2", "woff2"),
    ("eot", "font", rb".{34}LP", "eot"),
    ("pdf", "document", rb"\s{0,8}%PDF-", "pdf ai"),
    ("ole", "document", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc xls ppt msi msg msp mst db vsd dot mpp"),
    ("rtf", "document", rb"\{\\rtf", "rtf"),
    ("lnk", "document", rb"L\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    ("chm", "document", rb"ITSF", "chm"),
    ("sqlite", "database", rb"SQLite format 3\x00", "db sqlite sqlite3 db3 gpkg mbtiles s3db"),
    ("parquet", "database", rb"PAR1", "parquet pq"),
    ("hdf5", "database", rb"\x89HDF\r\n\x1a\n", "h5 hdf5 hdf nc mat he5 keras"),
    ("arrow", "database", rb"ARROW1", "arrow feather"),
    ("orc", "database", rb"ORC", "orc"),
    ("npy", "model", rb"\x93NUMPY[\x01-\x03]", "npy"),
    ("gguf", "model", rb"GGUF[\x01-\x04]\x00\x00\x00", "gguf"),
    ("script", "code", rb"#![ \t]*/", ""),
)
"""Name, family, magic, file name extensions."""
SPARSE = words(
    "elf pe mach-o class wasm dex lua-bytecode ar bmp ico tiff psd wav midi ttf eot ole rtf lnk "
    "sqlite hdf5 npy script"
)
"""Formats that are not compressed by nature, so that random-looking bytes stand out in them."""
FORMATS = tuple(
    Format(name, family, magic, tuple("." + suffix for suffix in suffixes.split()), dense=name not in SPARSE)
    for name, family, magic, suffixes in TABLE
)
MATCHERS = tuple((form, re.compile(form.magic, re.DOTALL)) for form in FORMATS)
BY_SUFFIX: dict[str, set[str]] = {}
for _form in FORMATS:
    for _suffix in _form.suffixes:
        BY_SUFFIX.setdefault(_suffix, set()).add(_form.name)
TEXT_SUFFIXES = words(
    "ac am bash bat c cc cfg cjs cmake cmd conf cpp cs css csv d desktop go h hpp htm html in ini j2 "
    "java jinja js json jsx log lua m4 map md mjs php pl po pot properties ps1 py pyi rb rs rst "
    "service sh sql svg tex tmpl toml ts tsv tsx txt xml yaml yml"
)


def format_of(head: bytes) -> Format | None:
    """The format whose magic these first bytes match, the first of the table."""
    for form, matcher in MATCHERS:
        if matcher.match(head):
            if form.name == "pe" and not portable_executable(head):
                continue
            return form
    return None


def portable_executable(head: bytes) -> bool:
    """Whether a DOS header leads to a PE header, where that is within reach; DOS programs count too."""
    offset = int.from_bytes(head[60:64], "little")
    return offset + 4 > len(head) or head[offset : offset + 2] in {b"PE", b"NE", b"LE"}


def claimed_by_name(base: str) -> frozenset[str]:
    """Names of the formats that a file name claims; `text` for those of text; empty if it says nothing."""
    lower = base.lower()
    dot = lower.rfind(".")
    if dot <= 0:
        return frozenset()
    suffix = lower[dot:]
    if suffix[1:] in TEXT_SUFFIXES:
        return frozenset({"text"})
    return frozenset(BY_SUFFIX.get(suffix, ()))
