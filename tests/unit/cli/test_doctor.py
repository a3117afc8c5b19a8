"""The doctor looks at the machine, names what is missing, and speaks even when little is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from doorward.cli import doctor
from doorward.formats.settings import InspectSettings


def run(tmp_path: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Start the doctor, after some code of a test's own."""
    source = (
        f"import sys\n{before}\nfrom doorward.cli.main import main\nsys.exit(main({['doctor', *words]!r}))"
    )
    return subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


REFUSE = """
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {'urllib3', 'capstone'}:
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, Refuse())
import importlib.util
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {'urllib3', 'capstone'} else whole(name, *rest)
"""


def test_a_whole_installation_is_healthy(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", "--offline")
    told = json.loads(done.stdout)
    assert (done.returncode, told["healthy"], told["schema_version"]) == (0, True, 1)
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert (
        states["python"]
        == states["library capstone"]
        == states["cache folder"]
        == states["sandbox limits"]
        == "ok"
    )
    assert states["registries"] == "skipped"
    assert not (tmp_path / "cache" / "doorward").exists() or not list(
        (tmp_path / "cache" / "doorward").iterdir()
    )


def test_a_base_installation_is_told_what_to_install(tmp_path: Path) -> None:
    done = run(tmp_path, "--offline", before=REFUSE)
    assert done.returncode == 1
    assert "✗ library capstone" in done.stdout
    assert "  fix:   pip install 'doorward[inspect]'" in done.stdout
    assert "needs the libraries above" in done.stdout
    assert done.stderr == ""


def test_a_folder_that_cannot_be_written_is_a_failure_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check = doctor.folder(tmp_path / "file" / "cache")
    assert (check.state, check.found) == ("failed", f"{tmp_path / 'file' / 'cache'}: Not a directory")
    assert check.fix == "make it writable, or name another with --cache-dir"


def test_a_disk_that_is_nearly_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    assert doctor.room(tmp_path / "not" / "yet").state == "missing"


def test_a_fence_that_the_system_lacks_is_said_with_its_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring = SimpleNamespace(fences=lambda: {"limits": True, "landlock": False, "seccomp": False})
    monkeypatch.setattr(doctor, "adapters", lambda: wiring)
    found = {check.name: check for check in doctor.sandbox()}
    assert found["sandbox limits"].state == "ok"
    assert found["sandbox landlock"].state == "missing"
    assert "Linux 5.13" in found["sandbox landlock"].fix


def test_a_worker_that_does_not_start_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no")

    monkeypatch.setattr(doctor, "adapters", lambda: SimpleNamespace(fences=broken))
    assert [(check.state, check.found) for check in doctor.sandbox()] == [
        ("failed", "no confined process starts: no")
    ]


def test_a_registry_that_does_not_answer_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [("https://a.example/simple/pip/", ""), ("https://b.example/-/ping", "no route")]
    monkeypatch.setattr(doctor, "adapters", lambda: SimpleNamespace(registry_answers=lambda _: answers))
    found = list(doctor.registries(InspectSettings(cache_folder=tmp_path)))
    assert [(check.name, check.state, check.found) for check in found] == [
        ("registry a.example", "ok", "https://a.example/simple/pip/ answers"),
        ("registry b.example", "missing", "no route"),
    ]


def test_every_check_that_is_not_well_has_a_fix() -> None:
    assert all(fix for fix in doctor.PROGRAMS.values())
    assert all(fix for _, fix in doctor.FENCES.values())
    assert set(doctor.MARKS) == {"ok", "failed", "missing", "skipped"}
