"""What a release is judged by comes from the caller: sources, contracts, accepted releases, suppressions."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest

from doorward import wiring
from doorward.cli.basis import basis_of, source_of
from doorward.errors import Misuse
from doorward.formats.settings import ProjectFile, Settings, resolve
from doorward.inspect.workbench import Workbench
from doorward.model.artifact import Artifact
from tests.adversary.registries import MemoryRegistry

NEW = Artifact("widget", "1.1", "pypi", "x", "widget-1.1-py3-none-any.whl", "sha256:0", 1, "pypi:widget==1.1")
NO_BENCH = cast("Workbench", None)


def settings(**flags: str) -> Settings:
    return resolve({name.replace("_", "-"): value for name, value in flags.items()}, {}, ProjectFile())


def finder(registry: MemoryRegistry) -> wiring.Releases:
    return cast("wiring.Releases", SimpleNamespace(registries={"pypi": registry}, find=found))


def found(text: str) -> Artifact:
    return wiring.artifact_at(Path(text))


@pytest.fixture
def registry(tmp_path: Path) -> MemoryRegistry:
    made = MemoryRegistry("pypi", tmp_path / "shelf")
    made.add("widget", "1.1", "widget-1.1.tar.gz", b"sdist")
    return made


def test_no_source_is_no_source(registry: MemoryRegistry) -> None:
    with source_of("", NEW, finder(registry)) as source:
        assert source is None


def test_a_folder_is_a_source(registry: MemoryRegistry, tmp_path: Path) -> None:
    with source_of(str(tmp_path), NEW, finder(registry)) as source:
        assert source is not None
        assert source.path == str(tmp_path)


def test_the_sdist_of_the_same_release_is_fetched(registry: MemoryRegistry) -> None:
    with source_of("sdist", NEW, finder(registry)) as source:
        assert source is not None
        assert source.file_name == "widget-1.1.tar.gz"
    assert registry.asked == [("widget", "1.1", "sdist")]


def test_a_release_without_a_name_has_no_sdist(registry: MemoryRegistry) -> None:
    nameless = Artifact("x", "", "", "x", "x.zip", "sha256:0", 1, "x.zip")
    with pytest.raises(Misuse, match="--source FOLDER"), source_of("sdist", nameless, finder(registry)):
        pytest.fail("a source was found")


def test_a_revision_is_written_out_and_gone_afterwards(registry: MemoryRegistry, tmp_path: Path) -> None:
    who = ("-c", "user.name=Someone", "-c", "user.email=someone@vendor.example")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"], ["tag", "v1"]):
        (tmp_path / "repo" / "pkg").mkdir(parents=True, exist_ok=True)
        (tmp_path / "repo" / "pkg" / "a.py").write_text("A = 1\n")
        subprocess.run(["git", *who, *words], cwd=tmp_path / "repo", check=True, capture_output=True)
    (tmp_path / "repo" / "pkg" / "a.py").write_text("A = 2\n")
    with source_of(f"git:{tmp_path / 'repo'}@v1", NEW, finder(registry)) as source:
        assert source is not None
        place = Path(source.path)
        assert (place / "pkg" / "a.py").read_text() == "A = 1\n"
    assert not place.exists()


@pytest.mark.parametrize("text", ["git:.", "git:.@", "git:.@--help"])
def test_a_revision_that_is_none_is_refused(
    registry: MemoryRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misuse), source_of(text, NEW, finder(registry)):
        pytest.fail("a source was found")
    assert list(tmp_path.iterdir()) == []


def test_without_anything_nothing_is_trusted() -> None:
    basis = basis_of(settings(), NO_BENCH)
    assert (basis.known_good.entries, basis.suppressions, basis.extra) == ((), (), ())


def test_a_contract_that_was_needs_one_that_is() -> None:
    with pytest.raises(click.UsageError, match="--contract-was needs --contract"):
        basis_of(settings(contract_was="old.toml"), NO_BENCH)


@pytest.mark.parametrize("name", ["accepted", "suppressions", "contract"])
@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), ("x = = 1", "TOML")])
def test_a_file_that_cannot_be_read_stops_the_run(
    tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    path = tmp_path / "given.toml"
    if content is not None:
        path.write_text(content)
    given: dict[str, Any] = {name: str(path)}
    with pytest.raises(Misuse, match=said):
        basis_of(settings(**given), NO_BENCH)
