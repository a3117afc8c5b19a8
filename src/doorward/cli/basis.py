"""What a release is judged by, apart from itself: what the caller names, and nothing else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from doorward import wiring
from doorward.cli.sources import named_text
from doorward.errors import Misuse
from doorward.formats import accepted as accepted_file
from doorward.formats import contract as contract_file
from doorward.formats import suppressions as suppressions_file
from doorward.formats.accepted import KnownGood
from doorward.formats.settings import Settings
from doorward.inspect.compare import Comparison
from doorward.inspect.inspection import Basis
from doorward.inspect.weights import shipped
from doorward.inspect.whole import explained_by, held_to
from doorward.inspect.workbench import Workbench
from doorward.model.artifact import Artifact
from doorward.model.drift import Drift

__all__ = ["basis_of", "source_of"]

Says = Callable[[Comparison], Sequence[Drift]]


def basis_of(settings: Settings, bench: Workbench, source: Artifact | None = None) -> Basis:
    """What a release is judged by, from the files that the caller names.

    Raises:
        Misuse: a file cannot be read, or is not what it should be.
    """
    accepted, suppressions = settings["accepted"], settings["suppressions"]
    return Basis(
        weights=shipped(),
        today=datetime.now(UTC).date(),
        known_good=accepted_file.parse(named_text(accepted), accepted) if accepted else KnownGood(),
        suppressions=suppressions_file.parse(named_text(suppressions), suppressions) if suppressions else (),
        extra=(*contract_of(settings, bench), *((explained_by(source, bench),) if source else ())),
        strips=settings["format"] == "html",
    )


def contract_of(settings: Settings, bench: Workbench) -> tuple[Says, ...]:
    """What the contract says, if the caller names one."""
    name, was = settings["contract"], settings["contract-was"]
    if was and not name:
        raise click.UsageError("--contract-was needs --contract: the one that applies now.")
    if not name:
        return ()
    older = contract_file.parse(named_text(was), was) if was else None
    return (held_to(contract_file.parse(named_text(name), name), older, bench),)


@contextmanager
def source_of(text: str, new: Artifact, finder: wiring.Releases) -> Iterator[Artifact | None]:
    """The source that a release is said to be made from, on this machine for as long as the block lasts.

    Args:
        text: a folder or an archive; a release of a registry; `sdist` for the one published with the new
            release; `git:FOLDER@REVISION` for a revision of a repository on this machine; empty for none.
        new: the release under judgment.
        finder: finds releases.

    Raises:
        Misuse: there is nothing of that name.
        Undecided, Unreachable: the registry has no sdist of this release, or does not answer.
    """
    if not text:
        yield None
    elif text == "sdist":
        if new.ecosystem != "pypi" or not new.version:
            raise Misuse(
                f"looking for the sdist of {new.origin}",
                expected="a release of a Python package with its name and version",
                found=new.file_name,
                next_step="name the source itself: --source FOLDER, or --source FILE",
            )
        yield finder.registries["pypi"].fetch(new.name, new.version, "sdist")
    elif text.startswith("git:"):
        folder, _, revision = text.removeprefix("git:").rpartition("@")
        with tempfile.TemporaryDirectory(prefix="doorward-source-") as place:
            written(folder or ".", revision, Path(place))
            yield wiring.artifact_at(Path(place))
    else:
        yield finder.find(text)


def written(folder: str, revision: str, place: Path) -> None:
    """Write every file of a revision; nothing that the repository configures is run."""
    checkout = wiring.Checkout(Path(folder), os.environ)
    commit = checkout.commit(revision)
    root = place.resolve()
    for path in checkout.files(commit):
        target = (place / path).resolve()
        if not target.is_relative_to(root):  # git refuses such trees; a repaired client may not
            raise Misuse(f"reading {revision}", expected="paths within the repository", found=repr(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(checkout.read(commit, path) or b"")
