"""Ten popular packages, ten updates each, as their user would inspect them: every finding is for reading.

    python bench/inspect/ten_by_ten.py --cache ~/.cache/doorward-corpus [--only NAME] [--notes N]

The steps stand in `ten_by_ten.jsonl`, pinned by name, version and digest (`bench/corpus/pin.py` wrote
it); none of these packages shaped the weights, and none is reserved. PyPI and npm releases are named
to `doorward inspect` and come from their registries; Debian's pools keep only what a suite needs, so
its packages are fetched once by their address and digest. One release at a time, each fetched once.

Reports are kept below the cache, so that a second run judges only what changed in the program when
`--again` asks for it. Prints a table of steps, then every finding above a note with its evidence.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, zip_longest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))

from fetch import pinned, place, right

PINNED = Path(__file__).with_name("ten_by_ten.jsonl")
PLATFORMS = {"windows": ["--platform", "win_amd64"]}
"""Kind of wheel → what its user says; the other kinds are those that this machine would install."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One update of one package."""

    package: str
    old: dict[str, Any]
    new: dict[str, Any]

    @property
    def name(self) -> str:
        """As the table calls it."""
        return f"{self.old['version']} → {self.new['version']}"

    @property
    def kind(self) -> list[str]:
        """Options that choose the artifact."""
        return PLATFORMS.get(self.package.rpartition(":")[2], [])


def steps(rows: Sequence[dict[str, Any]]) -> Iterator[Step]:
    """Each release against its forerunner."""
    for old, new in pairwise(rows):
        if old["line"] == new["line"]:
            yield Step(new["line"], old, new)


def spelled(row: dict[str, Any], cache: Path) -> str:
    """How a release is named to the program."""
    if row["ecosystem"] == "deb":
        return str(fetched(row, cache))
    separator = "==" if row["ecosystem"] == "pypi" else "@"
    return f"{row['ecosystem']}:{row['name']}{separator}{row['version']}"


def fetched(row: dict[str, Any], cache: Path) -> Path:
    """A pinned file on this machine.

    Raises:
        SystemExit: the archive has other bytes under this address.
    """
    target = place(cache, row)
    if not target.exists():
        with urllib.request.urlopen(row["url"], timeout=120) as answer:  # noqa: S310 -- pinned, checked below
            body: bytes = answer.read()
        if not right(body, row["digest"]):
            raise SystemExit(f"{row['url']}: digest is not the pinned {row['digest']}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return target


def inspected(step: Step, cache: Path, *, again: bool) -> Document:
    """The report on one step, from the cache or new."""
    kept = cache / "ten-by-ten" / f"{step.package} {step.name}.json".replace("/", "_")
    if kept.exists() and not again:
        document: Document = json.loads(kept.read_text(encoding="utf-8"))
        return document
    kept.parent.mkdir(parents=True, exist_ok=True)
    names = [spelled(step.old, cache), spelled(step.new, cache)]
    command = [sys.executable, "-I", "-m", "doorward.cli.main", "inspect", *names, *step.kind]
    started = time.perf_counter()
    done = subprocess.run([*command, "--format", "json", "--no-progress"], capture_output=True, check=False)
    seconds = round(time.perf_counter() - started, 1)
    if not done.stdout.startswith(b"{"):
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return {"verdict": "failed", "score": 0, "findings": [], "told": told, "seconds": seconds}
    document = {**json.loads(done.stdout), "seconds": seconds}
    kept.write_text(json.dumps(document), encoding="utf-8")
    return document


def table(reports: Iterable[tuple[Step, Document]]) -> Iterator[str]:
    """One line for each step."""
    yield "| package | step | verdict | score | findings above a note | notes | seconds |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    for step, report in reports:
        notes = sum(finding["severity"] == "note" for finding in report["findings"])
        above = len(report["findings"]) - notes
        yield (
            f"| {step.package} | {step.name} | {report['verdict']} | {report['score']:.0f} | "
            f"{above} | {notes} | {report['seconds']} |"
        )


def told(step: Step, finding: Document) -> Iterator[str]:
    """One finding as it is to be read."""
    evidence = finding["evidence"]
    yield f"\n{finding['severity']} {finding['rule']} (+{finding['weight']}) {step.package} {step.name}"
    yield f"  {finding['title']}: {finding['path']}:{evidence['line'] or ''} {evidence['where']}"
    yield from (f"    │ {line[:200]}" for line in evidence["excerpt"].splitlines()[:40])
    yield f"  {finding['explanation']} Or: {finding['innocent']} Settle: {finding['settle']}"
    yield f"  {finding['rarity']}; {finding['scope']}"


def drawn(every: Sequence[tuple[Step, Document]], most: int) -> Iterator[tuple[Step, Document]]:
    """A sample of notes, one of each package in turn, so that a package with hundreds hides no other."""
    piles: dict[str, list[tuple[Step, Document]]] = {}
    for step, finding in every:
        if finding["severity"] == "note":
            piles.setdefault(step.package, []).append((step, finding))
    for pile in piles.values():
        random.Random(0).shuffle(pile)  # noqa: S311 -- a sample
    turns = zip_longest(*piles.values())
    yield from islice((one for turn in turns for one in turn if one is not None), most)


def main() -> int:
    """Inspect them all; exit 1 if any could not be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--only", default="", help="packages whose name holds this")
    parser.add_argument("--notes", type=int, default=0, help="print a sample of so many notes as well")
    parser.add_argument("--again", action="store_true", help="inspect what a run before has inspected")
    chosen = parser.parse_args()
    reports = []
    for step in steps(pinned(PINNED)):
        if chosen.only in step.package:
            report = inspected(step, chosen.cache, again=chosen.again)
            print(
                step.package,
                step.name,
                report["verdict"],
                report.get("told", ""),
                file=sys.stderr,
                flush=True,
            )
            reports.append((step, report))
    print("\n".join(table(reports)))
    every = [(step, finding) for step, report in reports for finding in report["findings"]]
    for step, finding in every:
        if finding["severity"] != "note":
            print("\n".join(told(step, finding)))
    for step, finding in drawn(every, chosen.notes):
        print("\n".join(told(step, finding)))
    return int(any(report["verdict"] == "failed" for _, report in reports))


if __name__ == "__main__":
    sys.exit(main())
