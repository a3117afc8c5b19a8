"""Archives made to deceive or to exhaust: each from a few lines, so that none need be kept."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import zstandard

__all__ = [
    "crowded_tar",
    "crowded_zip",
    "deep_tar",
    "differing_local_name",
    "encrypted",
    "hidden_directory",
    "multiplied_zip",
    "pax_override",
    "plain_zip",
    "prepended",
    "tar_of",
    "trailing_member",
    "twice",
    "zeros",
]

MOMENT = (2024, 1, 1, 0, 0, 0)
PAYLOAD = b"HIDDEN = 'from one of two readers'\n"


def plain_zip(files: Mapping[str, bytes]) -> bytes:
    """An ordinary zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, MOMENT), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tar_of(*members: tarfile.TarInfo, data: bytes = b"", form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar of these members; those that state a size take it from the beginning of `data`."""
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(data[: member.size]))
    return out.getvalue()


# -- two readers, two contents ------------------------------------------------------------------------


def hidden_directory(whole: bytes) -> bytes:
    """The directory's size in the end record set to zero: empty for some readers, whole for others."""
    at = whole.rfind(b"PK\x05\x06")
    return whole[: at + 12] + bytes(4) + whole[at + 16 :]


def twice(files: Mapping[str, bytes], name: str) -> bytes:
    """One name with two contents: the first for some readers, the last for others."""
    first = plain_zip({**files, "second/" + name[7:]: PAYLOAD})
    return first.replace(b"second/" + name[7:].encode(), name.encode())


def differing_local_name(whole: bytes, name: str) -> bytes:
    """The local header names a file otherwise than the directory does."""
    at = whole.find(name.encode())
    other = name[:-1] + "x"
    return whole[:at] + other.encode() + whole[at + len(name) :]


def prepended(whole: bytes) -> bytes:
    """Bytes before the first entry, which readers pass over."""
    return PAYLOAD * 40 + whole


def encrypted(whole: bytes) -> bytes:
    """Every entry marked as encrypted, in both headers."""
    out = bytearray(whole)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(mark)
        while at >= 0:
            out[at + flags] |= 1
            at = out.find(mark, at + 4)
    return bytes(out)


def pax_override(path: str, real: str, data: bytes) -> bytes:
    """An extended header that renames the member that follows, for readers that know extended headers."""
    member = tarfile.TarInfo(path)
    member.size = len(data)
    member.pax_headers = {"path": real}
    return tar_of(member, data=data, form=tarfile.PAX_FORMAT)


def trailing_member(whole: bytes, path: str) -> bytes:
    """A second archive behind the end of the first, as `tar --ignore-zeros` reads on to."""
    member = tarfile.TarInfo(path)
    member.size = len(PAYLOAD)
    return whole + tar_of(member, data=PAYLOAD)


# -- bombs --------------------------------------------------------------------------------------------


def zeros(size: int, form: str) -> bytes:
    """So many zero bytes as one compressed stream, a thousandth of it or less."""
    if form == "zst":
        return zstandard.ZstdCompressor(level=1).compress(bytes(size))
    if form == "xz":
        return lzma.compress(bytes(size), preset=0)
    return gzip.compress(bytes(size), 9, mtime=0)


def multiplied_zip(count: int, size: int) -> bytes:
    """Many entries of the directory that share one deflated run of zeros (Fifield 2019, without quoting)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(size)) + packer.flush()
    crc = zlib.crc32(bytes(size))
    name = b"0"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(packed), size, len(name), 0)
    directory = b"".join(
        struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, crc, len(packed), size, 5, 0, 0, 0, 0, 0, 0
        )
        + b"%05d" % index
        for index in range(count)
    )
    body = local + name + packed
    return body + directory + _end(count, len(directory), len(body))


def deep_tar(depth: int) -> bytes:
    """A tar in a tar in a tar: tar has no checksum over data, so that any depth is quick to write."""
    heads: list[bytes] = []
    size = 0
    for _ in range(depth):
        member = tarfile.TarInfo("next.tar")
        member.size = size
        heads.append(member.tobuf(tarfile.GNU_FORMAT))
        size += 512 + 1024
    return b"".join(reversed(heads)) + bytes(1024 * depth)


def crowded_zip(count: int) -> bytes:
    """So many empty files in one zip, with the records that more than 65,535 of them need."""
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 7, 0)
    start = struct.pack("<4s6H3I5H", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0)
    step = len(local) + 7
    body = b"".join(local + b"%07d" % index for index in range(count))
    directory = b"".join(
        start + struct.pack("<2I", 0, index * step) + b"%07d" % index for index in range(count)
    )
    big = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), len(body)
    ) + struct.pack("<4sIQI", b"PK\x06\x07", 0, len(body) + len(directory), 1)
    return body + directory + big + _end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def crowded_tar(target: Path, count: int) -> Path:
    """So many empty files in one `.tar.gz`, written in pieces."""
    head = tarfile.TarInfo("0000000").tobuf(tarfile.USTAR_FORMAT)
    rest = head[7:148] + b"%06o\0 " + head[156:]
    plain = sum(head) - sum(head[148:156]) + 8 * 32 - sum(b"0000000")
    with gzip.open(target, "wb", compresslevel=1) as out:
        for start in range(0, count, 10_000):
            names = [b"%07d" % index for index in range(start, min(count, start + 10_000))]
            out.write(
                b"".join(
                    name + (rest[:141] + b"%06o\0 " % (plain + sum(name)) + head[156:]) for name in names
                )
            )
        out.write(bytes(1024))
    return target


def _end(count: int, size: int, offset: int) -> bytes:
    return struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
