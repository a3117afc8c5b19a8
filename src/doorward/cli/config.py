"""`doorward config show`: every setting, its value and where it comes from."""

from __future__ import annotations

import json
from typing import Any

import click

from doorward.cli.sources import load_settings, setting_options
from doorward.formats.settings import SETTINGS, Reach, Settings
from doorward.inspect.explain.escape import visible

__all__ = ["command"]

ORDINARY = tuple(setting.name for setting in SETTINGS if setting.name != "format")


@click.group("config")
def command() -> None:
    """Show the settings and where they come from."""


@command.command("show")
@click.option("--origin", is_flag=True, help="Also say where each value comes from.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@setting_options(*ORDINARY)
def show(origin: bool, as_json: bool, config: str, **flags: Any) -> int:
    """Show every setting as `doorward inspect` would see it here."""
    settings = load_settings(flags, config)
    click.echo(as_object(settings) if as_json else as_table(settings, origin=origin))
    return 0


def as_object(settings: Settings) -> str:
    values = {
        setting.name: {
            "value": settings.values[setting.name].value,
            "origin": settings.values[setting.name].origin,
            "may_stand_in": places(setting.reach),
        }
        for setting in SETTINGS
    }
    return json.dumps({"schema_version": 1, "settings": values}, indent=2)


def as_table(settings: Settings, *, origin: bool) -> str:
    rows = []
    for setting in SETTINGS:
        value = settings.values[setting.name]
        text = f"{setting.name:<14}{written(value.value)}"
        rows.append(f"{text:<44}{visible(value.origin)}".rstrip() if origin else text)
    return "\n".join(rows)


def written(value: object) -> str:
    """A value as TOML would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return f'"{visible(value)}"' if isinstance(value, str) else str(value)


def places(reach: Reach) -> list[str]:
    """Where a setting may be given."""
    return ["flag", "environment", "project file"][: reach + 1]
