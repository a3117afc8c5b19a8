"""Updates of several packages for the tests of every output: what a change of lock files brings in."""

from __future__ import annotations

from dataclasses import replace

from doorward.model.artifact import NotExamined
from doorward.model.finding import Severity, Verdict
from doorward.model.trait import Evidence
from doorward.model.update import Update, Updates
from tests.samples import reports

__all__ = ["all_clear", "forty", "hostile_updates", "mixed", "nothing"]


def mixed() -> Updates:
    """One of each: a back door, a foreign source, a thing to look at, a gap, a new package, a removed one."""
    foreign = reports.finding(
        rule="lock.foreign-source",
        severity=Severity.BLOCK,
        title="The lock takes example-forms from a source other than the configured registry",
        path="uv.lock",
        evidence=Evidence(
            line=412, excerpt='source = { url = "https://files.example/example_forms-2.0.whl" }'
        ),
        weight=100.0,
        rarity="",
        explanation="Whoever edits a lock edits its digests too: a foreign source serves anything.",
        innocent="A mirror or a fork that the project uses on purpose.",
        settle="Configure the source where it belongs, or lock again from the registry.",
        attack=("T1195.001",),
    )
    clean = reports.clear()
    return Updates(
        old="main:uv.lock",
        new="uv.lock",
        updates=(
            Update("example-clock", "pypi", "1.0.1", "1.0.2", ("uv.lock",), (clean, clean)),
            Update("example-new", "pypi", "", "0.0.1", ("uv.lock",), (replace(clean, old=()),)),
            Update(
                "example-agent", "pypi", "4.2.0", "4.2.1", ("uv.lock",), (reports.back_door(),), unexamined=14
            ),
            Update("example-gone", "npm", "3.1.0", "", ("web/package-lock.json",)),
            Update(
                "example-gap", "npm", "1.0.0", "1.1.0", ("web/package-lock.json",), (reports.undecided(),)
            ),
            Update("example-lost", "pypi", "5.0", "5.1", ("uv.lock",), (), "the registry did not answer"),
            Update("example-forms", "pypi", "1.9", "2.0", ("uv.lock",), (clean,), findings=(foreign,)),
            Update("example-table", "pypi", "7.1", "7.2", ("uv.lock",), (reports.review(),)),
        ),
        notes=("Other platforms' wheels are compared only with --all-artifacts.",),
        timings=(("fetch", 3.2), ("inspect", 4.4)),
    )


def all_clear() -> Updates:
    """Nothing to look at."""
    updates = tuple(
        Update(f"example-{n}", "pypi", "1", "2", ("uv.lock",), (reports.clear(),)) for n in range(3)
    )
    return Updates("a.lock", "b.lock", updates)


def nothing() -> Updates:
    """No package changed."""
    return Updates("a.lock", "b.lock", ())


def forty(count: int = 40) -> Updates:
    """The morning's dependency updates: most are fine."""
    updates = [
        Update(f"example-{n:02d}", "pypi", "1.0", "1.1", ("uv.lock",), (reports.clear(),))
        for n in range(count)
    ]
    updates[7] = replace(updates[7], reports=(reports.many_findings(60),))
    updates[21] = replace(updates[21], reports=(reports.review(),))
    gaps = tuple(NotExamined(f"example/{n}.bin", "encrypted") for n in range(30))
    gap = replace(reports.undecided(), coverage=replace(reports.undecided().coverage, not_examined=gaps))
    updates[30] = replace(updates[30], reports=(gap,))
    return Updates("main", "HEAD", tuple(updates))


def hostile_updates() -> Updates:
    """Package names, versions, sources and reasons that carry something for the reader's screen."""
    updates = []
    for index, text in enumerate(reports.HOSTILE_TEXTS):
        told = (reports.hostile(),) if index == 0 else ()
        lock = replace(reports.finding(title=text, path=text), explanation=text)
        updates.append(Update(text, text, text, text, (text,), told, text, (lock,) if index % 2 else (), 1))
    updates.append(
        Update("example-plain", "pypi", "1", "2", (), (replace(reports.hostile(), verdict=Verdict.REVIEW),))
    )
    return Updates(reports.HOSTILE_TEXTS[0], reports.HOSTILE_TEXTS[5], tuple(updates), reports.HOSTILE_TEXTS)
