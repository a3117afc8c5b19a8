"""Names and addresses that a file may reach, from any bytes: code, executables, data, documents.

Rule: what stands after `://` is a host if it is spelt like one; a bare name only where it is a whole
literal and cannot be an attribute path or a file name. Text is read as ASCII and as UTF-16LE, since
Windows programs keep their strings so. Documents, comments and docstrings *mention* names; everything
else may contact them. No list of bad names: the comparison tells which are new. Names that are put
together at run time are not seen here; the concealment traits of code are about those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.reach_kinds import ADDRESS, HOST, KINDS, MENTION, NAME, SUBDOMAIN
from doorward.inspect.probes.reach_names import (
    bare_host,
    host_name,
    known_host,
    public_address,
    registered_domain,
)
from doorward.inspect.probes.reach_prose import Prose
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["ReachProbe"]

URL = re.compile(
    rb"://(?:[^\s/@\"'<>\\\x00]{1,64}@)?"
    rb"(?:(\[[0-9a-fA-F:.]{2,45}\])|((?:[A-Za-z0-9_-]|[\xc2-\xf4][\x80-\xbf]{1,3})"
    rb"(?:[A-Za-z0-9._-]|[\xc2-\xf4][\x80-\xbf]{1,3}){2,252}))(:\d{1,5})?"
)
LITERAL = re.compile(
    rb"[\"'`\x00]([A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,8})\.?(:\d{1,5}|/[!-~]{0,200})?"
    rb"(?=[\"'`\x00])"
)
V6 = re.compile(rb"[\"'`\x00]([0-9a-fA-F]{1,4}:[0-9a-fA-F:.]{5,40})(?=[\"'`\x00])")
WIDE_DOT = re.compile(rb"\x00\.\x00[!-~]\x00")
WIDE_TAIL = re.compile(rb"(?:[!-~]\x00)+")
WIDE_LIMIT = 512
"""Bytes of a UTF-16 string that are read back from a dot in it."""
RUNS = re.compile(rb"[!-~]{6,}")
QUAD = re.compile(rb"\d{1,3}(?:\.\d{1,3}){3}\Z")
PATH = re.compile(rb"[!-;=?-~]{0,160}")
PACKED = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
)
EXCERPT = 200
MIN_WIDE = 6
"""Characters of a UTF-16 string that is looked at, as of an ASCII one."""
MAX_KEYS = 5_000
"""Different names of one file that are told apart; word lists and block lists have more."""


class ReachProbe:
    """Finds hosts and public addresses in any file."""

    name: ClassVar[str] = "reach"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - any bytes can hold a name
        """Every file."""
        return True

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield one trait for each registered domain, full host and address."""
        data = subject.data
        binary = b"\x00" in data[:65536] or b"\x00" in data[-4096:]
        found = Found(Prose(subject.path, data, binary=binary), binary=binary)
        found.read(data, offset=True)
        if binary:
            wide = b"\x00".join(wide_runs(data))
            if wide:
                found.read(b"\x00" + wide + b"\x00", offset=False)
        yield from found.traits(subject.limits.max_traits)


class Found:
    """The names of one file, gathered by identity."""

    def __init__(self, prose: Prose, *, binary: bool) -> None:
        self.prose = prose
        self.binary = binary
        self.counts: dict[tuple[str, str], int] = {}
        self.first: dict[tuple[str, str], Evidence] = {}

    def read(self, data: bytes, *, offset: bool) -> None:
        """Take in every name of these bytes; `offset` says whether they are the file's own."""
        if b"://" in data:
            self.urls(data, offset=offset)
        if data.startswith(PACKED):
            return
        if self.binary:
            data = compact(data)
            offset = False
        self.literals(data, offset=offset)

    def urls(self, data: bytes, *, offset: bool) -> None:
        """Hosts after `://`."""
        for match in URL.finditer(data):
            v6, raw, port = match.groups()
            mention = self.prose.mentions(match.start()) if offset else self.prose.document
            if v6:
                address = public_address(v6[1:-1], endpoint=True)
            else:
                address = public_address(raw, endpoint=True) if QUAD.match(raw) else ""
            if address:
                self.add(MENTION if mention else ADDRESS, address, data, match, offset=offset)
                continue
            host = ""
            if raw:
                host = known_host(raw) if self.binary and not port else host_name(raw)
            if host:
                self.host(HOST, host, data, match, mention=mention, offset=offset)

    def literals(self, data: bytes, *, offset: bool) -> None:
        """Hosts and addresses that are whole literals."""
        for match in LITERAL.finditer(data):
            raw, rest = match.groups()
            endpoint = bool(rest) and rest[:1] == b":"
            if raw[:1].isdigit() and QUAD.match(raw):
                address = public_address(raw, endpoint=endpoint)
                if address:
                    mention = self.prose.mentions(match.start()) if offset else self.prose.document
                    self.add(MENTION if mention else ADDRESS, address, data, match, offset=offset)
                continue
            host = bare_host(raw, endpoint=endpoint)
            if host:
                mention = self.prose.mentions(match.start()) if offset else self.prose.document
                self.host(NAME, host, data, match, mention=mention, offset=offset)
        for match in V6.finditer(data):
            address = public_address(match[1], endpoint=False)
            if address:
                mention = self.prose.mentions(match.start()) if offset else self.prose.document
                self.add(MENTION if mention else ADDRESS, address, data, match, offset=offset)

    def host(
        self, kind: TraitKind, host: str, data: bytes, match: re.Match[bytes], *, mention: bool, offset: bool
    ) -> None:
        """Note a host: its registered domain, and itself where that says more."""
        domain = registered_domain(host)
        self.add(MENTION if mention else kind, domain, data, match, offset=offset)
        if not mention and host != domain:
            self.add(SUBDOMAIN, host, data, match, offset=offset)

    def add(self, kind: TraitKind, key: str, data: bytes, match: re.Match[bytes], *, offset: bool) -> None:
        """Count one occurrence, keeping the evidence of the first."""
        identity = (kind.name, key)
        seen = self.counts.get(identity, 0)
        if not seen and len(self.counts) >= MAX_KEYS:
            return
        self.counts[identity] = seen + 1
        if not seen:
            self.first[identity] = self.evidence(data, match, offset=offset)

    def evidence(self, data: bytes, match: re.Match[bytes], *, offset: bool) -> Evidence:
        """Where a name stands and what surrounds it."""
        start = match.start()
        begin = start
        while begin > 0 and start - begin < 12 and data[begin - 1 : begin].isalpha():
            begin -= 1
        end = PATH.match(data, match.end())
        excerpt = data[begin : end.end() if end else match.end()].strip(b"\"'`\x00")
        line = self.prose.line(start) if offset and not self.binary else None
        return Evidence(
            line=line,
            offset=start if offset else None,
            excerpt=excerpt[:EXCERPT].decode("utf-8", "replace"),
        )

    def traits(self, limit: int) -> Iterator[Trait]:
        """Everything found, each identity once."""
        for (kind, key), count in list(self.counts.items())[:limit]:
            yield Trait(kind, key, count, self.first[(kind, key)], token=key)


def compact(data: bytes) -> bytes:
    """The printable runs with a dot in them, each between NULs: what literals are in an executable."""
    runs = [run for run in RUNS.findall(data) if b"." in run or b":" in run]
    return b"\x00" + b"\x00".join(runs) + b"\x00"


def wide_runs(data: bytes) -> Iterator[bytes]:
    """UTF-16LE strings with a dot in them, as ASCII: no host is without one, and dots are quick to find."""
    reached = 0
    for match in WIDE_DOT.finditer(data):
        dot = match.start() + 1
        if dot < reached:
            continue
        begin = dot
        while (
            begin - 2 >= max(reached, dot - WIDE_LIMIT)
            and data[begin - 1] == 0
            and 33 <= data[begin - 2] < 127
        ):
            begin -= 2
        tail = WIDE_TAIL.match(data, dot)
        reached = tail.end() if tail else dot + 2
        if reached - begin >= 2 * MIN_WIDE:
            yield data[begin:reached:2]
