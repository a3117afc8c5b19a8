"""How rare each sign is in benign updates: counts from a corpus of real release pairs, as data.

`weights.json` holds counts of changed files, no judgments: in how many files of each place (matter,
new or changed, role, class of change) benign updates changed, and in how many of those each cell
(sign and scope) came up. A big update brings more of everything, so the rate of a sign in *this*
update is the chance that one of its changed files of that place shows it.

Sparse counts lean on their coarser neighbour (empirical Bayes with a fixed strength; Efron &
Morris 1975): size class on role, role on new-or-changed, that on matter, that on everything, and a
sign that was never seen on half an occurrence in the whole corpus. Of one pair no more than `MOST_FILES` files
of one place count, so that a package of ten thousand files does not speak for all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from doorward.errors import Misuse
from doorward.inspect.signs import Sign

__all__ = ["MOST_FILES", "Weights", "shipped", "weights_from", "with_coarser"]

STRENGTH = 10.0
"""Pseudo-observations that a sparser count borrows from its coarser neighbour."""
MOST_FILES = 20
"""Files of one place that one pair may bring to the counts; more are scaled down to as many."""
CLUSTERED = 0.5
"""Signs cluster in few files of an update: n files show one as often as n to this power
independent files would. 1 would be independence; measured on the corpus (docs/benchmarks)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Counts over the corpus, and the two thresholds drawn from them."""

    pairs: int
    """Benign pairs counted."""
    files: Mapping[str, float]
    """Place → changed files of that place, capped for each pair; coarser places by prefix."""
    occurrences: Mapping[str, Mapping[str, float]]
    """Cell → place → those of them in which it came up."""
    totals: Mapping[str, int]
    """Cell → pairs in which it came up anywhere."""
    review_at: float
    """Weight of evidence (decimal digits) from which a release is worth a person's time."""
    block_at: float
    provenance: Mapping[str, Any]
    """Where the counts come from: pairs per ecosystem, date, digest of the pinned list."""

    def file_rate(self, sign: Sign) -> float:
        """Share of benign changed files of the sign's place that show it, shrunk; never 0."""
        seen_at = self.occurrences.get(sign.cell, {})
        rate = (seen_at.get("", 0.0) + 0.5) / (self.files.get("", 0.0) + 1)
        place = ""
        for step in sign.place.steps:
            place = f"{place}/{step}" if place else step
            rate = (seen_at.get(place, 0.0) + STRENGTH * rate) / (self.files.get(place, 0.0) + STRENGTH)
        return rate

    def rate(self, sign: Sign, changed: int) -> float:
        """Chance that a benign update which changed so many files of the sign's place shows it there."""
        return -math.expm1(max(1, changed) ** CLUSTERED * math.log1p(-min(0.999, self.file_rate(sign))))

    def told(self, sign: Sign) -> str:
        """The rarity as people read it."""
        return f"in {self.totals.get(sign.cell, 0):,} of {self.pairs:,} benign updates"


def with_coarser(fine: Mapping[str, float]) -> dict[str, float]:
    """Counts by full place, with the sums of every coarser place, down to the empty one."""
    sums: dict[str, float] = {}
    for name, count in fine.items():
        steps = name.split("/")
        for end in range(len(steps) + 1):
            place = "/".join(steps[:end])
            sums[place] = sums.get(place, 0.0) + count
    return sums


def weights_from(text: str, origin: str) -> Weights:
    """Read a weights file.

    Raises:
        Misuse: not a weights file of this version.
    """
    try:
        value = json.loads(text)
        return Weights(
            pairs=int(value["pairs"]) if value["schema_version"] == 1 else _refused(value),
            files=with_coarser(value["files"]),
            occurrences={cell: with_coarser(rows) for cell, rows in value["occurrences"].items()},
            totals=value["totals"],
            review_at=float(value["review_at"]),
            block_at=float(value["block_at"]),
            provenance=value["provenance"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misuse(
            f"read the weights in {origin}",
            expected="a weights file of schema_version 1",
            found=str(error),
            next_step="run `make corpus`, or leave the option out to use the shipped weights",
        ) from error


def _refused(value: Mapping[str, Any]) -> int:
    raise ValueError(f"schema_version is {value['schema_version']!r}")


def shipped() -> Weights:
    """The weights that come with this version."""
    file = files("doorward.inspect") / "weights.json"
    return weights_from(file.read_text(encoding="utf-8"), "doorward/inspect/weights.json")
