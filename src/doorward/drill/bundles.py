"""Release files taken apart and put together again as a careful attacker would.

Order, times, modes and compression of every entry stay; a new entry takes those of its neighbours
and stands among them. What a package says of its own files is made true again: `RECORD` of a
wheel (PEP 376, PEP 427), `md5sums` of a Debian package (deb-md5sums(5)). Nothing is extracted to
disk, and the input files stay as they are.
"""

from __future__ import annotations

import base64
import copy
import csv
import gzip
import hashlib
import io
import lzma
import posixpath
import tarfile
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path

import zstandard

__all__ = ["Bundle", "DebBundle", "PlainBundle", "TarBundle", "ZipBundle", "open_bundle"]


class Bundle(ABC):
    """The files of a release, by path; edit `files`, then `write`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        """Regular files in the archive's order. Change or delete freely; insert with `add`."""
        self.unrecorded: set[str] = set()
        """Paths that the package's own list must not mention."""

    def add(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Insert a file behind its nearest neighbours, or replace it where it is."""
        self._new_mode(path, mode)
        if path in self.files:
            self.files[path] = data
            return
        neighbour = self._neighbour(path)
        entries = list(self.files.items())
        place = next((i + 1 for i, (name, _) in enumerate(entries) if name == neighbour), len(entries))
        entries.insert(place, (path, data))
        self.files = dict(entries)

    def _neighbour(self, path: str) -> str:
        """Last file sharing the longest folder with this path."""
        folder = posixpath.dirname(path)
        while True:
            within = [name for name in self.files if name.startswith(f"{folder}/" if folder else "")]
            if within:
                return within[-1]
            folder = posixpath.dirname(folder)

    @abstractmethod
    def _new_mode(self, path: str, mode: int) -> None: ...

    @abstractmethod
    def to_bytes(self) -> bytes:
        """The release file again."""

    def write(self, target: Path) -> Path:
        """Write the release file; its own list of files is made true first."""
        target.write_bytes(self.to_bytes())
        return target


class ZipBundle(Bundle):
    """A wheel, jar or other zip."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._folders: list[zipfile.ZipInfo] = []
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self._comment = archive.comment
            for info in archive.infolist():
                if info.is_dir():
                    self._folders.append(info)
                else:
                    self._infos[info.filename] = info
                    self.files[info.filename] = archive.read(info)

    def _new_mode(self, path: str, mode: int) -> None:
        if path in self._infos:
            return
        like = self._infos[self._neighbour(path)] if self.files else zipfile.ZipInfo(path)
        info = zipfile.ZipInfo(path, like.date_time)
        info.compress_type, info.create_system = like.compress_type, like.create_system
        info.external_attr = (0o100000 | mode) << 16 if like.external_attr else 0
        self._infos[path] = info

    def record_path(self) -> str:
        """Where a wheel keeps its list of files; empty for another zip."""
        return next((p for p in self.files if p.endswith(".dist-info/RECORD") and p.count("/") == 1), "")

    def _true_record(self) -> None:
        record = self.record_path()
        if not record:
            return
        text = self.files[record].decode()
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
        listed = {row[0] for row in rows}
        fresh = [[path, "", ""] for path in self.files if path not in listed and path not in self.unrecorded]
        last = next((i for i, row in enumerate(rows) if row[0] == record), len(rows))
        rows[last:last] = fresh
        kept = [self._row(row) for row in rows if row[0] in self.files]
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n" if "\r\n" in text else "\n").writerows(kept)
        self.files[record] = out.getvalue().encode()

    def _row(self, row: list[str]) -> list[str]:
        if row[0].endswith((".dist-info/RECORD", "RECORD.jws", "RECORD.p7s")):
            return row
        data = self.files[row[0]]
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        return [row[0], f"sha256={digest}", str(len(data))]

    def to_bytes(self) -> bytes:
        """The zip again, folders first, entries in their order."""
        self._true_record()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.comment = self._comment
            for folder in self._folders:
                archive.writestr(copy.copy(folder), b"")
            for path, data in self.files.items():
                info = copy.copy(self._infos[path])
                info.extra, info.flag_bits = b"", info.flag_bits & 0x800
                archive.writestr(info, data, compress_type=info.compress_type)
        return out.getvalue()


class TarBundle(Bundle):
    """A tar, with whatever it is packed in: gzip, xz, zstd or nothing."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._packing, self._gzip_head = _packing(data), data[:10]
        self._infos: dict[str, tarfile.TarInfo] = {}
        self._others: list[tuple[int, tarfile.TarInfo]] = []
        raw = _unpack(data, self._packing)
        self._posix = raw[257:263] == b"ustar\0"
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            for index, info in enumerate(archive):
                stream = archive.extractfile(info) if info.isreg() else None
                if stream is None:
                    self._others.append((index, info))
                else:
                    self._infos[info.name] = info
                    self.files[info.name] = stream.read()

    def _new_mode(self, path: str, mode: int) -> None:
        if path in self._infos:
            return
        like = self._infos[self._neighbour(path)] if self.files else tarfile.TarInfo(path)
        info = copy.copy(like)
        info.name, info.mode, info.pax_headers = path, mode, {}
        self._infos[path] = info

    def to_bytes(self) -> bytes:
        """The tar again, packed as it was."""
        entries: list[tuple[tarfile.TarInfo, bytes | None]] = []
        for path, data in self.files.items():
            info = copy.copy(self._infos[path])
            info.size = len(data)
            entries.append((info, data))
        for index, other in self._others:
            entries.insert(index, (other, None))
        return _pack(self._tar(entries), self._packing, self._gzip_head)

    def _tar(self, entries: list[tuple[tarfile.TarInfo, bytes | None]]) -> bytes:
        if not self._posix:
            return _tar_of(entries, tarfile.GNU_FORMAT)
        try:
            return _tar_of(entries, tarfile.USTAR_FORMAT)
        except ValueError:  # a name or number that only a PAX header can hold
            return _tar_of(entries, tarfile.PAX_FORMAT)


class DebBundle(Bundle):
    """A Debian binary package (deb(5)): `control/…` and `data/…`."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._parts = _ar_members(data)
        self._tars: dict[str, TarBundle] = {}
        for name, _, content in self._parts:
            room = name.partition(".tar")[0]
            if room in ("control", "data"):
                tar = TarBundle(content)
                self._tars[room] = tar
                self.files |= {f"{room}/{_plain(path)}": body for path, body in tar.files.items()}

    def _new_mode(self, path: str, mode: int) -> None:
        self._modes = getattr(self, "_modes", {}) | {path: mode}

    def _true_sums(self) -> None:
        listing = "control/md5sums"
        if listing not in self.files:
            return
        sums = dict(line.split("  ", 1)[::-1] for line in self.files[listing].decode().splitlines())
        configuration = set(self.files.get("control/conffiles", b"").decode().split())
        for path, body in self.files.items():
            name = path.removeprefix("data/")
            if path.startswith("data/") and f"/{name}" not in configuration and path not in self.unrecorded:
                sums[name] = hashlib.md5(body, usedforsecurity=False).hexdigest()
        lines = [f"{digest}  {name}\n" for name, digest in sums.items() if f"data/{name}" in self.files]
        self.files[listing] = "".join(lines).encode()

    def to_bytes(self) -> bytes:
        """The ar again, with both tars packed as they were."""
        self._true_sums()
        for room, tar in self._tars.items():
            before = {_plain(path): path for path in tar.files}
            for name, path in before.items():
                if f"{room}/{name}" not in self.files:
                    del tar.files[path]
            for path, body in self.files.items():
                place, _, name = path.partition("/")
                if place == room:
                    tar.add(before.get(name, f"./{name}"), body, getattr(self, "_modes", {}).get(path, 0o644))
        out = [b"!<arch>\n"]
        for name, head, content in self._parts:
            room = name.partition(".tar")[0]
            body = self._tars[room].to_bytes() if room in self._tars else content
            out.append(head[:48] + f"{len(body):<10}".encode() + head[58:60] + body + b"\n" * (len(body) % 2))
        return b"".join(out)


class PlainBundle(Bundle):
    """One file by itself: a library, an assembly, a script."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__()
        self.files[name] = data

    def _new_mode(self, path: str, mode: int) -> None:
        """A file by itself has no mode to keep."""

    def to_bytes(self) -> bytes:
        """The one file."""
        return next(iter(self.files.values()))


def open_bundle(path: Path) -> Bundle:
    """Read a release file of any kind known here; anything else is one plain file."""
    data = path.read_bytes()
    if path.name.endswith((".whl", ".jar", ".zip")):
        return ZipBundle(data)
    if path.name.endswith((".tgz", ".tar.gz", ".tar", ".tar.xz")):
        return TarBundle(data)
    if path.name.endswith(".deb"):
        return DebBundle(data)
    return PlainBundle(path.name, data)


def _tar_of(entries: list[tuple[tarfile.TarInfo, bytes | None]], form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info, content in entries:
            info.mtime = int(info.mtime)
            archive.addfile(info, io.BytesIO(content) if content is not None else None)
    return out.getvalue()


def _plain(path: str) -> str:
    return path.removeprefix("./")


def _ar_members(data: bytes) -> list[tuple[str, bytes, bytes]]:
    members, place = [], 8
    while place + 60 <= len(data):
        head = data[place : place + 60]
        size = int(head[48:58])
        members.append((head[:16].decode().strip().rstrip("/"), head, data[place + 60 : place + 60 + size]))
        place += 60 + size + size % 2
    return members


def _packing(data: bytes) -> str:
    for magic, name in ((b"\x1f\x8b", "gz"), (b"\xfd7zXZ", "xz"), (b"\x28\xb5\x2f\xfd", "zst")):
        if data.startswith(magic):
            return name
    return ""


def _unpack(data: bytes, packing: str) -> bytes:
    if packing == "gz":
        return gzip.decompress(data)
    if packing == "xz":
        return lzma.decompress(data)
    if packing == "zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def _pack(data: bytes, packing: str, gzip_head: bytes) -> bytes:
    if packing == "gz":
        packed = gzip.compress(data, mtime=int.from_bytes(gzip_head[4:8], "little"))
        return packed[:8] + gzip_head[8:10] + packed[10:]
    if packing == "xz":
        return lzma.compress(data, preset=2)
    if packing == "zst":
        return zstandard.ZstdCompressor(level=3).compress(data)
    return data
