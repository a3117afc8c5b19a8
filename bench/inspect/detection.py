"""How many inert implants are found, by family, beside the same releases without them.

    python bench/inspect/detection.py --half report --seeds 8 --write-docs

Each implant goes into the newer of two genuine neighbouring releases; the pair is inspected as a
user would, and so is the honest pair (the control). A find counts only at *review* or *block*; the
table also tells how often the worst finding points at a planted file, and how often the honest
release alone is flagged, because an alarm that was there before proves nothing. Families that
change logic only are reported apart. Every comparison is kept as a row (`bench/out/`), so that
`--judge-only` weighs them again without inspecting.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))

from families_bases import BasePair, cache_folder
from families_plan import Planned, plan, put_in
from intervals import wilson
from rows import Row, read_rows, row_to

from doorward.drill import Case, by_name
from doorward.errors import DoorwardError
from doorward.formats.settings import InspectSettings
from doorward.inspect.compare import Comparison, gather
from doorward.inspect.judge import judge
from doorward.inspect.weights import Weights, shipped
from doorward.inspect.workbench import Workbench
from doorward.model.finding import Verdict
from doorward.wiring import Silence, artifact_at, workbench

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "bench" / "out"
DOCS = ROOT / "docs" / "benchmarks"
FOUND = (Verdict.REVIEW, Verdict.BLOCK)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said of one implant and of its control."""

    family: str
    seed: int
    base: str
    verdict: Verdict
    control: Verdict
    pointed: bool
    """The worst finding names a planted file (or the container, for structure)."""
    worst: str
    seconds: float


def compared(case: Case, pair: BasePair, new: Path, bench: Workbench) -> tuple[Comparison | None, str]:
    """One pair, or why it could not be compared."""
    try:
        name = pair.name.rsplit(":", 1)[-1]
        old = artifact_at(case.old, name, pair.old, pair.ecosystem)
        return gather([old], artifact_at(new, name, pair.new, pair.ecosystem), bench), ""
    except DoorwardError as error:
        return None, str(error)


def inspect(planned: Planned, bench: Workbench, scratch: Path, controls: dict[str, str]) -> Iterator[str]:
    """Rows of one implant and its control, as JSON lines."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        made = put_in(planned, Path(folder))
        head = {"family": planned.family.name, "seed": planned.seed}
        if isinstance(made, str):
            yield json.dumps(head | {"skipped": made})
            return
        pair, case = made
        key = str(case.clean) if str(folder) not in str(case.clean) else ""
        for role, path in (("control", case.clean), ("implant", case.new)):
            began = time.monotonic()
            if role == "control" and key in controls:
                row = controls[key]
            else:
                comparison, why = compared(case, pair, path, bench)
                line = {
                    "ecosystem": pair.ecosystem,
                    "line": f"{pair.ecosystem}:{pair.name}",
                    "version": pair.new,
                }
                row = row_to(line, pair.old, comparison, time.monotonic() - began, why)
                if role == "control" and key:
                    controls[key] = row
            extra = {"role": role, "base": pair.label, "touched": case.touched, "row": json.loads(row)}
            yield json.dumps(head | extra)
        bench.clear()


def run(chosen: argparse.Namespace, rows: Path) -> None:
    """Make and inspect everything that is not in the rows yet."""
    done = {(v["family"], v["seed"]) for v in _lines(rows) if v.get("role") == "implant" or "skipped" in v}
    cache = cache_folder()
    controls: dict[str, str] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as scratch:
        readable = [cache, Path(scratch)]
        settings = InspectSettings(cache_folder=cache / "traits", jobs=chosen.jobs)
        with workbench(settings, readable, Silence()) as bench, rows.open("a", encoding="ascii") as out:
            for planned in plan(chosen.half, chosen.seeds, tuple(chosen.family)):
                if (planned.family.name, planned.seed) in done:
                    continue
                for line in inspect(planned, bench, Path(scratch), controls):
                    out.write(line + "\n")
                out.flush()
                print(
                    f"{time.monotonic() - began:7.0f} s  {planned.family.name} {planned.seed}",
                    file=sys.stderr,
                )


def _lines(rows: Path) -> list[dict[str, Any]]:
    if not rows.exists():
        return []
    with rows.open(encoding="ascii") as lines:
        return [json.loads(line) for line in lines]


def _row(value: dict[str, Any]) -> Row:
    """A kept row, through the corpus's own reader."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="ascii") as file:
        file.write(json.dumps(value) + "\n")
        file.flush()
        return next(iter(read_rows(Path(file.name))))


def outcomes(rows: Path, weights: Weights) -> list[Outcome]:
    """Every kept pair, judged."""
    controls: dict[tuple[str, int], Verdict] = {}
    found = []
    for value in _lines(rows):
        if "skipped" in value:
            continue
        key = (value["family"], value["seed"])
        row = _row(value["row"])
        if row.failed:
            verdict, worst, pointed = Verdict.UNDECIDED, row.failed[:80], False
        else:
            judgment = judge(row.case, weights)
            verdict = judgment.verdict
            top = judgment.findings[0] if judgment.findings else None
            worst = f"{top.rule} {top.title}"[:90] if top else ""
            touched = set(value["touched"])
            pointed = top is not None and (not touched or any(_same(top.path, path) for path in touched))
        if value["role"] == "control":
            controls[key] = verdict
        else:
            control = controls.get(key, Verdict.CLEAR)
            found.append(Outcome(*key, value["base"], verdict, control, pointed, worst, row.seconds))
    return found


def _same(finding: str, planted: str) -> bool:
    """Whether a finding's logical path is a planted path of the archive's own naming."""
    if planted.startswith(("actions", "binary/", "scriptlets/")):
        return True  # stands in the package's header or tables, which have no path of their own
    leaf = planted.removeprefix("data/").removeprefix("control/").removeprefix("files/").lstrip("./")
    return leaf in finding or finding == ""


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {hits / of:.0%} ({low:.0%} to {high:.0%})" if of else "none"


def table(found: Sequence[Outcome]) -> Iterator[str]:
    """Markdown: one line a family, sums, and the control group apart."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        groups[outcome.family].append(outcome)
    yield "| family | shaped after | implants | review or block | block | points at it | honest one flagged |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for visible in (True, False):
        chosen = {name: group for name, group in groups.items() if by_name(name).visible == visible}
        for name, group in chosen.items():
            yield _family_line(name, group)
        every = [outcome for group in chosen.values() for outcome in group]
        if every:
            label = "**all that inspection can see**" if visible else "**changes of logic (control)**"
            any_, block = (sum(o.verdict in kinds for o in every) for kinds in (FOUND, (Verdict.BLOCK,)))
            yield (
                f"| {label} | | {len(every)} | {_share(any_, len(every))} | {_share(block, len(every))} "
                f"| {_share(sum(o.pointed for o in every), len(every))} "
                f"| {_share(sum(o.control in FOUND for o in every), len(every))} |"
            )


def _family_line(name: str, group: Sequence[Outcome]) -> str:
    count = len(group)
    any_ = sum(o.verdict in FOUND for o in group)
    block = sum(o.verdict is Verdict.BLOCK for o in group)
    pointed = sum(o.pointed for o in group)
    flagged = sum(o.control in FOUND for o in group)
    incident = by_name(name).incident
    shares = f"{any_ / count:.0%} | {block / count:.0%}"
    return f"| {name} | {incident} | {count} | {shares} | {pointed} | {flagged} |"


def summary(found: Sequence[Outcome], skipped: Iterable[str], half: str) -> list[str]:
    """The page's lines."""
    bases = {outcome.base for outcome in found}
    families = len({outcome.family for outcome in found})
    lines = [
        f"{len(found)} inert implants of {families} families ({half} half), {len(bases)} pairs of releases.",
        "Brackets: 95 % Wilson intervals.",
        "",
        *table(found),
    ]
    lines += [f"\nNot made: {reason}" for reason in sorted(set(skipped))]
    return lines


def main() -> None:
    """Make, inspect, judge, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("tune", "report", "all"), default="report")
    parser.add_argument("--seeds", type=int, default=8, help="implants of each family")
    parser.add_argument("--family", action="append", default=[], help="only these families")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--rows", type=Path, help="where the comparisons are kept")
    parser.add_argument("--judge-only", action="store_true", help="weigh the kept comparisons again")
    parser.add_argument("--missed", action="store_true", help="list what was not found (tune half)")
    parser.add_argument("--write-docs", action="store_true")
    chosen = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    rows = chosen.rows or OUT / f"detection-{chosen.half}.jsonl"
    if not chosen.judge_only:
        run(chosen, rows)
    found = outcomes(rows, shipped())
    skipped = [f"{v['family']}: {v['skipped']}" for v in _lines(rows) if "skipped" in v]
    lines = summary(found, skipped, chosen.half)
    print("\n".join(lines))
    if chosen.missed:
        for outcome in found:
            if outcome.verdict is not Verdict.BLOCK:
                print(outcome.verdict.value, outcome.family, outcome.seed, outcome.base, outcome.worst)
    if chosen.write_docs:
        DOCS.mkdir(parents=True, exist_ok=True)
        text = "<!-- Written by bench/inspect/detection.py --write-docs -->\n\n" + "\n".join(lines) + "\n"
        (DOCS / "detection-table.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
