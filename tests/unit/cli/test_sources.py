"""Where settings are found, and that the accused brings none."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.cli.sources import cache_folder, find_project_file, load_settings
from doorward.errors import Misuse


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout with a folder in it, and the process in that folder."""
    (tmp_path / "top" / ".git").mkdir(parents=True)
    (tmp_path / "top" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "top" / "sub")
    for name in ("DOORWARD_JOBS", "DOORWARD_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "top"


def test_the_file_of_the_checkout_applies_below_it(project: Path) -> None:
    (project / "doorward.toml").write_text("[inspect]\njobs = 2\n")
    settings = load_settings({}, "")
    assert settings["jobs"] == 2
    assert settings.values["jobs"].origin == f"{project / 'doorward.toml'}, line 2"


def test_nothing_above_the_checkout_is_read(project: Path) -> None:
    (project.parent / "doorward.toml").write_text("[inspect]\njobs = 2\n")
    assert find_project_file(project / "sub") is None


def test_outside_a_checkout_only_the_folder_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "doorward.toml").write_text("[inspect]\njobs = 2\n")
    assert find_project_file(tmp_path / "a" / "b") is None
    assert find_project_file(tmp_path / "a") == tmp_path / "a" / "doorward.toml"


def test_a_pyproject_counts_only_with_our_table(project: Path) -> None:
    (project / "sub" / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert find_project_file(project / "sub") is None
    (project / "pyproject.toml").write_text("[tool.doorward.inspect]\njobs = 4\n")
    assert load_settings({}, "")["jobs"] == 4


def test_two_files_side_by_side_are_refused(project: Path) -> None:
    (project / "doorward.toml").write_text("[inspect]\njobs = 2\n")
    (project / "pyproject.toml").write_text("[tool.doorward.inspect]\njobs = 4\n")
    with pytest.raises(Misuse) as caught:
        load_settings({}, "")
    assert caught.value.found == "both"


def test_the_accused_brings_no_settings(project: Path) -> None:
    """Attack: the release under judgment carries a doorward.toml, and its reader stands in it."""
    (project / "doorward.toml").write_text("[inspect]\njobs = 2\n")
    judged = project / "sub"
    (judged / "doorward.toml").write_text("[inspect]\njobs = 9\n")
    assert load_settings({}, "", judged=[judged])["jobs"] == 2
    assert load_settings({}, "", judged=[project])["jobs"] == 0


def test_a_named_file_is_read_and_named(project: Path) -> None:
    (project / "sub" / "other.toml").write_text("[inspect]\njobs = 7\n")
    assert load_settings({}, "other.toml").values["jobs"].origin == "other.toml, line 2"


@pytest.mark.parametrize(
    ("content", "found"), [(None, "No such file or directory"), (b"\xff", "'utf-8' codec can't decode")]
)
def test_a_named_file_that_cannot_be_read_is_refused(
    project: Path, content: bytes | None, found: str
) -> None:
    if content is not None:
        (project / "sub" / "other.toml").write_bytes(content)
    with pytest.raises(Misuse) as caught:
        load_settings({}, "other.toml")
    assert "other.toml" in caught.value.check
    assert caught.value.found.startswith(found)


@pytest.mark.usefixtures("project")
def test_a_mistyped_variable_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOORWARD_JOSB", "2")
    load_settings({}, "")
    assert capsys.readouterr().err == (
        "doorward: note: DOORWARD_JOSB in the environment is not a setting of doorward\n"
    )


def test_the_cache_follows_xdg_and_ignores_a_relative_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder({"XDG_CACHE_HOME": "/var/c"}) == Path("/var/c/doorward")
    assert cache_folder({"XDG_CACHE_HOME": "c"}) == tmp_path / ".cache" / "doorward"
    assert cache_folder({}) == tmp_path / ".cache" / "doorward"
