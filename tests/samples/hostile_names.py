"""Names that climb, hide, speak to a terminal or to a browser, in archives that can hold them."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Mapping

__all__ = ["HARMFUL", "NAMES", "special_tar", "zip_of_raw"]

NAMES: dict[str, bytes] = {
    "climbing": b"../../../../escaped.py",
    "climbing for Windows": b"..\\..\\escaped.py",
    "absolute": b"/tmp/escaped.py",
    "of a drive": b"C:\\escaped.py",
    "with NUL": b"small/nul.py\0.txt",
    "with a line break": b"small/line\nBLOCK   forged.py",
    "with a return": b"small/return\rCLEAR.py",
    "turned round": "small/\u202eyp.exe".encode(),
    "invisible": "small/in\u200bvisible.py".encode(),
    "speaking to the terminal": b"small/\x1b[2J\x1b]0;owned\x07\x1b[8m.py",
    "with an old control": "small/\x9b2Jc1.py".encode(),
    "of HTML": b"small/<img src=x onerror=alert(1)>.py",
    "of a script": b"small/</script><script>alert(1)<\\script>.py",
    "of Markdown": b"small/[x](http://evil.example)`|![y](z).py",
    "no UTF-8": b"small/\xff\xfe\x80.py",
    "of half a surrogate": b"small/\xed\xa0\x80.py",
    "of a percent": b"small/%2e%2e%2f%s%n.py",
}
"""What is odd about it → the name's bytes."""

HARMFUL = ("\x1b", "\x07", "\x9b", "\r", "\0", "\u202e", "\u200b")
"""Characters that no output may pass on."""


def zip_of_raw(files: Mapping[bytes, bytes]) -> bytes:
    """A stored zip whose names are exactly these bytes, said to be UTF-8."""
    body = bytearray()
    directory = bytearray()
    for name, data in files.items():
        shared = struct.pack("<4H3I2H", 0x800, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<2H", 20, 20) + shared
        directory += struct.pack("<3H2I", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + struct.pack("<H", 20) + shared + name + data
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory) + end


def special_tar() -> bytes:
    """A tar with links out of it, a member behind such a link, and devices."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind, target in (
            ("small/core.py", tarfile.REGTYPE, ""),
            ("small/out", tarfile.SYMTYPE, "../../../../etc"),
            ("small/out/passwd", tarfile.REGTYPE, ""),
            ("small/root", tarfile.SYMTYPE, "/etc/shadow"),
            ("small/hard", tarfile.LNKTYPE, "/etc/passwd"),
            ("small/null", tarfile.CHRTYPE, ""),
            ("small/disk", tarfile.BLKTYPE, ""),
            ("small/pipe", tarfile.FIFOTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
    return out.getvalue()
