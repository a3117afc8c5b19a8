"""Ways to write bytes down in Python source."""

from __future__ import annotations

import base64
import textwrap
import uuid
import zlib
from collections.abc import Callable

from doorward.drill.python_code.draft import Draft

__all__ = ["ENCODINGS", "literal", "text_expression", "written"]


def _pieces(draft: Draft, text: str) -> str:
    """A string literal, whole or in pieces of some width."""
    if len(text) < 120 or draft.chance.maybe(0.4):
        return repr(text)
    lines = textwrap.wrap(text, draft.chance.number(48, 96), break_on_hyphens=False)
    if "".join(lines) != text:
        return repr(text)
    body = "\n    ".join(repr(line) for line in lines)
    if draft.chance.maybe(0.25):
        return f'"".join((\n    {",".join(chr(10) + "    " + repr(line) for line in lines).strip()},\n))'
    return f"(\n    {body}\n)"


def _base64(draft: Draft, data: bytes) -> str:
    function = draft.chance.pick(("b64decode", "standard_b64decode", "decodebytes", "a2b"))
    text = _pieces(draft, base64.b64encode(data).decode())
    if function == "a2b":
        return f"{draft.use('binascii')}.a2b_base64({text})"
    if function == "decodebytes":
        return f"{draft.use('base64')}.decodebytes({text}.encode())"
    return f"{draft.use('base64')}.{function}({text})"


def _urlsafe(draft: Draft, data: bytes) -> str:
    text = _pieces(draft, base64.urlsafe_b64encode(data).decode())
    return f"{draft.use('base64')}.urlsafe_b64decode({text})"


def _base85(draft: Draft, data: bytes) -> str:
    return f"{draft.use('base64')}.b85decode({_pieces(draft, base64.b85encode(data).decode())})"


def _base32(draft: Draft, data: bytes) -> str:
    return f"{draft.use('base64')}.b32decode({_pieces(draft, base64.b32encode(data).decode())})"


def _hex(draft: Draft, data: bytes) -> str:
    text = _pieces(draft, data.hex())
    if draft.chance.maybe(0.3):
        return f"{draft.use('binascii')}.unhexlify({text})"
    return f"bytes.fromhex({text})"


def _escapes(draft: Draft, data: bytes) -> str:
    if draft.chance.maybe(0.5):
        return repr(data)
    return 'b"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def _integers(draft: Draft, data: bytes) -> str:
    form = draft.chance.pick(("{}", "0x{:02x}"))
    cells = [form.format(byte) for byte in data]
    width = draft.chance.number(12, 24)
    rows = [", ".join(cells[i : i + width]) for i in range(0, len(cells), width)]
    body = ",\n    ".join(rows)
    return f"{draft.chance.pick(('bytes', 'bytearray'))}([\n    {body},\n])"


def _big_integer(_draft: Draft, data: bytes) -> str:
    # Python refuses decimal literals above 4,300 digits; hexadecimal ones have no limit.
    number = int.from_bytes(data, "big")
    return f"({number:#x}).to_bytes({len(data)}, 'big')"


def _deflated(draft: Draft, data: bytes) -> str:
    inner = draft.chance.pick((_base64, _base85, _hex))(draft, zlib.compress(data))
    return f"{draft.use('zlib')}.decompress({inner})"


def _uuids(draft: Draft, data: bytes) -> str:
    padded = data + bytes(-len(data) % 16)
    ids = [str(uuid.UUID(bytes=padded[i : i + 16])) for i in range(0, len(padded), 16)]
    body = ",\n    ".join(repr(item) for item in ids)
    table = draft.const(f"[\n    {body},\n]")
    return f"b''.join({draft.use('uuid')}.UUID(i).bytes for i in {table})"


def _addresses(draft: Draft, data: bytes) -> str:
    padded = data + bytes(-len(data) % 4)
    rows = [".".join(str(byte) for byte in padded[i : i + 4]) for i in range(0, len(padded), 4)]
    table = draft.const("(\n    " + ",\n    ".join(repr(row) for row in rows) + ",\n)")
    return f"b''.join(bytes(map(int, i.split('.'))) for i in {table})"


def _words(draft: Draft, data: bytes) -> str:
    alphabet = [f"{draft.chance.letters(3, 6)}{i}" for i in range(16)]
    keys = draft.const(repr(tuple(alphabet)))
    text = " ".join(alphabet[byte >> 4] + " " + alphabet[byte & 15] for byte in data[:1500])
    body = draft.const(_pieces(draft, text))
    pairs = f"[{keys}.index(i) for i in {body}.split()]"
    return f"(lambda t: bytes(t[i] << 4 | t[i + 1] for i in range(0, len(t), 2)))({pairs})"


def _split(draft: Draft, data: bytes) -> str:
    count = draft.chance.number(3, 6)
    step = -(-len(data) // count)
    parts = [data[i : i + step] for i in range(0, len(data), step)]
    plain = (_base64, _hex, _base85, _escapes, _integers)
    return " + ".join(draft.const(draft.chance.pick(plain)(draft, part)) for part in parts)


def _characters(draft: Draft, data: bytes) -> str:
    """Text above ASCII, one character a byte, shifted: looks like another script."""
    shift = draft.chance.pick((0x4E00, 0x3400, 0x1200, 0x10A0))
    text = "".join(chr(shift + byte) for byte in data)
    return f"bytes(ord(i) - {shift} for i in {_pieces(draft, text)})"


ENCODINGS: dict[str, Callable[[Draft, bytes], str]] = {
    "base64": _base64,
    "urlsafe": _urlsafe,
    "base85": _base85,
    "base32": _base32,
    "hex": _hex,
    "escapes": _escapes,
    "integers": _integers,
    "big-integer": _big_integer,
    "deflated": _deflated,
    "uuids": _uuids,
    "addresses": _addresses,
    "words": _words,
    "split": _split,
    "characters": _characters,
}


def literal(draft: Draft, data: bytes) -> str:
    """An expression whose value is these bytes, in an encoding drawn from the seed."""
    return ENCODINGS[draft.chance.pick(tuple(ENCODINGS))](draft, data)


def written(draft: Draft, data: bytes) -> str:
    """The same, named at module level half of the time."""
    text = literal(draft, data)
    return draft.const(text) if draft.chance.maybe(0.6) else text


def text_expression(draft: Draft, text: str) -> str:
    """An expression for a short text: plain, in pieces, reversed, encoded or from numbers."""
    chance = draft.chance
    shape = chance.number(0, 6)
    if shape == 1 and len(text) > 3:
        cut = chance.number(1, len(text) - 2)
        return f"{text[:cut]!r} + {text[cut:]!r}"
    if shape == 2:
        return f"{text[::-1]!r}[::-1]"
    if shape == 3:
        return f"{draft.use('base64')}.b64decode({base64.b64encode(text.encode()).decode()!r}).decode()"
    if shape == 4:
        return f"''.join(map(chr, {[ord(c) for c in text]}))"
    if shape == 5:
        return f"bytes.fromhex({text.encode().hex()!r}).decode()"
    return repr(text)
