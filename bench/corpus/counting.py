"""Count signs over the files of benign pairs, and judge each pair by the counts of other packages only."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rows import Row

from doorward.inspect.judge import added_up, weigh
from doorward.inspect.probes.catalogue import kind_named
from doorward.inspect.signs import RELEASE, sign_of
from doorward.inspect.weights import MOST_FILES, Weights, with_coarser

__all__ = ["Counts", "counted", "crossfitted", "fold_of", "scored"]


@dataclass
class Counts:
    """Sums over pairs, which add and subtract."""

    pairs: int = 0
    files: Counter[str] = field(default_factory=Counter)
    occurrences: Counter[tuple[str, str]] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)

    def minus(self, other: Counts) -> Counts:
        """These counts without others."""
        rest = Counts(self.pairs - other.pairs, +self.files, +self.occurrences, +self.totals)
        rest.files.subtract(other.files)
        rest.occurrences.subtract(other.occurrences)
        rest.totals.subtract(other.totals)
        return rest

    def by_place(self) -> dict[str, dict[str, float]]:
        """Cell → full place → count, what is left of zero left out."""
        rows: dict[str, dict[str, float]] = {}
        for (cell, place), count in sorted(self.occurrences.items()):
            if count > 1e-9:
                rows.setdefault(cell, {})[place] = round(count, 3)
        return rows

    def weights(self) -> Weights:
        """The counts as the judge reads them, without thresholds."""
        return Weights(
            pairs=self.pairs,
            files=with_coarser(self.files),
            occurrences={cell: with_coarser(rows) for cell, rows in self.by_place().items()},
            totals={cell: count for cell, count in sorted(self.totals.items()) if count},
            review_at=1.0,
            block_at=1.0,
            provenance={},
        )


def counted(rows: Iterable[Row]) -> Counts:
    """In how many changed files each sign came up, by place, each pair's files capped."""
    counts = Counts()
    for row in rows:
        counts.pairs += 1
        files = Counter(row.case.files)
        files[RELEASE.name] += 1
        scale = {place: min(1.0, MOST_FILES / changed) for place, changed in files.items()}
        for place, changed in files.items():
            counts.files[place] += changed * scale[place]
        shown: dict[str, set[tuple[str, str]]] = {}
        for drift in row.case.drifts:
            place = row.case.places.get(drift.path, RELEASE)
            sign = sign_of(drift, kind_named(drift.trait.kind), place)
            shown.setdefault(sign.cell, set()).add((drift.path, place.name))
        for cell, where in shown.items():
            counts.totals[cell] += 1
            for _, place in where:
                counts.occurrences[cell, place] += scale.get(place, 1.0)
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
            rest = whole.minus(counted(mine)).weights()
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
