"""False alarms on benign pairs: each judged by the counts of other packages only.

    python bench/inspect/false_alarms.py ROWS.jsonl.gz ... [--write-docs]

Prints verdicts per ecosystem with Wilson intervals, a bootstrap by package (pairs of one package are
not independent), and every block and review with what brought it about, to be looked at by eye.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))

from counting import at, crossfitted
from fit import benign_rows
from intervals import wilson
from rows import Row

from doorward.inspect.judge import Judgment, judge
from doorward.inspect.weights import shipped
from doorward.model.finding import Verdict

Judged = list[tuple[Row, Judgment]]


def judged(rows: Sequence[Row]) -> Judged:
    """Every pair with its cross-fitted judgment, by the shipped thresholds."""
    ours = shipped()
    return [
        (row, judge(row.case, at(weights, ours.review_at, ours.block_at)))
        for row, weights in crossfitted(rows)
    ]


def shares(pairs: Judged) -> Counter[str]:
    return Counter(judgment.verdict.value for _, judgment in pairs)


def bootstrap(pairs: Judged, wanted: set[Verdict], rounds: int = 2000) -> tuple[float, float]:
    """Percentile interval of a share, resampling whole packages."""
    by_package: dict[str, list[bool]] = defaultdict(list)
    for row, judgment in pairs:
        by_package[row.package].append(judgment.verdict in wanted)
    chance = random.Random(0)  # noqa: S311 -- a bootstrap, not a secret
    packages = sorted(by_package)
    found = []
    for _ in range(rounds):
        drawn = [value for name in chance.choices(packages, k=len(packages)) for value in by_package[name]]
        found.append(sum(drawn) / len(drawn))
    found.sort()
    return found[int(0.025 * rounds)], found[int(0.975 * rounds)]


def table(pairs: Judged, failed: Counter[str]) -> Iterable[str]:
    yield "| ecosystem | pairs | packages | block | upper 95 % | review | undecided | failed |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    groups: dict[str, Judged] = defaultdict(list)
    for row, judgment in pairs:
        groups[":".join([row.ecosystem, *row.line.split(":")[2:]])].append((row, judgment))
    for name, group in [*sorted(groups.items()), ("**all**", pairs)]:
        counts, size = shares(group), len(group)
        upper = wilson(counts["block"], size)[1]
        packages = len({row.package for row, _ in group})
        lost = failed[name] if name != "**all**" else failed.total()
        shown = [
            f"{counts['block']} ({counts['block'] / size:.2%}) | {upper:.2%}",
            f"{counts['review']} ({counts['review'] / size:.1%})",
            f"{counts['undecided']} ({counts['undecided'] / size:.1%})",
        ]
        yield f"| {name} | {size} | {packages} | {' | '.join(shown)} | {lost} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="+", type=Path)
    parser.add_argument("--alarms", action="store_true", help="list every block and review")
    parser.add_argument("--out", type=Path, help="also write the table here, as Markdown")
    chosen = parser.parse_args()
    rows = benign_rows(chosen.rows)
    pairs = judged(rows)
    lines = list(table(pairs, Counter()))
    low, high = bootstrap(pairs, {Verdict.BLOCK})
    lines += ["", f"Blocks, bootstrap by package: {low:.2%} to {high:.2%}."]
    low, high = bootstrap(pairs, {Verdict.BLOCK, Verdict.REVIEW})
    lines += [f"Any alarm, bootstrap by package: {low:.1%} to {high:.1%}."]
    print("\n".join(lines))
    if chosen.out:
        chosen.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if chosen.alarms:
        for row, judgment in sorted(pairs, key=lambda p: -p[1].digits):
            if judgment.verdict in {Verdict.BLOCK, Verdict.REVIEW}:
                print(f"\n{judgment.verdict.value} {judgment.digits:.2f} {row.line} {row.old} -> {row.new}")
                for f in judgment.findings[:6]:
                    print(f"   {f.weight:5.1f} {f.scope:8} {f.rule} | {f.title[:70]} | {f.path} | {f.rarity}")
                    print("        " + json.dumps(f.evidence.excerpt[:160]))


if __name__ == "__main__":
    main()
