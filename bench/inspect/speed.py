"""Seconds for the same pairs, side by side in one run: ours cold and warm, guarddog, yara-x, diffoscope.

    python bench/inspect/speed.py --write-docs

Every tool is started as its user starts it, one after the other on an otherwise idle machine; the
table gives medians over pairs and, for each rival, the median of the ratios to ours on the same
pair. Numbers of different machines do not compare; ratios do, roughly.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from competitors import RIVALS, ours, peak, rival_command
from families_bases import PAIRS, NoBase, fetch_pair
from speed_plots import bar_plot

from doorward.drill.bases import Base

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = (
    (Base.WHEEL, "requests"),
    (Base.WHEEL, "rich"),
    (Base.WHEEL, "networkx"),
    (Base.WHEEL_NATIVE, "lxml"),
    (Base.WHEEL_NATIVE, "zstandard"),
    (Base.WHEEL_WIN, "debugpy"),
    (Base.NPM, "axios"),
    (Base.NPM, "dayjs"),
    (Base.DEB, "openssl"),
)
"""Small to large, pure to native, of every ecosystem."""


def measure(rivals: bool, most: int) -> list[dict[str, Any]]:  # noqa: FBT001 -- one switch of one script
    """One row for each pair."""
    rows = []
    for wanted, name in CHOSEN[:most]:
        pair = next(p for p in PAIRS if p.base == wanted and p.name == name)
        try:
            old, new = fetch_pair(pair)
        except NoBase as error:
            print(f"{pair.label}: {error}")
            continue
        row: dict[str, Any] = {"pair": pair.label, "bytes": new.stat().st_size, "seconds": {}, "notes": []}
        with tempfile.TemporaryDirectory(prefix="doorward-speed-") as scratch:
            folder = Path(scratch)
            cold, warm = (peak(ours(old, new, folder / "cache"), folder) for _ in range(2))
            row["seconds"] |= {"doorward, cold": cold.seconds, "doorward, warm": warm.seconds}
            row["peak"] = cold.peak_bytes
            for rival in RIVALS if rivals else ():
                command = rival_command(rival, old, new)
                if isinstance(command, str):
                    row["notes"].append(command)
                    continue
                run = peak(command, folder)
                if run.code in {0, 1}:
                    row["seconds"][rival] = run.seconds
                else:
                    row["notes"].append(f"{rival}: exit {run.code} {run.failed}")
        print(json.dumps(row), flush=True)
        rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown: a line for each pair, then medians and ratios."""
    names = ["doorward, cold", "doorward, warm", *RIVALS]
    lines = [
        f"| pair | file | {' | '.join(names)} |",
        f"| --- | ---: | {' | '.join('---:' for _ in names)} |",
    ]
    for row in rows:
        cells = [f"{row['seconds'][n]:.2f} s" if n in row["seconds"] else "-" for n in names]
        lines.append(f"| {row['pair']} | {row['bytes'] / 1e6:.1f} MB | {' | '.join(cells)} |")
    medians = [_median([row["seconds"][n] for row in rows if n in row["seconds"]]) for n in names]
    lines.append(f"| **median** | | {' | '.join(f'{m:.2f} s' if m else '-' for m in medians)} |")
    ratios = [
        _median([r["seconds"][n] / r["seconds"]["doorward, cold"] for r in rows if n in r["seconds"]])
        for n in names
    ]
    lines.append(
        f"| **median ratio to ours, cold** | | {' | '.join(f'{r:.2f}' if r else '-' for r in ratios)} |"
    )
    notes = sorted({note for row in rows for note in row["notes"]})
    return lines + [""] * bool(notes) + [f"- {note}" for note in notes]


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else 0.0


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--pairs", type=int, default=len(CHOSEN), help="only the first so many")
    parser.add_argument("--write-docs", action="store_true")
    chosen = parser.parse_args()
    rows = measure(not chosen.no_rivals, chosen.pairs)
    lines = table(rows)
    print("\n".join(lines))
    if chosen.write_docs:
        docs = ROOT / "docs" / "benchmarks"
        docs.mkdir(parents=True, exist_ok=True)
        (docs / "speed-table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        names = ["doorward, cold", "doorward, warm", *RIVALS]
        medians = {n: _median([r["seconds"][n] for r in rows if n in r["seconds"]]) for n in names}
        plot = bar_plot({name: value for name, value in medians.items() if value}, unit="s")
        (docs / "speed.svg").write_text(plot, encoding="utf-8")


if __name__ == "__main__":
    main()
