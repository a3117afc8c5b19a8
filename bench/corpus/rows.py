"""One benign pair as a row of the corpus, and back: what was new, without the packages themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doorward.inspect.compare import Comparison, case_of
from doorward.inspect.judge import Case
from doorward.inspect.signs import Matter, Place, Role
from doorward.model.artifact import NotExamined
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Evidence, Trait

__all__ = ["Row", "read_rows", "row_to"]

EXCERPT = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of the corpus."""

    ecosystem: str
    line: str
    package: str
    """`pypi:click`: what cross-fitting leaves out together."""
    old: str
    new: str
    step: str
    seconds: float
    bytes: int
    failed: str
    """Why the pair could not be compared at all; empty if it could."""
    case: Case


def row_to(
    row: dict[str, Any], old: str, compared: Comparison | None, seconds: float, failed: str = ""
) -> str:
    """A pair as one line of JSON."""
    value: dict[str, Any] = {
        "ecosystem": row["ecosystem"],
        "line": row["line"],
        "old": old,
        "new": row["version"],
        "seconds": round(seconds, 3),
        "failed": failed,
    }
    if compared is not None:
        case = case_of(compared)
        value |= {
            "step": compared.step.value,
            "bytes": compared.bytes,
            "files": dict(case.files),
            "places": {path: place.name for path, place in case.places.items()},
            "drifts": [
                [
                    d.path, d.forerunner, d.scope.value, d.amount, d.total, d.trait.kind, d.trait.key[:200],
                    bool(d.trait.values), d.trait.evidence.where[:120], d.trait.evidence.line,
                    d.trait.evidence.excerpt[:EXCERPT],
                ]
                for d in compared.drifts
            ],
            "not_examined": [[n.path, n.reason] for n in compared.not_examined],
        }  # fmt: skip
    return json.dumps(value, separators=(",", ":"))


def read_rows(path: Path) -> Iterator[Row]:
    """Every pair of a corpus run."""
    with path.open(encoding="ascii") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield _row(json.loads(line))


def _place(name: str) -> Place:
    matter, added, role, size = name.split("/")
    return Place(Matter(matter), added == "added", Role(role), int(size))


def _row(value: dict[str, Any]) -> Row:
    drifts = tuple(
        Drift(
            path,
            forerunner,
            Scope(scope),
            Trait(kind, key, amount, Evidence(where, at, None, excerpt), "", ("",) if is_set else ()),
            amount,
            total,
        )
        for path, forerunner, scope, amount, total, kind, key, is_set, where, at, excerpt in value.get(
            "drifts", []
        )
    )
    case = Case(
        drifts=drifts,
        not_examined=tuple(NotExamined(*n) for n in value.get("not_examined", [])),
        places={path: _place(name) for path, name in value.get("places", {}).items()},
        files=value.get("files", {}),
        has_forerunner=True,
        forerunner_accepted=True,
        same=False,
    )
    return Row(
        ecosystem=value["ecosystem"],
        line=value["line"],
        package=":".join(value["line"].split(":")[:2]),
        old=value["old"],
        new=value["new"],
        step=value.get("step", ""),
        seconds=value["seconds"],
        bytes=value.get("bytes", 0),
        failed=value["failed"],
        case=case,
    )
