"""How rare each sign is in benign updates: counts from a corpus of real release pairs, as data.

`weights.json` holds counts, no judgments: for each cell (sign and scope) and each place (role of
the file, new or not), in how many benign pairs it came up, by how many files changed in that
place. Big updates bring more of everything, so a sign is as rare as it is *among updates that
changed as many such files*. Sparse counts lean on their neighbours: a cell of one size class on
the cell over all sizes, that on the cell over all places (empirical Bayes with a fixed strength;
Efron & Morris 1975), and a sign never seen at all on half an occurrence in the whole corpus.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from doorward.errors import Misuse
from doorward.inspect.signs import Sign

__all__ = ["SIZES", "Weights", "shipped", "size_class"]

SIZES = (3, 15, 63)
"""Upper ends of the size classes of an update, in changed files of one place; above is the last class."""
STRENGTH = 20.0
"""Pseudo-observations that a sparser count borrows from its neighbour."""


def size_class(changed: int) -> int:
    """Which size class an update with that many changed files of one place is in."""
    return sum(changed > most for most in SIZES)


@dataclass(frozen=True, slots=True)
class Weights:
    """Counts over the corpus, and the two thresholds drawn from them."""

    pairs: int
    """Benign pairs counted."""
    opportunities: Mapping[str, tuple[int, ...]]
    """Place → pairs that changed a file there, by size class."""
    occurrences: Mapping[str, Mapping[str, tuple[int, ...]]]
    """Cell → place → pairs in which it came up there, by size class."""
    totals: Mapping[str, int]
    """Cell → pairs in which it came up anywhere."""
    review_at: float
    """Weight of evidence (decimal digits) from which a release is worth a person's time."""
    block_at: float
    provenance: Mapping[str, Any]
    """Where the counts come from: pairs per ecosystem, date, digest of the pinned list."""

    def rate(self, sign: Sign, changed: int) -> float:
        """Share of benign updates of this size that show the sign in such a place, shrunk; never 0.

        Args:
            sign: the sign.
            changed: how many files of its place this update changed.
        """
        place = sign.place.name
        size = size_class(changed)
        by_place = self.occurrences.get(sign.cell, {})
        everywhere = (self.totals.get(sign.cell, 0) + 0.5) / (self.pairs + 1)
        here = self.opportunities.get(place, (0,) * (len(SIZES) + 1))
        seen = by_place.get(place, (0,) * (len(SIZES) + 1))
        over_sizes = (sum(seen) + STRENGTH * everywhere) / (sum(here) + STRENGTH)
        return (seen[size] + STRENGTH * over_sizes) / (here[size] + STRENGTH)

    def told(self, sign: Sign) -> str:
        """The rarity as people read it."""
        return f"in {self.totals.get(sign.cell, 0):,} of {self.pairs:,} benign updates"


def weights_from(text: str, origin: str) -> Weights:
    """Read a weights file.

    Raises:
        Misuse: not a weights file of this version.
    """
    try:
        value = json.loads(text)
        return Weights(
            pairs=int(value["pairs"]) if value["schema_version"] == 1 else _refused(value),
            opportunities={name: tuple(row) for name, row in value["opportunities"].items()},
            occurrences={
                cell: {place: tuple(row) for place, row in rows.items()}
                for cell, rows in value["occurrences"].items()
            },
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
