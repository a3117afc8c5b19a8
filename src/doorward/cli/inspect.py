"""`doorward inspect`: what changed between releases, and is it a back door?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from doorward import wiring
from doorward.cli.extras import require
from doorward.cli.output import destination
from doorward.cli.progress import progress_for
from doorward.cli.rendering import exit_code, render, told
from doorward.cli.sources import inspect_settings, load_settings, setting_options
from doorward.formats.settings import Settings
from doorward.inspect.compare import compare
from doorward.inspect.explain.escape import visible
from doorward.inspect.weights import shipped
from doorward.model.finding import Report
from doorward.ports import Progress

__all__ = ["command"]

FLAGS = ("cache", "cache-dir", "format", "jobs", "limit", "offline", "platform", "progress", "verbose")


@click.command("inspect")
@click.argument("releases", nargs=-1, metavar="OLD... NEW")
@click.option("--output", default="", metavar="FILE", help="Write the report to FILE, whole or not at all.")
@setting_options(*FLAGS)
def command(releases: tuple[str, ...], output: str, config: str, **flags: Any) -> int:
    r"""Say what changed between releases, and whether it is a back door.

    OLD is a release known or assumed to be good; several make a history, oldest first. NEW is the
    one under judgment. Each is a file, a folder, or a release in a registry:

    \b
      doorward inspect widget-1.2.tar.gz widget-1.3.tar.gz
      doorward inspect pypi:attrs==24.3.0 pypi:attrs==25.1.0
      doorward inspect npm:semver@7.6.0 npm:semver@7.6.3

    Nothing of a release is run, built or installed.
    """
    if not releases:
        raise click.UsageError(
            "nothing to inspect: name the release to judge, and before it its forerunners."
        )
    settings = load_settings(flags, config, folders(releases))
    require("inspect")
    with (
        destination(output) as write,
        progress_for(wanted=settings["progress"], verbose=settings["verbose"]) as progress,
    ):
        report = inspected(releases, settings, progress)
        to_file = output not in {"", "-"}
        write(render(report, settings["format"], verbose=settings["verbose"], to_file=to_file))
    if to_file:
        click.echo(f"doorward: {visible(told(report))}; the report is in {visible(output)}", err=True)
    return exit_code(report.verdict)


def inspected(names: Sequence[str], settings: Settings, progress: Progress) -> Report:
    """Find the releases, open a bench that may read them, compare."""
    adapters = inspect_settings(settings)
    judged = folders(names)
    here = Path.cwd()
    project = None if any(here.is_relative_to(folder.resolve()) for folder in judged) else here
    with wiring.releases(adapters, project) as finder:
        progress.phase("fetch", len(names))
        artifacts = []
        for name in names:
            artifacts.append(finder.find(name))
            progress.step(detail=name)
    readable = [Path(artifact.path) for artifact in artifacts]
    with wiring.workbench(adapters, readable, progress) as bench:
        return compare(artifacts[:-1], artifacts[-1], bench, shipped(), strips=settings["format"] == "html")


def folders(releases: Sequence[str]) -> list[Path]:
    """Folders under judgment, which bring no settings."""
    return [Path(text) for text in releases if Path(text).is_dir()]
