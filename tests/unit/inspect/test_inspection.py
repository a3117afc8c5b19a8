"""What the caller knows of a release joins in: accepted forerunners and suppressions, never its own word."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from doorward.formats.accepted import Accepted, KnownGood
from doorward.formats.settings import InspectSettings
from doorward.inspect.inspection import Basis, inspect_release
from doorward.inspect.weights import shipped
from doorward.inspect.workbench import Workbench
from doorward.model.artifact import Artifact
from doorward.model.finding import Report, Verdict
from doorward.model.suppression import Suppression
from doorward.wiring import Silence, artifact_at, workbench

QUIET = {"pkg/__init__.py": "VALUE = 1\n", "pkg/core.py": "def add(a, b):\n    return a + b\n"}
HOOK = {"pkg-hook.pth": "import pkg.core; pkg.core.add(1, 2)\n"}
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("bench")
    with workbench(InspectSettings(cache_folder=folder, jobs=1), [folder.parent], Silence()) as desk:
        yield desk


def release(folder: Path, version: str, files: Mapping[str, str]) -> Artifact:
    path = folder / f"pkg-{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return artifact_at(path, "pkg", version, "pypi")


def basis(**more: object) -> Basis:
    return replace(Basis(weights=shipped(), today=TODAY), **more)  # type: ignore[arg-type] # fields of Basis


def accepted(*artifacts: Artifact) -> KnownGood:
    return KnownGood(
        tuple(
            Accepted(
                "pypi",
                "pkg",
                a.version,
                a.file_name,
                a.digest,
                "sha256:" + "0" * 64,
                TODAY,
                "ann",
                "looked at",
            )
            for a in artifacts
        )
    )


def judged(folder: Path, bench: Workbench, given: Basis, *contents: Mapping[str, str]) -> Report:
    artifacts = [release(folder, f"1.{n}", files) for n, files in enumerate(contents)]
    return inspect_release(artifacts[:-1], artifacts[-1], bench, given)


def test_nothing_new_is_clear_and_the_forerunner_is_said_to_be_assumed(
    tmp_path: Path, bench: Workbench
) -> None:
    report = judged(tmp_path, bench, basis(), QUIET, QUIET)
    assert report.verdict is Verdict.CLEAR
    assert report.summary == "Nothing changed: every member is the same as in the forerunner."
    assert report.assumptions[0].startswith("The forerunner is assumed good")


def test_an_accepted_forerunner_is_not_assumed(tmp_path: Path, bench: Workbench) -> None:
    old = release(tmp_path, "1.0", QUIET)
    report = inspect_release([old], release(tmp_path, "1.1", QUIET), bench, basis(known_good=accepted(old)))
    assert report.assumptions == ()


def test_a_line_that_runs_at_every_start_blocks(tmp_path: Path, bench: Workbench) -> None:
    report = judged(tmp_path, bench, basis(), QUIET, QUIET | HOOK)
    assert report.verdict is Verdict.BLOCK
    assert "hook.pth-import" in {f.rule for f in report.findings}


def test_what_somebody_answers_for_is_silenced_and_listed(tmp_path: Path, bench: Workbench) -> None:
    silenced = Suppression("hook.pth-import", "*.pth", "our own hook", "ann", date(2026, 12, 31))
    report = judged(tmp_path, bench, basis(suppressions=(silenced,)), QUIET, QUIET | HOOK)
    told = [f for f in report.findings if f.suppressed_by]
    assert [f.rule for f in told] == ["hook.pth-import"]
    assert report.findings[-1].suppressed_by == "ann: our own hook (until 2026-12-31)"
    assert report.verdict is not Verdict.BLOCK


def test_a_suppression_that_is_over_silences_nothing_and_is_listed(tmp_path: Path, bench: Workbench) -> None:
    over = Suppression("hook.pth-import", "*.pth", "our own hook", "ann", date(2026, 11, 23))
    report = judged(tmp_path, bench, basis(suppressions=(over,)), QUIET, QUIET | HOOK)
    assert report.verdict is Verdict.BLOCK
    assert any("expired on 2026-11-23" in note for note in report.notes)


def test_a_door_that_came_in_by_steps_is_held_against_the_oldest_accepted_release(
    tmp_path: Path, bench: Workbench
) -> None:
    oldest = release(tmp_path, "1.0", QUIET)
    step = release(tmp_path, "1.1", QUIET | HOOK)
    new = release(tmp_path, "1.2", QUIET | HOOK | {"pkg/more.py": "MORE = 2\n"})
    alone = inspect_release([oldest, step], new, bench, basis())
    assert alone.verdict is Verdict.CLEAR
    whole = inspect_release([oldest, step], new, bench, basis(known_good=accepted(oldest)))
    assert whole.verdict is Verdict.BLOCK
    (found,) = [f for f in whole.findings if f.rule == "hook.pth-import"]
    assert "New since 1.0, the oldest accepted release" in found.explanation
    assert whole.notes[-1] == "Also compared with pkg 1.0, the oldest accepted release: block."


def test_a_package_without_forerunner_is_never_clear(tmp_path: Path, bench: Workbench) -> None:
    report = judged(tmp_path, bench, basis(), QUIET)
    assert report.verdict is Verdict.UNDECIDED
    assert report.old == ()
