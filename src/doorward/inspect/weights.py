"""How rare each sign is in benign updates: counts from a corpus of real release pairs, as data.

`weights.json` holds counts of changed files, no judgments: how many files of each place (matter,
new or changed, role, class of change) benign updates changed, in how many of those each cell (sign
and scope) came up, and what the heaviest file of each update came to.

Sparse counts lean on their coarser neighbour (empirical Bayes with a fixed strength; Efron & Morris
1975): size class on role, role on new-or-changed, that on matter, that on everything, and a sign
that was never seen on half an occurrence in the whole corpus. Of one pair no more than `MOST_FILES`
files of one place count, so that a package of ten thousand files does not speak for all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from doorward.errors import Misuse
from doorward.inspect.signs import Matter, Sign

__all__ = [
    "MOST_FILES",
    "Weights",
    "bin_of",
    "shipped",
    "spread_from",
    "weights_from",
    "with_coarser",
]

STRENGTH = 10.0
"""Pseudo-observations that a sparser count borrows from its coarser neighbour."""
MOST_FILES = 20
"""Files of one place that one pair may bring to the counts; more are scaled down to as many."""
BIN = 0.25
"""Digits of one bin of the spread of sums."""
LEAST = -20.0
"""Digits of the first bin, which is open below: what is taken off may leave less than nothing."""
BINS = 200
"""Bins, the last one open: sums above 30 digits are one."""
TAIL = 1 / 30
"""Share of updates above which the spread is an exponential tail fitted to them, not counted."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Counts over the corpus, and the two thresholds drawn from them."""

    pairs: int
    """Benign pairs counted."""
    files: Mapping[str, float]
    """Place → changed files of that place, capped for each pair; coarser places by prefix."""
    occurrences: Mapping[str, Mapping[str, float]]
    """Cell → place → those of them in which it came up."""
    spread: Mapping[str, tuple[float, ...]]
    """Matter → updates by the bin of their heaviest such file's digits."""
    totals: Mapping[str, int]
    """Cell → pairs in which it came up anywhere."""
    review_at: float
    """Weight of evidence (decimal digits) from which a release is worth a person's time."""
    block_at: float
    provenance: Mapping[str, Any]
    """Where the counts come from: pairs per ecosystem, date, digest of the pinned list."""

    def rate(self, sign: Sign) -> float:
        """Share of benign changed files of the sign's place that show it, shrunk; never 0."""
        seen_at = self.occurrences.get(sign.cell, {})
        rate = (seen_at.get("", 0.0) + 0.5) / (self.files.get("", 0.0) + 1)
        place = ""
        for step in sign.place.steps:
            place = f"{place}/{step}" if place else step
            rate = (seen_at.get(place, 0.0) + STRENGTH * rate) / (self.files.get(place, 0.0) + STRENGTH)
        return rate

    def surprise(self, matter: Matter, digits: float) -> float:
        """-log10 of the share of benign updates whose heaviest file of this matter weighs as much."""
        bins = self.spread.get(matter.value, ())
        start, above = len(bins), 0.0
        while start > 0 and above + bins[start - 1] <= TAIL * max(sum(bins), 8 / TAIL):
            start -= 1
            above += bins[start]
        begins = LEAST + start * BIN
        if digits < begins:
            return -math.log10((sum(bins[bin_of(digits) :]) + 0.5) / (self.pairs + 1))
        excess = sum(count * (i - start + 0.5) * BIN for i, count in enumerate(bins[start:], start))
        scale = (excess + BIN) / (above + 1)
        return -math.log10((above + 0.5) / (self.pairs + 1)) + (digits - begins) / scale / math.log(10)

    def told(self, sign: Sign) -> str:
        """The rarity as people read it."""
        return f"in {self.totals.get(sign.cell, 0):,} of {self.pairs:,} benign updates"


def bin_of(digits: float) -> int:
    """The bin of a sum of digits."""
    return max(0, min(BINS - 1, int((digits - LEAST) / BIN)))


def spread_from(bins: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    """Spreads as rows of bins, from {matter: {bin: updates}}."""
    return {
        kind: tuple(float(counts.get(str(index), 0.0)) for index in range(BINS))
        for kind, counts in bins.items()
    }


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
            spread=spread_from(value["spread"]),
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
