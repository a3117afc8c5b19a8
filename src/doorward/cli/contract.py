"""`doorward contract`: the names and addresses a release may reach, written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from doorward import wiring
from doorward.cli.extras import require
from doorward.cli.output import destination
from doorward.cli.progress import progress_for
from doorward.cli.sources import folders, inspect_settings, load_settings, setting_options
from doorward.formats.contract import render
from doorward.inspect.contract import draft as drafted
from doorward.inspect.explain.escape import visible
from doorward.inspect.whole import traits_in, whole

__all__ = ["command"]


@click.group("contract")
def command() -> None:
    """Write down the names a release may reach."""


@command.command("draft")
@click.argument("release", metavar="NEW")
@click.option("--product", default="", metavar="NAME", help="The product's name; by default the release's.")
@click.option("--output", default="", metavar="FILE", help="Write the contract to FILE, whole or not at all.")
@setting_options("cache", "cache-dir", "jobs", "limit", "offline", "platform", "progress", "verbose")
def draft(release: str, product: str, output: str, config: str, **flags: Any) -> int:
    """Write a first contract: every name and address that NEW can reach, with the place that says so.

    The reasons are for you to write. A contract that nobody read allows whatever is there.
    """
    judged = folders([release])
    settings = load_settings(flags, config, judged=judged)
    require("inspect")
    adapters = inspect_settings(settings)
    with (
        destination(output) as write,
        progress_for(wanted=settings["progress"], verbose=settings["verbose"]) as progress,
    ):
        with wiring.releases(adapters, None) as finder:
            artifact = finder.find(release)
        with wiring.workbench(adapters, [Path(artifact.path)], progress) as bench:
            (opened,) = bench.open([artifact])
            examined = whole(opened, bench)
        write(render(drafted(product or artifact.name, traits_in(examined))))
    for missing in examined.not_examined:
        told = f"{visible(missing.path)}: {visible(missing.reason)}"
        click.echo(f"doorward: note: not examined, so its names are not in the contract: {told}", err=True)
    return 3 if examined.not_examined else 0
