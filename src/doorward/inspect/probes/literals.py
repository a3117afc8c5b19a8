"""Long opaque literals in the text of any script: found, decoded, and named by what they hold.

Rule: a literal is opaque if at least 96 bytes of it are written in an encoding that nobody reads
(base64 and its URL form, base32, base85, hexadecimal, escapes, lists of numbers, one huge number),
whole or in pieces, and what it decodes to is text, code, compressed, or spread over byte values as
only encrypted and compressed data is. Statistics decide, not names: the index of coincidence
(Friedman 1922) of random bytes is 1/256, of English above 1/20.

Innocent and left out: digests (at most 64 bytes), media behind their own magic number, DER
certificates and public keys, permutations such as S-boxes, sorted tables.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

__all__ = ["Blob", "blob_of_bytes", "blob_of_numbers", "blob_of_text", "blobs_in_text"]

MIN_PAYLOAD: Final = 96
"""Bytes: above a SHA-512 digest, below any useful second stage."""
MAX_BLOBS: Final = 400
"""Of one file: a table of test vectors needs no more to be recognised as new."""
RANDOM_COINCIDENCE: Final = 0.02
"""Random bytes have 0.004, text under a short XOR key about 0.01, machine code above 0.03."""

LINE_PIECES = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/=_-]{32,}+[ \t]{0,8}+[\"'`]?+[ "
    r"\t,;+\\]{0,8}+\r?\n[\s#*/;\"'`+(]{0,80}+){3,}+[A-Za-z0-9+/=_-]*+"
)
QUOTED_PIECES = re.compile(r"(?:[\"'`][A-Za-z0-9+/=_-]{3,120}+[\"'`][\s+,.\\()]{0,40}+){6,}+")
QUOTED_PIECE = re.compile(r"[\"'`]([A-Za-z0-9+/=_-]{3,120})[\"'`]")
RUN = re.compile(r"[A-Za-z0-9+/_-]{128,}+={0,2}+")
PIECE = re.compile(r"[\"'`]([A-Za-z0-9+/=_-]{3,120})[\"'`]")
RUN = re.compile(r"[A-Za-z0-9+/_-]{128,}={0,2}")
PIECE = re.compile(r"[A-Za-z0-9+/=_-]{32,}")
ESCAPES = re.compile(
    r"(?:\\(?:x[0-9a-fA-F]{2}|[0-3][0-7]{2}|u00[0-9a-fA-F]{2}|[nrt0abfv\\'\"])[^\\\"'`\n]{0,8}+){24,}+"
)
WIDE_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}){48,}+")
NUMBERS = re.compile(
    r"(?:(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})\s{0,40}+,\s{0,40}+){95,}+(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})"
)
PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----")

HEX = frozenset("0123456789abcdefABCDEF")
DIGITS = frozenset("0123456789")
BASE32 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=")
BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")

EXECUTABLE_MAGIC = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
COMPRESSED_MAGIC = (
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"7z\xbc\xaf",
    b"]\x00\x00",
)
MEDIA_MAGIC = (
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"RIFF",
    b"wOFF",
    b"wOF2",
    b"\x00\x01\x00\x00\x00",
    b"OTTO",
    b"BM",
    b"\x00\x00\x01\x00",
    b"%PDF-",
    b"OggS",
    b"ID3",
    b"fLaC",
    b"<svg",
    b"<?xml",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x1cftyp",
    b"\x00\x00\x00\x20ftyp",
    b"\x00asm",
)
RUN_MAP = bytes(1 if chr(code) in BASE64 else 0 for code in range(256))
LINE_OF_RUN = b"\1" * 32
LONG_RUN = b"\1" * 128
LIST_MAP = bytes(1 if chr(code) in "0123456789abcdefABCDEFxX, \t\r\n" else 0 for code in range(256))
LONG_LIST = b"\1" * (2 * MIN_PAYLOAD - 2)
"""What a cheap look must find before a pattern is tried: most scripts hold nothing of the kind."""
PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"


@dataclass(frozen=True, slots=True)
class Blob:
    """One opaque literal."""

    digest: str
    """First 24 hexadecimal digits of the SHA-256 of the normalised literal."""
    encoding: str
    """How it is written: `base64`, `hex`, `escapes`, `numbers`, `base85`, …"""
    nature: str
    """What it decodes to: `executable`, `compressed`, `serialized`, `text`, `random`, `structured`."""
    size: int
    """Bytes that it decodes to."""
    offset: int
    """Where it starts, in characters; -1 where the caller knows better."""
    token: str
    """Some characters of it as written."""

    @property
    def size_class(self) -> str:
        """Small, medium or large: a key, a script, or a program."""
        return "small" if self.size < 512 else "medium" if self.size < 4096 else "large"


def blobs_in_text(text: str) -> list[Blob]:
    """Find the opaque literals of a script, whatever its language, comments included."""
    found: dict[str, Blob] = {}
    covered: list[tuple[int, int]] = []
    for start, end, blob in candidates(text):
        if any(left <= start < right for left, right in covered):
            continue
        covered.append((start, end))
        if blob is not None:
            found.setdefault(blob.digest, blob)
        if len(found) >= MAX_BLOBS:
            break
    return list(found.values())


def candidates(text: str) -> Iterator[tuple[int, int, Blob | None]]:  # noqa: C901 - one plain branch for each case
    """Yield spans that look like literals and what they hold: pieces before runs, so that pieces join."""
    raw = text.encode("latin-1", "replace")
    opaque = raw.translate(RUN_MAP)
    if LINE_OF_RUN in opaque:
        for match in LINE_PIECES.finditer(text):
            pieces = PIECE.findall(match[0])
            if not is_list_of_digests(pieces):
                yield match.start(), match.end(), pem_aware(text, match.start(), "".join(pieces))
    for match in QUOTED_PIECES.finditer(text):
        pieces = QUOTED_PIECE.findall(match[0])
        if not is_list_of_digests(pieces):
            yield match.start(), match.end(), blob_of_text("".join(pieces), match.start())
    if LONG_RUN in opaque:
        for match in RUN.finditer(text):
            yield match.start(), match.end(), pem_aware(text, match.start(), match[0])
    if raw.count(b"\\") >= 24:
        for match in ESCAPES.finditer(text):
            yield match.start(), match.end(), blob_of_escapes(match[0], match.start())
        for match in WIDE_ESCAPES.finditer(text):
            payload = bytes.fromhex(match[0].replace("\\u", ""))
            yield match.start(), match.end(), blob_of_bytes(payload, "escapes", match.start(), match[0][:18])
    if LONG_LIST in raw.translate(LIST_MAP):
        for match in NUMBERS.finditer(text):
            numbers = numbers_of(match[0])
            yield match.start(), match.end(), blob_of_numbers(numbers, match.start(), match[0][:12])


def numbers_of(written: str) -> list[int]:
    """The numbers of a comma-separated list."""
    return [
        int(word, 16 if word[:2] in {"0x", "0X"} else 10)
        for word in re.findall(r"0[xX][0-9a-fA-F]+|\d+", written)
    ]


def is_list_of_digests(pieces: Sequence[str]) -> bool:
    """Whether all pieces have the length of one digest: a table of hashes, not a cut-up payload."""
    lengths = {len(piece) for piece in pieces}
    return (
        len(lengths) == 1
        and len(pieces) < 64
        and lengths <= {32, 40, 44, 56, 64, 88, 96, 128}
        and (all(HEX.issuperset(piece) for piece in pieces) or lengths <= {44, 88})
    )


def pem_aware(text: str, start: int, joined: str) -> Blob | None:
    """What a run holds, unless it stands under a PEM heading and is the DER that it claims to be."""
    blob = blob_of_text(joined, start)
    if blob is None or not PEM.search(text, max(0, start - 80), start + 80):
        return blob
    return None if is_der(decode_base64(joined)) else blob


def is_der(data: bytes) -> bool:
    """Whether these bytes are one ASN.1 SEQUENCE of exactly the length it states (X.690, 8.1.3)."""
    if len(data) < 6 or data[0] != 0x30:
        return False
    if data[1] < 0x80:
        return abs(data[1] + 2 - len(data)) <= 2
    count = data[1] & 0x7F
    return count <= 4 and abs(int.from_bytes(data[2 : 2 + count], "big") + 2 + count - len(data)) <= 2


def blob_of_text(written: str, offset: int = -1) -> Blob | None:  # noqa: PLR0911 - one plain branch for each case
    """What a run of characters without spaces decodes to, or None if it is no opaque literal."""
    length = len(written)
    if length < MIN_PAYLOAD * 5 // 4:
        return None
    letters = Counter(written)
    alphabet = letters.keys()
    token = written[:16]
    bare = written.replace("-", "")
    if alphabet <= DIGITS:
        if length < 232 or coincidence(letters.values(), length) > 0.2 or length > 100_000:
            return None
        return named(written, "number", "random", length * 415 // 1000, offset, token)
    if HEX.issuperset(bare):
        if len(bare) < 2 * MIN_PAYLOAD or coincidence(letters.values(), length) > 0.25:
            return None
        return blob_of_bytes(bytes.fromhex(bare[: len(bare) // 2 * 2]), "hex", offset, token)
    if alphabet <= BASE32 and length >= MIN_PAYLOAD * 8 // 5:
        if coincidence(letters.values(), length) > 0.05:
            return None
        return named(written, "base32", "random", length * 5 // 8, offset, token)
    if BASE64.issuperset(alphabet):
        return blob_of_base64(written, letters, offset, token)
    return blob_of_base85(written, letters, offset, token)


def blob_of_base64(written: str, letters: Counter[str], offset: int, token: str) -> Blob | None:
    """Base64 or something in its alphabet: words and paths share its letters, not their spread."""
    payload = decode_base64(written)
    if len(payload) < MIN_PAYLOAD:
        return None
    nature = nature_of(payload)
    if nature in {"", "media"}:
        return None
    length = len(written)
    upper = sum(count for letter, count in letters.items() if "A" <= letter <= "Z")
    lower = sum(count for letter, count in letters.items() if "a" <= letter <= "z")
    digits = sum(count for letter, count in letters.items() if "0" <= letter <= "9")
    spread = min(upper, lower) >= 0.15 * length and digits >= 0.03 * length
    if nature in {"random", "structured"} and not (spread and coincidence(letters.values(), length) <= 0.035):
        return None
    return named(written, "base64", nature, len(payload), offset, token)


def blob_of_base85(written: str, letters: Counter[str], offset: int, token: str) -> Blob | None:
    """Base85, base91 and home-made alphabets: dense printable text that no language is written in."""
    length = len(written)
    if length < MIN_PAYLOAD * 5 // 4 or len(letters) < 48 or coincidence(letters.values(), length) > 0.022:
        return None
    if any(letter.isspace() for letter in letters) or not written.isascii():
        return None
    return named(written, "base85", "random", length * 4 // 5, offset, token)


def blob_of_escapes(written: str, offset: int) -> Blob | None:
    """Bytes written as escapes among printable characters."""
    try:
        payload = written.encode("latin-1", "ignore").decode("unicode_escape").encode("latin-1", "ignore")
    except UnicodeDecodeError:
        return None
    return blob_of_bytes(payload, "escapes", offset, written[:12])


def blob_of_numbers(numbers: Sequence[int], offset: int = -1, token: str = "") -> Blob | None:
    """A list of small numbers, if it is data rather than a table."""
    if len(numbers) < MIN_PAYLOAD or max(numbers) > 255 or min(numbers) < -128:
        return None
    payload = bytes(number & 0xFF for number in numbers)
    distinct = len(set(payload))
    steps = sum(abs(left - right) for left, right in pairwise(payload)) / len(payload)
    spread = max(payload) - min(payload)
    if distinct < 24 or distinct == len(payload) or steps < 0.2 * spread:
        return None
    return blob_of_bytes(payload, "numbers", offset, token)


def blob_of_bytes(payload: bytes, encoding: str, offset: int = -1, token: str = "") -> Blob | None:
    """Bytes that a literal stands for, if they are a payload."""
    if len(payload) < MIN_PAYLOAD:
        return None
    nature = nature_of(payload)
    if nature in {"", "media"} or (nature == "structured" and encoding != "hex"):
        return None
    if nature == "text" and encoding == "escapes":
        return None
    return named(payload, encoding, nature, len(payload), offset, token)


def named(content: str | bytes, encoding: str, nature: str, size: int, offset: int, token: str) -> Blob:
    """A blob under the digest of its normalised content."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Blob(sha256(raw).hexdigest()[:24], encoding, nature, size, offset, token)


def nature_of(payload: bytes) -> str:  # noqa: PLR0911 - one plain branch for each case
    """What decoded bytes are; empty for what is no payload at all."""
    if payload.startswith(EXECUTABLE_MAGIC):
        return "executable"
    if payload.startswith(MEDIA_MAGIC):
        return "media"
    if payload.startswith(COMPRESSED_MAGIC) or is_zlib(payload):
        return "compressed"
    if (
        payload[:1] == b"\x80"
        and payload[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
        and b"." in payload[-2:]
    ):
        return "serialized"
    if is_der(payload):
        return "media"
    if is_printable(payload) or (
        is_printable(payload[::2]) and payload[1::2].count(0) > 0.9 * (len(payload) // 2)
    ):
        return "text"
    if coincidence(Counter(payload).values(), len(payload)) <= RANDOM_COINCIDENCE:
        return "random"
    return "structured" if len(set(payload)) > 16 else ""


def is_zlib(payload: bytes) -> bool:
    """A zlib header (RFC 1950, 2.2): method 8, check bits, and data spread like deflate's."""
    head = int.from_bytes(payload[:2], "big")
    return (
        payload[0] & 0x0F == 8
        and payload[0] >> 4 <= 7
        and head % 31 == 0
        and payload[1] & 0x20 == 0
        and coincidence(Counter(payload).values(), len(payload)) <= RANDOM_COINCIDENCE
    )


def is_printable(payload: bytes) -> bool:
    """Whether all but 2 % of these bytes are printable ASCII."""
    return len(payload.translate(None, PRINTABLE)) <= 0.02 * len(payload)


def decode_base64(written: str) -> bytes:
    """Decode standard or URL base64 leniently; empty where it cannot be."""
    bare = written.rstrip("=").replace("-", "+").replace("_", "/").replace("=", "")
    bare = bare[: len(bare) // 4 * 4]
    try:
        return base64.b64decode(bare)
    except (binascii.Error, ValueError):
        return b""


def coincidence(counts: Iterable[int], total: int) -> float:
    """The index of coincidence: chance that two drawn letters are the same."""
    return sum(count * (count - 1) for count in counts) / max(1, total * (total - 1))
