"""Text that is not only text: encoded blocks, invisible characters, scripts, active pictures."""

from __future__ import annotations

import ast
import base64
import binascii
import bz2
import lzma
import re
import warnings
import zlib
from collections.abc import Iterator

from doorward.inspect.entropy import opaque_regions
from doorward.inspect.probes.data_kinds import ACTIVE, SCRIPT_IN_DATA
from doorward.inspect.probes.data_magic import format_of
from doorward.model.trait import Evidence, Trait

__all__ = ["active_content", "class_of", "decoded", "invisible_runs", "script_in_data"]

HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
INVISIBLE = re.compile(
    rb"(?:\xef\xb8[\x80-\x8f]|\xf3\xa0[\x80-\x87][\x80-\xbf]|\xe2\x80[\x8b-\x8f]|\xe2\x81[\xa0-\xaf]|\xe1\xa0\x8e"
    rb"|\xef\xbb\xbf|\xe3\x85\xa4|\xef\xbe\xa0){16,}"
)
SHORTEST_RUN = 16
UNSEEN = (
    *(b"\xe2\x80" + bytes([last]) for last in range(0x8B, 0x90)),
    *(
        b"\xef\xb8",
        b"\xf3\xa0",
        b"\xe2\x81",
        b"\xe1\xa0\x8e",
        b"\xef\xbb\xbf",
        b"\xe3\x85\xa4",
        b"\xef\xbe\xa0",
    ),
)
"""How such characters begin: what is counted before anything is searched."""
LINE_ENDS = (b" \n", b"\t\n", b" \r\n", b"\t\r\n")
WHITESPACE_LINES = 24
SVG_SCRIPT = re.compile(rb"<script\b|\bon(?:load|click|error|mouseover|begin)\s*=|javascript:", re.IGNORECASE)
DATA_SUFFIXES = (
    ".txt",
    ".dat",
    ".data",
    ".bin",
    ".json",
    ".csv",
    ".tsv",
    ".log",
    ".ini",
    ".cfg",
    ".conf",
    ".db",
    ".tmp",
    ".bak",
    ".res",
    ".png",
    ".jpg",
    ".gif",
    ".ico",
    ".pak",
    ".lst",
    ".xml",
    ".yaml",
    ".yml",
    ".pem",
    ".key",
    ".crt",
    ".map",
    ".lock",
)
SHEBANG = re.compile(rb"#![ \t]*(\S+)(?:[ \t]+(\S+))?")
DECODE_LIMIT = 1 << 20
URL_SAFE = bytes.maketrans(b"-_", b"+/")
PARSE_LIMIT = 256 * 1024


def decoded(digits: bytes) -> bytes:
    """The bytes that hexadecimal or base64 text spells, up to a limit; empty if it spells none."""
    digits = digits[:DECODE_LIMIT].rstrip(b"=")
    try:
        if HEX.fullmatch(digits):
            return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
        return base64.b64decode(digits[: len(digits) & ~3].translate(URL_SAFE))
    except (ValueError, binascii.Error):
        return b""


def class_of(raw: bytes) -> str:
    """What some bytes are.

    Returns:
        `program`, `archive`, `compressed`, `script`, `certificate`, `media`, `text`, `binary` or `opaque`.
    """
    form = format_of(raw[:4096])
    if form is not None and form.name not in {"ico", "mp3", "mp4", "eot", "bmp"}:
        return {"executable": "program", "code": "program", "archive": "archive"}.get(form.family, "media")
    if CERTIFICATE.match(raw):
        return "certificate"
    if inflates(raw):
        return "compressed"
    sample = raw[:512]
    if len(sample.translate(None, PRINTABLE)) * 20 < len(sample):
        return "script" if looks_like_code(raw) else "text"
    random = bool(opaque_regions(raw[:65536])) or len(set(raw[:256])) > 0.55 * len(raw[:256])
    return "opaque" if random else "binary"


CERTIFICATE = re.compile(rb"\x30[\x80-\x82]|\x00\x00\x00[\x07\x0b](?:ssh-|rsa-|ecdsa)")
"""DER sequences (X.690) and SSH public keys (RFC 4253 section 6.6)."""
PRINTABLE = bytes(range(32, 127)) + b"\t\n\r"


def inflates(raw: bytes) -> bool:
    """Whether a general decompressor takes the first bytes for its own."""
    if raw[:1] == b"\x78" and int.from_bytes(raw[:2], "big") % 31 == 0:
        try:
            return len(zlib.decompressobj().decompress(raw, 4096)) > 64
        except zlib.error:
            return False
    for opened in (bz2.BZ2Decompressor, lzma.LZMADecompressor):
        if raw.startswith((b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00")):
            try:
                if len(opened().decompress(raw, 4096)) > 64:
                    return True
            except (OSError, lzma.LZMAError, EOFError, ValueError):
                continue
    return False


def looks_like_code(raw: bytes) -> bool:
    """Whether text reads as a program: a shebang, or Python that parses and calls something imported."""
    if SHEBANG.match(raw):
        return True
    return python_program(raw) or bool(SCRIPT_SHAPE.search(raw[:65536]))


SCRIPT_SHAPE = re.compile(
    rb"(?m)^\s*(?:function\s+\w+\s*\(|(?:const|let|var)\s+[\w{},\s]+=\s*require\(|import\s+[\w{},*\s]+\s+from\s+['\"]"
    rb"|(?:\$\w+\s*=\s*)?New-Object\s|Invoke-\w+\s|\[System\.|export\s+\w+=|if\s+\[\s|<\?php|#include\s*<)"
)


def python_program(raw: bytes) -> bool:
    """Whether this is Python that imports and calls."""
    if len(raw) > PARSE_LIMIT or (b"import" not in raw and b"exec" not in raw):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    kinds = {type(node) for node in ast.walk(tree)}
    return ast.Call in kinds and bool(kinds & {ast.Import, ast.ImportFrom, ast.Attribute})


def script_in_data(base: str, data: bytes) -> Iterator[Trait]:
    """A program under a name of data."""
    if not base.lower().endswith(DATA_SUFFIXES):
        return
    language = ""
    if match := SHEBANG.match(data):
        words = [word.rsplit(b"/", 1)[-1] for word in match.groups() if word]
        name = words[-1] if words[0] == b"env" and len(words) > 1 else words[0]
        language = re.sub(r"[\d.]+\Z", "", name.decode("ascii", "replace"))
        language = language if language in {"python", "sh", "bash", "perl", "ruby", "node"} else "other"
    elif python_program(data):
        language = "python"
    elif SCRIPT_SHAPE.search(data[:65536]):
        language = "other"
    if language:
        excerpt = data[:400].decode("utf-8", "replace")
        yield Trait(SCRIPT_IN_DATA.name, language, evidence=Evidence(line=1, offset=0, excerpt=excerpt))


def invisible_runs(data: bytes) -> Iterator[tuple[str, int, int]]:
    """(kind, first offset, runs) of characters that show nothing, far longer than any script needs."""
    if not data.isascii() and sum(map(data.count, UNSEEN)) >= SHORTEST_RUN:
        runs = [match.start() for match in INVISIBLE.finditer(data)]
        if runs:
            yield "invisible characters", runs[0], len(runs)
    ends = sum(map(data.count, LINE_ENDS))
    mixed = mixed_line_ends(data) if ends >= WHITESPACE_LINES else []
    if len(mixed) >= WHITESPACE_LINES:
        yield "blanks and tabs at the ends of lines", mixed[0], len(mixed)


def mixed_line_ends(data: bytes) -> list[int]:
    """Offsets of line ends with four or more white characters of both sorts: two symbols make a code."""
    found = []
    at = 0
    for line in data.split(b"\n"):
        content = line.rstrip(b"\r")
        tail = content[len(content.rstrip(b" \t")) :]
        if len(tail) >= 4 and b" " in tail and b"\t" in tail and len(tail) < len(content):
            found.append(at + len(content) - len(tail))
        at += len(line) + 1
    return found


def active_content(base: str, data: bytes) -> Iterator[Trait]:
    """Scripts in pictures."""
    if base.lower().endswith((".svg", ".svgz")) and (match := SVG_SCRIPT.search(data)):
        line = data.count(b"\n", 0, match.start()) + 1
        excerpt = data[match.start() : match.start() + 400].decode("utf-8", "replace")
        yield Trait(
            ACTIVE.name,
            "script in a drawing",
            evidence=Evidence(line=line, offset=match.start(), excerpt=excerpt),
        )
