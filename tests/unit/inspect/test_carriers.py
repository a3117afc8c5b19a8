"""A script that newly names a file which newly holds opaque data answers for both."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from doorward.formats.settings import InspectSettings
from doorward.inspect.carriers import carriers, reading_drifts
from doorward.inspect.compare import gather
from doorward.model.artifact import Artifact
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Trait
from doorward.wiring import Silence, artifact_at, workbench

QUIET = b"import os\n\ndef size(path):\n    return os.path.getsize(path)\n"
READER = QUIET + b"\ndef load():\n    return open('pkg/testcase-big.bin', 'rb').read()\n"


def opaque(path: str, kind: str = "payload.opaque-file") -> Drift:
    return Drift(path, "", Scope.PACKAGE, Trait(kind, "1k-16k"))


def test_only_opaque_files_with_a_name_worth_looking_for_are_carriers() -> None:
    drifts = [opaque("pkg/testcase-big.bin"), opaque("a/b.bin"), opaque("pkg/x_table.bin", "reach.host")]
    assert carriers(drifts) == {"testcase-big.bin": "pkg/testcase-big.bin"}


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [({0}, set(), ["pkg/a.py"]), ({0, 1}, {1}, ["pkg/a.py"]), ({1}, {1}, []), (set(), set(), [])],
)
def test_only_a_script_that_did_not_name_it_before_is_told(
    now: set[int], before: set[int], told: list[str]
) -> None:
    named = {"testcase-big.bin": "pkg/testcase-big.bin"}
    found = reading_drifts(
        ["pkg/a.py", "pkg/b.py"], named, {"testcase-big.bin": now}, {"testcase-big.bin": before}
    )
    assert [drift.path for drift in found] == told


def release(folder: Path, version: str, files: dict[str, bytes]) -> Artifact:
    path = folder / f"pkg-{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return artifact_at(path, "pkg", version)


@pytest.mark.parametrize(("script", "told"), [(READER, ["pkg/core.py"]), (QUIET + b"X = 1\n", [])])
def test_the_two_parts_are_found_in_a_release(tmp_path: Path, script: bytes, told: list[str]) -> None:
    blob = random.Random(3).randbytes(6000)  # noqa: S311 -- an inert stand-in
    old = {"pkg/core.py": QUIET}
    new = {"pkg/core.py": script, "pkg/testcase-big.bin": blob}
    with workbench(InspectSettings(cache_folder=tmp_path / "cache", jobs=1), [tmp_path], Silence()) as bench:
        found = gather([release(tmp_path, "1.0", old)], release(tmp_path, "1.1", new), bench)
    assert [d.path for d in found.drifts if d.trait.kind == "payload.read-by-script"] == told
