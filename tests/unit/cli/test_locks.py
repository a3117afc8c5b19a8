"""Which lock files differ: two named ones, and all below a folder since the merge base."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from doorward.cli.locks import between, since
from doorward.errors import Misuse, Undecided

HASH = "sha256:" + "ab" * 32
SETTINGS = ("-c", "user.name=Someone", "-c", "user.email=someone@vendor.example")


def uv_lock(version: str) -> str:
    return (
        'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "widget"\n'
        f'version = "{version}"\nsource = {{ registry = "https://pypi.org/simple" }}\n'
        f'wheels = [{{ url = "https://pypi.org/widget-{version}-py3-none-any.whl", hash = "{HASH}" }}]\n'
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a lock file at its top and one below, on a branch of its own."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "sub").mkdir()
    (tmp_path / "uv.lock").write_text(uv_lock("1.0"))
    (tmp_path / "sub" / "uv.lock").write_text(uv_lock("1.0"))
    (tmp_path / "doorward.toml").write_text("[inspect]\njobs = 3\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "switch", "-q", "-c", "change")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *SETTINGS, *words], cwd=folder, check=True, capture_output=True)


def test_two_files_are_read_whatever_the_first_is_called(tmp_path: Path) -> None:
    old, new = tmp_path / "before", tmp_path / "uv.lock"
    old.write_text(uv_lock("1.0"))
    new.write_text(uv_lock("1.1"))
    (change,) = between(str(old), str(new))
    assert change.old is not None
    assert change.new is not None
    assert [change.old.packages[0].version, change.new.packages[0].version] == ["1.0", "1.1"]
    assert change.path == str(new)


def test_two_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(uv_lock("1.0"))
    (tmp_path / "requirements.txt").write_text(f"widget==1.0 --hash={HASH.replace(':', ':', 1)}\n")
    with pytest.raises(Misuse) as caught:
        between(str(tmp_path / "requirements.txt"), str(tmp_path / "uv.lock"))
    assert caught.value.found == "requirements and uv"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="No such file or directory"):
        between(str(tmp_path / "gone.lock"), str(tmp_path / "uv.lock"))


def test_every_lock_file_that_differs_is_found_committed_or_not(checkout: Path) -> None:
    (checkout / "uv.lock").write_text(uv_lock("1.1"))
    git(checkout, "commit", "-q", "-a", "-m", "two")
    (checkout / "sub" / "uv.lock").write_text(uv_lock("1.2"))
    (checkout / "new").mkdir()
    (checkout / "new" / "uv.lock").write_text(uv_lock("1.3"))
    found = since("main", checkout, os.environ)
    assert [change.path for change in found.changes] == ["new/uv.lock", "sub/uv.lock", "uv.lock"]
    assert found.changes[0].old is None


def test_only_what_lies_below_the_folder_is_looked_at(checkout: Path) -> None:
    (checkout / "uv.lock").write_text(uv_lock("1.1"))
    (checkout / "sub" / "uv.lock").write_text(uv_lock("1.2"))
    assert [change.path for change in since("main", checkout / "sub", os.environ).changes] == ["sub/uv.lock"]


def test_a_lock_file_that_went_is_a_change(checkout: Path) -> None:
    (checkout / "uv.lock").unlink()
    (change,) = since("main", checkout, os.environ).changes
    assert (change.path, change.new) == ("uv.lock", None)


def test_the_branch_is_compared_with_where_it_left_not_with_what_came_after(checkout: Path) -> None:
    git(checkout, "switch", "-q", "main")
    (checkout / "uv.lock").write_text(uv_lock("2.0"))
    git(checkout, "commit", "-q", "-a", "-m", "meanwhile")
    git(checkout, "switch", "-q", "change")
    assert since("main", checkout, os.environ).changes == ()


def test_attack_the_change_brings_its_own_settings(checkout: Path) -> None:
    """1. The request edits doorward.toml. 2. The settings of the merge base apply."""
    (checkout / "doorward.toml").write_text("[inspect]\njobs = 9\nnonsense = 1\n")
    found = since("main", checkout / "sub", os.environ)
    value = found.project.values["jobs"]
    assert (value.value, value.origin) == (3, f"{found.base[:12]}:doorward.toml, line 2")


def test_attack_a_lock_file_that_is_a_link(checkout: Path) -> None:
    (checkout / "uv.lock").unlink()
    (checkout / "uv.lock").symlink_to("sub/uv.lock")
    with pytest.raises(Undecided, match="a symbolic link"):
        since("main", checkout, os.environ)


def test_lock_files_of_installed_packages_are_not_the_projects(checkout: Path) -> None:
    (checkout / "node_modules" / "x").mkdir(parents=True)
    (checkout / "node_modules" / "x" / "package-lock.json").write_text("{}")
    assert since("main", checkout, os.environ).changes == ()


def test_requirements_without_digests_are_noted_and_not_read(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "requirements.txt").write_text("widget>=1\n")
    assert since("main", checkout, os.environ).changes == ()
    assert "requirements.txt changed but pins no digests" in capsys.readouterr().err


def test_a_lock_file_that_cannot_be_read_stops_the_run(checkout: Path) -> None:
    (checkout / "uv.lock").write_text("version = = 1\n")
    with pytest.raises(Misuse, match=r"uv\.lock"):
        since("main", checkout, os.environ)
