"""A wheel's RECORD against what the wheel holds: two statements that must agree.

PyPA binary distribution format: every file but RECORD itself and its signatures is listed with a
digest, and installers check neither completeness nor, mostly, the digests. A file that nobody recorded,
or one whose digest differs, was put in after the wheel was built.
"""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator, Mapping

from doorward.model.artifact import Irregularity, Member, MemberKind

__all__ = ["MAX_RECORD", "applies", "check", "keeps"]

_RECORD = re.compile(r"[^/]+\.dist-info/RECORD")
_EXEMPT = re.compile(r"[^/]+\.dist-info/RECORD(?:\.jws|\.p7s)?|\.zip/.*|\.duplicate/.*", re.DOTALL)
MAX_RECORD = 64 * 1024 * 1024
"""Bytes of RECORD that are read; 100,000 files make 12 MB."""
_STRONG = frozenset({"sha256"})


def applies(path: str, opener: str) -> bool:
    """Whether a container is a wheel."""
    return opener == "zip" and path.lower().endswith(".whl")


def keeps(inner: str) -> bool:
    """Whether `check` will want this member's content."""
    return _RECORD.fullmatch(inner) is not None


def check(seen: Mapping[str, Member], kept: Mapping[str, bytes], wheel: str) -> Iterator[Irregularity]:
    """Compare RECORD with the members.

    Args:
        seen: members of the wheel by path within it.
        kept: content of every RECORD.
        wheel: logical path of the wheel, for the message.
    """
    records = sorted(kept)
    if len(records) != 1:
        yield Irregularity(
            "wheel.record-missing",
            records[0] if records else "",
            f"expected one .dist-info/RECORD in {wheel or 'the wheel'}, found {len(records)}",
        )
    files = {path for path, member in seen.items() if member.kind is MemberKind.FILE}
    recorded: set[str] = set()
    for record in records:
        text = kept[record].decode("utf-8", "surrogateescape")
        try:
            rows = list(csv.reader(io.StringIO(text)))
        except csv.Error as error:
            yield Irregularity("wheel.record-malformed", record, f"not CSV: {error}")
            continue
        for row in rows:
            if row:
                recorded.add(row[0])
                yield from _row(row, seen)
    if not records:
        return
    for path in sorted(files - recorded):
        if not _EXEMPT.fullmatch(path):
            yield Irregularity("wheel.unrecorded-file", path, f"{path} is in the wheel and not in its RECORD")


def _row(row: list[str], seen: Mapping[str, Member]) -> Iterator[Irregularity]:
    path = row[0]
    member = seen.get(path)
    if member is None:
        yield Irregularity("wheel.recorded-absent", path, f"RECORD lists {path}, which is not in the wheel")
        return
    algorithm, _, stated = (row[1] if len(row) > 1 else "").partition("=")
    if algorithm in _STRONG and member.digest:
        raw = bytes.fromhex(member.digest.removeprefix("sha256:"))
        actual = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
        if stated.rstrip("=") != actual:
            yield Irregularity(
                "wheel.record-digest", path, f"RECORD states sha256={stated}, the content has sha256={actual}"
            )
    elif not stated and not _EXEMPT.fullmatch(path) and not path.endswith("/"):
        yield Irregularity("wheel.record-undigested", path, f"RECORD lists {path} without a digest")
