r"""Values to and from the bounded JSON that workers answer in: strict, never pickle.

Rule: a worker may have been taken over by what it parsed. Its answer is data of exactly this
shape, or it is nonsense and refused as a whole (`Nonsense`), which costs that one examination.
Text keeps lone surrogates (undecodable names) by JSON's own `\udcXX` escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from doorward.model.artifact import Irregularity, Listing, Member, MemberKind, NotExamined
from doorward.model.trait import EXCERPT_LIMIT, Evidence, Trait

__all__ = [
    "Nonsense",
    "counts_from",
    "decode",
    "encode",
    "found_from",
    "listing_from",
    "listing_to",
    "names_from",
    "numbers_from",
    "traits_from",
    "traits_to",
]

Row = TypeVar("Row")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Nonsense(Exception):
    """An answer that is not of the agreed shape."""


def encode(value: object) -> bytes:
    """Compact JSON, ASCII only."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def decode(data: bytes) -> dict[str, Any]:
    """One JSON object.

    Raises:
        Nonsense: not JSON, not an object, or nested without end.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Nonsense(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Nonsense(f"a JSON object was expected, found {type(value).__name__}")
    return value


def listing_to(listing: Listing) -> dict[str, Any]:
    """A listing as JSON values; rows instead of objects, since there may be 100,000 members."""
    return {
        "digest": listing.digest,
        "size": listing.size,
        "container": listing.container,
        "readers": list(listing.readers),
        "members": [
            [m.path, m.kind.value, m.size, m.digest, m.mode, m.link, m.container] for m in listing.members
        ],
        "irregularities": [[i.rule, i.path, i.detail, i.offset, i.size] for i in listing.irregularities],
        "not_examined": [[n.path, n.reason] for n in listing.not_examined],
    }


def listing_from(value: dict[str, Any]) -> Listing:
    """The listing that `listing_to` wrote.

    Raises:
        Nonsense: any field missing or of another type.
    """
    try:
        return Listing(
            digest=_text(value["digest"]),
            size=_number(value["size"]),
            container=_text(value["container"]),
            readers=tuple(_text(name) for name in value["readers"]),
            members=tuple(
                Member(
                    _text(path),
                    MemberKind(kind),
                    _number(size),
                    _digest(digest, MemberKind(kind)),
                    _number(mode),
                    _text(link),
                    _text(by),
                )
                for path, kind, size, digest, mode, link, by in value["members"]
            ),
            irregularities=tuple(
                Irregularity(
                    _text(rule),
                    _text(path),
                    _text(detail),
                    None if offset is None else _number(offset),
                    _number(size),
                )
                for rule, path, detail, offset, size in value["irregularities"]
            ),
            not_examined=_not_examined(value["not_examined"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Nonsense(f"not a listing: {error!r}") from error


def traits_to(traits: list[Trait], not_examined: list[NotExamined]) -> dict[str, Any]:
    """One file's examination as JSON values."""
    return {
        "traits": [
            [
                t.kind,
                t.key,
                t.count,
                t.token,
                list(t.values),
                t.evidence.where,
                t.evidence.line,
                t.evidence.offset,
                t.evidence.excerpt[:EXCERPT_LIMIT],
            ]
            for t in traits
        ],
        "not_examined": [[n.path, n.reason] for n in not_examined],
    }


def traits_from(value: dict[str, Any]) -> tuple[tuple[Trait, ...], tuple[NotExamined, ...]]:
    """What `traits_to` wrote.

    Raises:
        Nonsense: any field missing or of another type.
    """
    try:
        traits = tuple(
            Trait(
                kind=_text(kind),
                key=_text(key),
                count=_number(count),
                token=_text(token),
                values=tuple(_text(v) for v in values),
                evidence=Evidence(
                    _text(where),
                    None if line is None else _number(line),
                    None if offset is None else _number(offset),
                    _text(excerpt)[:EXCERPT_LIMIT],
                ),
            )
            for kind, key, count, token, values, where, line, offset, excerpt in value["traits"]
        )
        return traits, _not_examined(value["not_examined"])
    except (KeyError, TypeError, ValueError) as error:
        raise Nonsense(f"not an examination: {error!r}") from error


def found_from(value: dict[str, Any], tokens: Sequence[str], files: int) -> dict[str, set[int]]:
    """For each token the indices of the files that hold it, as a search answers.

    Raises:
        Nonsense: another shape, a token that was not asked for, an index beyond the files.
    """
    try:
        found = {_text(token): {_number(index) for index in row} for token, row in value["found"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise Nonsense(f"not the result of a search: {error!r}") from error
    if not found.keys() <= set(tokens) or any(
        not 0 <= index < files for row in found.values() for index in row
    ):
        raise Nonsense("a token or a file that was not asked for")
    return found


def counts_from(value: dict[str, Any], field: str, length: int) -> list[int]:
    """One number, not below zero, for each of `length` questions.

    Raises:
        Nonsense: another shape or another number of answers.
    """
    counts = _rows(value, field, length, _number)
    if any(count < 0 for count in counts):
        raise Nonsense(f"`{field}` below zero")
    return counts


def numbers_from(value: dict[str, Any], field: str, length: int) -> list[tuple[int, ...]]:
    """One row of numbers for each of `length` questions.

    Raises:
        Nonsense: another shape or another number of rows.
    """
    return _rows(value, field, length, lambda row: tuple(_number(number) for number in row))


def names_from(value: dict[str, Any], field: str, length: int) -> list[tuple[str, ...]]:
    """One row of names for each of `length` questions; an empty one where there is no answer.

    Raises:
        Nonsense: another shape or another number of rows.
    """
    return _rows(value, field, length, lambda row: () if row is None else tuple(_text(name) for name in row))


def _rows(value: Mapping[str, Any], field: str, length: int, read: Callable[[Any], Row]) -> list[Row]:
    try:
        rows = [read(row) for row in value[field]]
    except (KeyError, TypeError) as error:
        raise Nonsense(f"not `{field}`: {error!r}") from error
    if len(rows) != length:
        raise Nonsense(f"{len(rows)} answers to {length} questions")
    return rows


def _digest(value: object, kind: MemberKind) -> str:
    """A file's digest. It names a file in the spool, so that nothing else may ever pass for one."""
    text = _text(value)
    if not DIGEST.fullmatch(text) and (text or kind is MemberKind.FILE):
        raise ValueError(f"no digest: {text[:80]!r}")
    return text


def _not_examined(rows: Any) -> tuple[NotExamined, ...]:
    return tuple(NotExamined(_text(path), _text(reason)) for path, reason in rows)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, found {type(value).__name__}")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number expected, found {type(value).__name__}")
    return value
