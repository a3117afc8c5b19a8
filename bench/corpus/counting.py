"""Count signs over the files of benign pairs, and judge each pair by the counts of other packages only."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rows import Row

from doorward.inspect.judge import FileSum, file_sums, heaviest, surprise, weigh
from doorward.inspect.probes.catalogue import kind_named
from doorward.inspect.signs import RELEASE, Matter, sign_of
from doorward.inspect.weights import MOST_FILES, Weights, bin_of, spread_from, with_coarser

__all__ = ["Counts", "at", "counted", "crossfitted", "fitted", "fold_of", "scored", "spread_of"]


@dataclass
class Counts:
    """Sums over pairs, which add and subtract."""

    pairs: int = 0
    files: dict[str, float] = field(default_factory=dict)
    occurrences: dict[tuple[str, str], float] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    def minus(self, other: Counts) -> Counts:
        """These counts without others."""
        return Counts(
            self.pairs - other.pairs,
            {key: count - other.files.get(key, 0.0) for key, count in self.files.items()},
            {key: count - other.occurrences.get(key, 0.0) for key, count in self.occurrences.items()},
            {key: count - other.totals.get(key, 0) for key, count in self.totals.items()},
        )

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
            spread={},
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
        scale = {name: min(1.0, MOST_FILES / changed) for name, changed in files.items()}
        for name, changed in files.items():
            counts.files[name] = counts.files.get(name, 0.0) + changed * scale[name]
        shown: dict[str, set[tuple[str, str]]] = {}
        for drift in row.case.drifts:
            place = row.case.places.get(drift.path, RELEASE)
            sign = sign_of(drift, kind_named(drift.trait.kind), place)
            shown.setdefault(sign.cell, set()).add((drift.path, place.name))
        for cell, where in shown.items():
            counts.totals[cell] = counts.totals.get(cell, 0) + 1
            for _, name in where:
                before = counts.occurrences.get((cell, name), 0.0)
                counts.occurrences[cell, name] = before + scale.get(name, 1.0)
    return counts


def fold_of(package: str, folds: int) -> int:
    """Which fold a package is in: all its pairs, of all its lines, together."""
    return int(hashlib.sha256(package.encode()).hexdigest()[8:16], 16) % folds


def spread_of(pairs: Iterable[Mapping[Matter, FileSum]]) -> dict[str, Counter[str]]:
    """Matter → bin → pairs, by each pair's heaviest such file."""
    spread: dict[str, Counter[str]] = {}
    for files in pairs:
        for matter, file in files.items():
            spread.setdefault(matter.value, Counter())[str(bin_of(file.digits))] += 1
    return spread


def crossfitted(rows: Sequence[Row], folds: int = 20) -> Iterator[tuple[Row, Weights]]:
    """Every pair with weights that no pair of its package helped to fit, the spread included."""
    whole = counted(rows)
    mine = [[row for row in rows if fold_of(row.package, folds) == fold] for fold in range(folds)]
    rests = [whole.minus(counted(some)).weights() for some in mine]
    files = [
        [heaviest(file_sums(row.case, weigh(row.case, rest))) for row in some]
        for some, rest in zip(mine, rests, strict=True)
    ]
    for fold, rest in enumerate(rests):
        others = [pair for k, some in enumerate(files) if k != fold for pair in some]
        weights = replace(rest, spread=spread_from(spread_of(others)))
        for row in mine[fold]:
            yield row, weights


def fitted(rows: Sequence[Row], folds: int = 20) -> tuple[Counts, dict[str, Counter[str]]]:
    """Counts over all pairs, and the spread of cross-fitted sums over all of them."""
    whole = counted(rows)
    files = []
    for fold in range(folds):
        some = [row for row in rows if fold_of(row.package, folds) == fold]
        rest = whole.minus(counted(some)).weights()
        files += [heaviest(file_sums(row.case, weigh(row.case, rest))) for row in some]
    return whole, spread_of(files)


def scored(row: Row, weights: Weights) -> tuple[float, float]:
    """The surprise of one pair, and that of what is corroborated enough to block."""
    files = file_sums(row.case, weigh(row.case, weights))
    return surprise(files, weights)[0], surprise((f for f in files if f.corroborated), weights)[0]


def at(weights: Weights, review_at: float, block_at: float) -> Weights:
    """The same counts with other thresholds."""
    return replace(weights, review_at=review_at, block_at=block_at)
