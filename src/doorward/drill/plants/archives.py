"""Plants in the structure of a zip: bytes that belong to nothing, and readings that disagree.

They act on the finished file, after its own lists have been made true (`scene.finish`).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from doorward.drill.plants.packaging import any_payload
from doorward.drill.python_code.insertion import new_module
from doorward.drill.scene import Scene

__all__ = ["PLANTS"]

_END = b"PK\x05\x06"


def _shifted(data: bytes, amount: int, *, at: int = 0) -> bytes:
    """The zip with every offset at or behind `at` raised, as a writer that knows of the bytes would."""
    out = bytearray(data)
    end = data.rindex(_END)
    size, start = struct.unpack_from("<II", data, end + 12)
    place = start
    while place < start + size:
        name, extra, comment = struct.unpack_from("<HHH", data, place + 28)
        (offset,) = struct.unpack_from("<I", data, place + 42)
        if offset >= at:
            struct.pack_into("<I", out, place + 42, offset + amount)
        place += 46 + name + extra + comment
    struct.pack_into("<I", out, end + 16, start + amount)
    return bytes(out)


def _prepended(scene: Scene) -> None:
    chance = scene.chance
    head = chance.pick((b"#!/bin/sh\nexit 0\n", b"\x7fELF", b"MZ", b"", b"%PDF-1.4\n")) + chance.blob(
        64, 20000
    )
    known = chance.maybe(0.5)
    scene.finish = lambda data: head + (_shifted(data, len(head)) if known else data)


def _trailing(scene: Scene) -> None:
    chance = scene.chance
    tail = chance.blob(64, 20000)
    if chance.maybe(0.4):
        scene.finish = lambda data: data + tail
    elif chance.maybe(0.4):
        cut = tail[:60000]

        def as_comment(data: bytes) -> bytes:
            end = data.rindex(_END)
            return data[: end + 20] + struct.pack("<H", len(cut)) + cut

        scene.finish = as_comment
    else:

        def in_gap(data: bytes) -> bytes:
            end = data.rindex(_END)
            (start,) = struct.unpack_from("<I", data, end + 16)
            moved = _shifted(data, len(tail), at=start)
            return moved[:start] + tail + moved[start:]

        scene.finish = in_gap


def _differential(scene: Scene) -> None:
    """Two readers get two contents: a name twice, a local header of another name, a hidden member."""
    chance = scene.chance
    path = scene.pick_path(scene.modules(), "a Python module")
    other = new_module(any_payload(scene))
    shape = chance.pick(("duplicate", "local-name", "hidden-member"))
    if shape == "duplicate":

        def finish(data: bytes) -> bytes:
            out = io.BytesIO(data)
            with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
                info = zipfile.ZipInfo(path, archive.getinfo(path).date_time)
                archive.NameToInfo.pop(path)  # the library would only warn; the file is the same
                archive.writestr(info, other)
            return out.getvalue()

    elif shape == "local-name":

        def finish(data: bytes) -> bytes:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                offset = archive.getinfo(path).header_offset
            name = path.encode()
            swapped = name[:-4] + bytes([name[-4] ^ 1]) + name[-3:]
            return data[: offset + 30] + swapped + data[offset + 30 + len(name) :]

    else:

        def finish(data: bytes) -> bytes:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = packer.compress(other) + packer.flush()
            name = path.encode()
            head = struct.pack(
                "<4s5H3I2H",
                b"PK\x03\x04",
                20,
                0,
                8,
                0,
                33,
                zlib.crc32(other),
                len(packed),
                len(other),
                len(name),
                0,
            )
            hidden = head + name + packed
            end = data.rindex(_END)
            (start,) = struct.unpack_from("<I", data, end + 16)
            moved = _shifted(data, len(hidden), at=start)
            return moved[:start] + hidden + moved[start:]

    scene.finish = finish


PLANTS: dict[str, Callable[[Scene], None]] = {
    "zip-prepended": _prepended,
    "zip-trailing": _trailing,
    "zip-differential": _differential,
}
