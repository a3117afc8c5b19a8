"""Count signs over benign pairs, and judge each pair by the counts of other packages only."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rows import Row

from doorward.inspect.judge import added_up, weigh
from doorward.inspect.probes.catalogue import kind_named
from doorward.inspect.signs import sign_of
from doorward.inspect.weights import SIZES, Weights, size_class

__all__ = ["Counts", "counted", "crossfitted", "fold_of", "scored"]

CLASSES = len(SIZES) + 1


@dataclass
class Counts:
    """Sums over pairs, which add and subtract."""

    pairs: int = 0
    opportunities: Counter[tuple[str, int]] = field(default_factory=Counter)
    occurrences: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)

    def minus(self, other: Counts) -> Counts:
        """These counts without others."""
        rest = Counts(self.pairs - other.pairs, +self.opportunities, +self.occurrences, +self.totals)
        rest.opportunities.subtract(other.opportunities)
        rest.occurrences.subtract(other.occurrences)
        rest.totals.subtract(other.totals)
        return rest

    def weights(self, review_at: float, block_at: float, provenance: dict[str, Any] | None = None) -> Weights:
        """The counts as the judge reads them."""
        opportunities: dict[str, list[int]] = {}
        for (place, size), count in self.opportunities.items():
            opportunities.setdefault(place, [0] * CLASSES)[size] = count
        occurrences: dict[str, dict[str, list[int]]] = {}
        for (cell, place, size), count in self.occurrences.items():
            if count:
                occurrences.setdefault(cell, {}).setdefault(place, [0] * CLASSES)[size] = count
        return Weights(
            pairs=self.pairs,
            opportunities={place: tuple(row) for place, row in sorted(opportunities.items())},
            occurrences={
                cell: {place: tuple(row) for place, row in sorted(rows.items())}
                for cell, rows in sorted(occurrences.items())
            },
            totals={cell: count for cell, count in sorted(self.totals.items()) if count},
            review_at=review_at,
            block_at=block_at,
            provenance=provenance or {},
        )


def counted(rows: Iterable[Row]) -> Counts:
    """In how many pairs each sign came up, by place and size class."""
    counts = Counts()
    for row in rows:
        counts.pairs += 1
        for place, changed in row.case.files.items():
            counts.opportunities[place, size_class(changed)] += 1
        signs = {sign_of(d, kind_named(d.trait.kind)) for d in row.case.drifts}
        for cell, place in {(s.cell, s.place.name) for s in signs}:
            counts.occurrences[cell, place, size_class(row.case.files.get(place, 1))] += 1
        for cell in {s.cell for s in signs}:
            counts.totals[cell] += 1
    return counts


def fold_of(package: str, folds: int) -> int:
    """Which fold a package is in: all its pairs, of all its lines, together."""
    return int(hashlib.sha256(package.encode()).hexdigest()[8:16], 16) % folds


def crossfitted(rows: Sequence[Row], folds: int = 20) -> Iterator[tuple[Row, Weights]]:
    """Every pair with weights that no pair of its package helped to fit."""
    whole = counted(rows)
    for fold in range(folds):
        mine = [row for row in rows if fold_of(row.package, folds) == fold]
        if mine:
            rest = whole.minus(counted(mine)).weights(1.0, 1.0)
            for row in mine:
                yield row, rest


def scored(row: Row, weights: Weights) -> tuple[float, int, float]:
    """Digits, independent channels, and the heaviest single sign of one pair."""
    weighed = weigh(row.case, weights)
    digits, independent = added_up(weighed)
    return digits, independent, weighed[0].digits if weighed else 0.0


def at(weights: Weights, review_at: float, block_at: float) -> Weights:
    """The same counts with other thresholds."""
    return replace(weights, review_at=review_at, block_at=block_at)
