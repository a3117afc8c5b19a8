"""`doorward inspect`: what changed between releases, or in what a lock file pins, and is it a back door?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from doorward import wiring
from doorward.cli.basis import basis_of, source_of
from doorward.cli.extras import require
from doorward.cli.locks import between
from doorward.cli.locks import since as changes_since
from doorward.cli.output import destination
from doorward.cli.progress import Quiet, progress_for
from doorward.cli.rendering import exit_code, render, told_of
from doorward.cli.sources import folders, inspect_settings, load_settings, setting_options
from doorward.formats.settings import Settings
from doorward.inspect.explain.escape import visible
from doorward.inspect.inspection import inspect_release
from doorward.inspect.lock_walk import LockChange, inspect_updates
from doorward.model.artifact import Artifact
from doorward.model.finding import Report
from doorward.model.update import Updates
from doorward.ports import Progress

__all__ = ["command"]

Answer = TypeVar("Answer", Report, Updates)

FLAGS = (
    "accepted",
    "all-artifacts",
    "cache",
    "cache-dir",
    "contract",
    "contract-was",
    "format",
    "jobs",
    "limit",
    "offline",
    "platform",
    "progress",
    "rules",
    "source",
    "suppressions",
    "verbose",
)


@click.command("inspect")
@click.argument("releases", nargs=-1, metavar="OLD... NEW")
@click.option(
    "--lock", nargs=2, default=None, metavar="OLD NEW", help="Inspect what a lock file's change brings in."
)
@click.option(
    "--since", default="", metavar="REV", help="The same for every lock file below, against the merge base."
)
@click.option("--output", default="", metavar="FILE", help="Write the report to FILE, whole or not at all.")
@setting_options(*FLAGS)
def command(
    releases: tuple[str, ...],
    lock: tuple[str, str] | None,
    since: str,
    output: str,
    config: str,
    **flags: Any,
) -> int:
    """Say what changed between releases, and whether it is a back door.

    OLD is a release known or assumed to be good; several make a history, oldest first. NEW is the
    one under judgment. Each is a file, a folder, or a release in a registry:

    \b
      doorward inspect widget-1.2.tar.gz widget-1.3.tar.gz
      doorward inspect pypi:attrs==24.3.0 pypi:attrs==25.1.0
      doorward inspect npm:semver@7.6.0 npm:semver@7.6.3

    Or a lock file before and after, or all lock files of a checkout since it left a revision:

    \b
      doorward inspect --lock uv.lock.before uv.lock
      doorward inspect --since origin/main

    Nothing of a release is run, built or installed.
    """  # noqa: D301 -- click reads the backspace as "keep these lines"
    asked = [bool(releases), lock is not None, bool(since)]
    if sum(asked) != 1:
        told = "nothing to inspect" if not any(asked) else "more than one thing to inspect"
        raise click.UsageError(f"{told}: name releases, or --lock OLD NEW, or --since REV.")
    require("inspect")
    with destination(output) as write:
        if releases:
            settings = load_settings(flags, config, judged=folders(releases))
            answer: Report | Updates = told_progress(settings, partial(inspected, releases))
        else:
            changes, settings, names = lock_changes(lock, since, flags, config)
            answer = told_progress(settings, partial(updated, changes, names))
        to_file = output not in {"", "-"}
        write(render(answer, settings["format"], verbose=settings["verbose"], to_file=to_file))
    if to_file:
        click.echo(f"doorward: {visible(told_of(answer))}; the report is in {visible(output)}", err=True)
    return exit_code(answer.verdict)


def told_progress(settings: Settings, work: Callable[[Settings, Progress], Answer]) -> Answer:
    """Do the work, telling how far it is."""
    with progress_for(wanted=settings["progress"], verbose=settings["verbose"]) as progress:
        return work(settings, progress)


def inspected(names: Sequence[str], settings: Settings, progress: Progress) -> Report:
    """Find the releases, open a bench that may read them, compare."""
    adapters = inspect_settings(settings)
    with wiring.releases(adapters, project_folder(names)) as finder:
        progress.phase("fetch", len(names))
        artifacts = []
        for name in names:
            artifacts.append(finder.find(name))
            progress.step(detail=name)
        with source_of(settings["source"], artifacts[-1], finder) as source:
            readable = [Path(artifact.path) for artifact in (*artifacts, *((source,) if source else ()))]
            with wiring.workbench(adapters, readable, progress) as bench:
                basis = basis_of(settings, bench, source)
                return inspect_release(artifacts[:-1], artifacts[-1], bench, basis)


def lock_changes(
    lock: tuple[str, str] | None, since: str, flags: dict[str, Any], config: str
) -> tuple[Sequence[LockChange], Settings, tuple[str, str]]:
    """What changed, with the settings that the change itself did not bring, and how to call the two sides."""
    if lock is not None:
        return between(*lock), load_settings(flags, config), lock
    found = changes_since(since, Path.cwd(), dict(os.environ))
    settings = load_settings(flags, config, project=found.project)
    return found.changes, settings, (f"{since} ({found.base[:12]})", "working tree")


def updated(
    changes: Sequence[LockChange], names: tuple[str, str], settings: Settings, progress: Progress
) -> Updates:
    """Inspect every package that the lock files' change brings in."""
    adapters = inspect_settings(settings)
    downloads = adapters.cache_folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for name in ("contract", "source"):
        if settings[name]:
            raise click.UsageError(f"--{name} is about one product: name its releases, not a lock file.")
    with (
        wiring.releases(adapters, Path.cwd()) as finder,
        wiring.workbench(adapters, [downloads], Quiet()) as bench,
    ):
        basis = basis_of(settings, bench)

        def compared(olds: Sequence[Artifact], new: Artifact) -> Report:
            try:
                return inspect_release(olds, new, bench, basis)
            finally:
                bench.clear()

        return inspect_updates(
            changes,
            registries=finder.registries,
            compare=compared,
            progress=progress,
            platform=settings["platform"],
            all_artifacts=settings["all-artifacts"],
            names=names,
        )


def project_folder(names: Sequence[str]) -> Path | None:
    """The folder whose client configuration may say where registries are, unless it is under judgment."""
    here = Path.cwd()
    return None if any(here.is_relative_to(folder.resolve()) for folder in folders(names)) else here
