r"""Values to and from the bounded JSON that workers answer in: strict, never pickle.

Rule: a worker may have been taken over by what it parsed. Its answer is data of exactly this
shape, or it is nonsense and refused as a whole (`Nonsense`), which costs that one examination.
Text keeps lone surrogates (undecodable names) by JSON's own `\udcXX` escapes.
"""

from __future__ import annotations

import json
from typing import Any

from doorward.model.artifact import Irregularity, Listing, Member, MemberKind, NotExamined
from doorward.model.trait import EXCERPT_LIMIT, Evidence, Trait

__all__ = ["Nonsense", "decode", "encode", "listing_from", "listing_to", "traits_from", "traits_to"]


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
                    _text(digest),
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
