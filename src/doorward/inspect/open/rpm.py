"""RPM packages: lead, signatures, header, payload; and what the header says against what the payload holds.

rpm.org, "RPM V4 Package format". The header lists every file with its digest, and the digests of header and
payload stand in header and signatures: all are checked, since `rpm2cpio` and image builders do not. Scripts
live in the header only: they are listed as `.rpm/scriptlets/<name>`, the other tags as
`.rpm/header.json`, so that probes see them.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO, ClassVar, cast

from doorward.inspect.limits import Limits
from doorward.inspect.open.cpio import Listed, cpio_entries
from doorward.inspect.open.interface import CannotOpen, Entry
from doorward.inspect.open.rpm_header import RpmHeader, read_header
from doorward.inspect.open.stream import Bz2, Gz, Lzma, Xz, Zst
from doorward.inspect.open.window import Window
from doorward.model.artifact import Irregularity, MemberKind

__all__ = ["Rpm"]

Report = Callable[[Irregularity], None]

MAGIC = b"\xed\xab\xee\xdb"
_LEAD = 96
_STEP = 1024 * 1024
_LAYERS = {"gzip": Gz(), "bzip2": Bz2(), "xz": Xz(), "zstd": Zst(), "lzma": Lzma()}

# Tags: name -> (script, interpreter), from rpm's rpmtag.h.
_SCRIPTS = {
    "prein": (1023, 1085),
    "postin": (1024, 1086),
    "preun": (1025, 1087),
    "postun": (1026, 1088),
    "pretrans": (1151, 1153),
    "posttrans": (1152, 1154),
    "preuntrans": (5103, 5105),
    "postuntrans": (5104, 5106),
    "verify": (1079, 1091),
}
_TRIGGERS = {"trigger": (1065, 1092), "filetrigger": (5066, 5067), "transfiletrigger": (5076, 5077)}
_TEXTS = {
    1000: "name",
    1001: "version",
    1002: "release",
    1004: "summary",
    1005: "description",
    1007: "build_host",
    1010: "distribution",
    1011: "vendor",
    1014: "license",
    1015: "packager",
    1016: "group",
    1020: "url",
    1021: "os",
    1022: "arch",
    1044: "source_rpm",
    1064: "rpm_version",
    1125: "payload_compressor",
    1132: "platform",
}
_RELATIONS = {
    "provides": (1047, 1113, 1112),
    "requires": (1049, 1050, 1048),
    "conflicts": (1054, 1055, 1053),
    "obsoletes": (1090, 1115, 1114),
    "recommends": (5046, 5047, 5048),
    "suggests": (5049, 5050, 5051),
    "supplements": (5052, 5053, 5054),
    "enhances": (5055, 5056, 5057),
    "triggers": (1066, 1067, 1068),
    "filetriggers": (5069, 5071, 5072),
    "transfiletriggers": (5079, 5081, 5082),
}
_SIGNATURES = {267: "dsa-header", 268: "rsa-header", 1002: "pgp", 1005: "gpg", 278: "openpgp"}
_GHOST = 1 << 6


class Rpm:
    """Reader of RPM packages, binary and source."""

    name: ClassVar[str] = "rpm"
    version: ClassVar[int] = 1

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Whatever begins with a lead and a header structure."""
        return head.startswith(MAGIC) and head[_LEAD : _LEAD + 3] == b"\x8e\xad\xe8"

    def entries(self, source: BinaryIO, size: int, limits: Limits, report: Report) -> Iterator[Entry]:
        """Yield header and scripts, then the payload's files.

        Raises:
            CannotOpen: a header or the payload cannot be read.
        """
        signature = read_header(source, _LEAD)
        at = _LEAD + len(signature.raw)
        padding = -at % 8
        source.seek(at)
        if source.read(padding).count(0) != padding:
            _say(
                report,
                "rpm.padding",
                "padding behind the signatures that is not zero",
                offset=at,
                size=padding,
            )
        at += padding
        header = read_header(source, at)
        start = at + len(header.raw)
        for name, part in (("signature", signature), ("package", header)):
            if part.slack:
                _say(
                    report,
                    "rpm.header-slack",
                    f"{part.slack:,} bytes of the {name} header belong to no tag",
                    offset=at,
                )
            if part.repeated:
                _say(
                    report,
                    "rpm.repeated-tag",
                    f"tags {part.repeated} occur twice in the {name} header",
                    offset=at,
                )
        _check_digests(source, signature, header, (start, size), report)
        yield _synthetic("header.json", _described(signature, header))
        yield from _scripts(header)
        yield from _payload(source, header, (start, size), limits, report)


def _say(
    report: Report, rule: str, detail: str, *, offset: int | None = None, size: int = 0, path: str = ""
) -> None:
    report(Irregularity(rule, path, detail, offset, size))


def _synthetic(name: str, text: str) -> Entry:
    data = text.encode("utf-8", "surrogateescape")
    return Entry(f".rpm/{name}", MemberKind.FILE, stream=io.BytesIO(data))


# -- what the headers say of the bytes ------------------------------------------------------


def _check_digests(
    source: BinaryIO, signature: RpmHeader, header: RpmHeader, payload: tuple[int, int], report: Report
) -> None:
    start, end = payload
    for tag, make in ((273, hashlib.sha256), (269, hashlib.sha1)):
        stated = signature.string(tag)
        if stated and stated != make(header.raw).hexdigest():
            _say(
                report,
                "rpm.header-digest",
                f"the signatures state {stated} for the header, which has another",
            )
    total = next(iter(signature.numbers(1000) + signature.numbers(270)), 0)
    actual = len(header.raw) + end - start
    if total and total != actual:
        rule = "rpm.trailing-bytes" if actual > total else "rpm.truncated"
        detail = f"the signatures state {total:,} bytes of header and payload, there are {actual:,}"
        stated_end = start - len(header.raw) + total
        _say(report, rule, detail, offset=min(stated_end, end), size=abs(actual - total))
    if header.numbers(5093)[:1] == (8,) and header.string(5092):
        sha = hashlib.sha256()
        source.seek(start)
        while data := source.read(_STEP):
            sha.update(data)
        if sha.hexdigest() != header.string(5092):
            detail = f"the header states {header.string(5092)} for the payload, which has {sha.hexdigest()}"
            _say(report, "rpm.payload-digest", detail, offset=start, size=end - start)


def _described(signature: RpmHeader, header: RpmHeader) -> str:
    """The header's tags as JSON: texts, relations, and which signatures there are."""
    told: dict[str, object] = {name: header.string(tag) for tag, name in _TEXTS.items() if header.string(tag)}
    told["build_time"] = next(iter(header.numbers(1006)), 0)
    told["epoch"] = next(iter(header.numbers(1003)), 0)
    for name, (names, versions, flags) in _RELATIONS.items():
        rows = zip(header.strings(names), header.strings(versions), header.numbers(flags), strict=False)
        told[name] = [_relation(*row) for row in rows]
    told["signatures"] = sorted(name for tag, name in _SIGNATURES.items() if tag in signature.values)
    return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _relation(name: str, version: str, flags: int) -> str:
    sense = ("<" if flags & 2 else "") + (">" if flags & 4 else "") + ("=" if flags & 8 else "")
    return f"{name} {sense} {version}" if sense and version else name


def _scripts(header: RpmHeader) -> Iterator[Entry]:
    """Every script, with its interpreter as first line."""
    for name, (script, program) in _SCRIPTS.items():
        if script in header.values or program in header.values:
            interpreter = " ".join(header.strings(program))
            yield _synthetic(f"scriptlets/{name}", _script(interpreter, header.string(script)))
    for name, (script, program) in _TRIGGERS.items():
        programs = header.strings(program)
        for number, body in enumerate(header.strings(script)):
            interpreter = programs[number] if number < len(programs) else ""
            yield _synthetic(f"scriptlets/{name}-{number + 1}", _script(interpreter, body))


def _script(interpreter: str, body: str) -> str:
    return f"#!{interpreter or '/bin/sh'}\n{body}\n"


# -- payload --------------------------------------------------------------------------------


def _payload(
    source: BinaryIO, header: RpmHeader, span: tuple[int, int], limits: Limits, report: Report
) -> Iterator[Entry]:
    start, end = span
    files = _files(header)
    if start == end:
        if files:
            raise CannotOpen("the package has no payload", offset=start, expected=f"{len(files):,} files")
        return
    window = cast("BinaryIO", Window(source, start, end - start))
    compressor = header.string(1125) or "gzip"
    kind = _LAYERS.get(compressor)
    if kind is None and compressor not in {"none", "identity", "uncompressed"}:
        raise CannotOpen(f"the payload is packed with {compressor}, which has no reader here", offset=start)
    stream = window if kind is None else kind.layer(window, end - start, limits, report)
    listed = {_plain(file.path): number for number, file in enumerate(files)}
    digests = _Digests(header, report)
    seen: set[str] = set()
    for entry in cpio_entries(stream, files, report):
        path = _plain(entry.path)
        seen.add(path)
        number = listed.get(path)
        if number is None and not path.startswith(".cpio/"):
            _say(report, "rpm.unlisted-file", f"{path!r} is in the payload and not in the header", path=path)
        elif number is not None:
            entry = digests.watched(entry, number, path)  # noqa: PLW2901 - the same entry, watched
        yield _as_plain(entry, path)
    trailing = getattr(stream, "trailing", b"")  # of the compressed layer
    if trailing:
        yield Entry(".rpm/trailing", MemberKind.FILE, stream=io.BytesIO(trailing))
    flags = header.numbers(1037)
    for path, number in listed.items():
        if path not in seen and not (number < len(flags) and flags[number] & _GHOST):
            _say(report, "rpm.missing-file", f"{path!r} is in the header and not in the payload", path=path)


def _plain(path: str) -> str:
    """RPM names are absolute from the root of the system: only the slash of that is dropped."""
    return path.removeprefix("./").removeprefix("/")


def _as_plain(entry: Entry, path: str) -> Entry:
    return Entry(path, entry.kind, entry.mode, entry.link, entry.stream, entry.packed)


def _files(header: RpmHeader) -> list[Listed]:
    names = header.strings(1117)
    folders, indexes = header.strings(1118), header.numbers(1116)
    paths = [
        (folders[index] if index < len(folders) else "") + name
        for name, index in zip(names, indexes, strict=False)
    ] or list(header.strings(1027))
    sizes, modes = header.numbers(5008) or header.numbers(1028), header.numbers(1030)
    return [
        Listed(path, sizes[i] if i < len(sizes) else 0, modes[i] if i < len(modes) else stat.S_IFREG)
        for i, path in enumerate(paths)
    ]


class _Digests:
    """The header's digest of each file, checked while the file is read."""

    def __init__(self, header: RpmHeader, report: Report) -> None:
        self._stated = header.strings(1035)
        self._algorithm = {
            (): "md5",
            (1,): "md5",
            (2,): "sha1",
            (8,): "sha256",
            (9,): "sha384",
            (10,): "sha512",
        }.get(header.numbers(5011)[:1], "")
        self._report = report

    def watched(self, entry: Entry, number: int, path: str) -> Entry:
        stated = self._stated[number] if number < len(self._stated) else ""
        if entry.stream is None or not stated or not self._algorithm:
            return entry
        stream = _Watched(entry.stream, self._algorithm, stated, path, self._report)
        return Entry(entry.path, entry.kind, entry.mode, entry.link, cast("BinaryIO", stream), entry.packed)


class _Watched(io.RawIOBase):
    """A content that is held against a digest when it has been read."""

    def __init__(self, stream: BinaryIO, algorithm: str, stated: str, path: str, report: Report) -> None:
        super().__init__()
        self._stream = stream
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        self._stated = stated
        self._path = path
        self._report = report
        self._done = False

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        if not data and size and not self._done:
            self._done = True
            if self._hash.hexdigest() != self._stated:
                detail = f"the header states {self._stated}, the content has {self._hash.hexdigest()}"
                _say(self._report, "rpm.file-digest", detail, path=self._path)
        return data
