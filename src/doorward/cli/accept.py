"""`doorward accept`: somebody says that a release is good, written down where others can review it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from doorward import wiring
from doorward.cli.extras import require
from doorward.cli.output import destination
from doorward.cli.progress import progress_for
from doorward.cli.sources import folders, inspect_settings, load_settings, named_text, setting_options
from doorward.formats.accepted import append
from doorward.inspect.acceptance import accepted_release
from doorward.inspect.explain.escape import visible

__all__ = ["command"]


@click.command("accept")
@click.argument("release")
@click.option("--reason", required=True, help="On what grounds: who read it, who rebuilt it.")
@click.option("--by", required=True, help="Who accepts it: a person or a team.")
@click.option(
    "--file", "file", required=True, metavar="FILE", help="File of accepted releases, made if missing."
)
@setting_options("cache", "cache-dir", "jobs", "limit", "offline", "platform", "progress", "verbose")
def command(release: str, reason: str, by: str, file: str, config: str, **flags: Any) -> int:
    """Write down that a release is known to be good.

    Adds an entry with the release's digest, and a digest of what it can do, to a file for review. Use the
    file with `doorward inspect --accepted FILE`: an OLD that is in it is not merely assumed to be good.
    Nothing is judged here. Accept what somebody looked at.
    """
    judged = folders([release])
    settings = load_settings(flags, config, judged=judged)
    require("inspect")
    path = Path(file)
    before = named_text(path) if path.exists() else ""
    adapters = inspect_settings(settings)
    with (
        destination(file) as write,
        progress_for(wanted=settings["progress"], verbose=settings["verbose"]) as progress,
    ):
        with wiring.releases(adapters, None) as finder:
            artifact = finder.find(release)
        with wiring.workbench(adapters, [Path(artifact.path)], progress) as bench:
            entry = accepted_release(artifact, bench, by=by, reason=reason, today=datetime.now(UTC).date())
        write(append(before, entry, file))
    told = f"{entry.name} {entry.version}".rstrip()
    click.echo(f"accepted {visible(told)}, {entry.digest}, in {visible(file)}")
    return 0
