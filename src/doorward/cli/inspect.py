"""`doorward inspect`: what changed between releases, and is it a back door?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from doorward import wiring
from doorward.cli.extras import require
from doorward.cli.output import destination
from doorward.cli.progress import progress_for
from doorward.cli.rendering import exit_code, render, told
from doorward.cli.sources import cache_folder, load_settings, setting_options
from doorward.errors import Misuse
from doorward.formats.settings import InspectSettings, Settings
from doorward.inspect.compare import compare
from doorward.inspect.explain.escape import visible
from doorward.inspect.weights import shipped
from doorward.model.finding import Report

__all__ = ["command", "inspect_settings"]

FLAGS = ("cache", "cache-dir", "format", "jobs", "limit", "offline", "progress", "verbose")


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


def inspected(releases: Sequence[str], settings: Settings, progress: Any) -> Report:
    artifacts = [wiring.artifact_at(Path(text)) for text in releases]
    readable = [Path(artifact.path) for artifact in artifacts]
    with wiring.workbench(inspect_settings(settings), readable, progress) as bench:
        return compare(artifacts[:-1], artifacts[-1], bench, shipped(), strips=settings["format"] == "html")


def inspect_settings(settings: Settings) -> InspectSettings:
    """What the adapters need of the settings and of this process's surroundings."""
    named = settings["cache-dir"]
    return InspectSettings(
        cache_folder=Path(named).absolute() if named else cache_folder(os.environ),
        environment=dict(os.environ),
        home=Path.home(),
        cache=settings["cache"],
        offline=settings["offline"],
        jobs=settings["jobs"],
        platform=settings["platform"],
        sandbox=settings["sandbox"],
        limits=limits(settings["limit"]),
        rules=settings["rules"],
    )


def limits(given: Sequence[str]) -> dict[str, int | float]:
    """Bounds given as NAME=VALUE; whether the names exist is for `wiring` to say."""
    found: dict[str, int | float] = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value) if "." in value else int(value)
        except ValueError as error:
            raise Misuse(
                "reading --limit",
                expected="NAME=VALUE with a number, as in max_depth=12",
                found=repr(text),
                next_step="doorward inspect --help",
            ) from error
    return found


def folders(releases: Sequence[str]) -> list[Path]:
    """Folders under judgment, which bring no settings."""
    return [Path(text) for text in releases if Path(text).is_dir()]
