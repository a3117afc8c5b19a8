"""Fit the shipped weights: counts over the corpus, and thresholds from cross-fitted benign scores.

Only benign pairs take part. `review_at` is the digits that a share `--review` of them reach when each
is weighed by the counts of *other* packages; `block_at` likewise with `--block`. No implant shapes
either: what back doors look like enters only through the fixed priors in `doorward.inspect.judge`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from counting import Counts, crossfitted, fitted, scored
from fetch import PINNED
from rows import Row, read_rows

import doorward

__all__ = ["benign_rows", "thresholds"]

TARGET = Path(doorward.__file__).parent / "inspect" / "weights.json"


def benign_rows(paths: Sequence[Path]) -> list[Row]:
    """Every pair that could be compared, in a fixed order."""
    rows = [row for path in paths for row in read_rows(path) if not row.failed]
    return sorted(rows, key=lambda row: (row.line, row.old, row.new))


def thresholds(rows: Sequence[Row], review: float, block: float) -> tuple[float, float]:
    """Surprise that these shares of benign pairs exceed, none judged by its own package."""
    found = [scored(row, weights) for row, weights in crossfitted(rows)]
    review_at = sorted((digits for digits, _ in found), reverse=True)[int(review * len(found))]
    blocking = sorted((carried for _, carried in found), reverse=True)
    return round(review_at + 0.005, 2), round(blocking[int(block * len(found))] + 0.005, 2)


def text_of(
    counts: Counts, spread: Mapping[str, Counter[str]], at: tuple[float, float], provenance: dict[str, Any]
) -> str:
    """The weights file: one cell a line, so that a change of the corpus can be read as a diff."""

    def lines(rows: Mapping[str, object]) -> str:
        inner = ",\n".join(
            f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in rows.items()
        )
        return "{\n" + inner + "\n }"

    return (
        "{\n"
        ' "schema_version": 1,\n'
        f' "provenance": {json.dumps(provenance, sort_keys=True)},\n'
        f' "pairs": {counts.pairs},\n'
        f' "review_at": {at[0]},\n'
        f' "block_at": {at[1]},\n'
        f' "files": {lines({place: round(n, 3) for place, n in sorted(counts.files.items())})},\n'
        f' "spread": {lines(in_order(spread))},\n'
        f' "totals": {lines({cell: n for cell, n in sorted(counts.totals.items()) if n})},\n'
        f' "occurrences": {lines(counts.by_place())}\n'
        "}\n"
    )


def in_order(spread: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    """Matters and bins in order."""
    return {matter: {b: bins[b] for b in sorted(bins, key=int)} for matter, bins in sorted(spread.items())}


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="+", type=Path, help="outputs of run.py")
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--review", type=float, default=0.036)
    parser.add_argument("--block", type=float, default=0.0013)
    chosen = parser.parse_args()
    rows = benign_rows(chosen.rows)
    review_at, block_at = thresholds(rows, chosen.review, chosen.block)
    provenance = {
        "date": date.today().isoformat(),  # noqa: DTZ011 -- a day is enough, and the machine's own will do
        "pairs": dict(sorted(Counter(row.ecosystem for row in rows).items())),
        "packages": len({row.package for row in rows}),
        "pinned": "sha256:" + hashlib.sha256(PINNED.read_bytes()).hexdigest(),
        "review_share": chosen.review,
        "block_share": chosen.block,
    }
    chosen.out.write_text(text_of(*fitted(rows), (review_at, block_at), provenance), encoding="utf-8")
    print(
        f"{len(rows)} pairs of {provenance['packages']} packages; review at {review_at}, block at {block_at}"
    )


if __name__ == "__main__":
    main()
