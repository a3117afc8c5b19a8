"""Where settings are read from: the command line, the environment, and the project file.

The project file is `doorward.toml`, or `[tool.doorward]` in `pyproject.toml`, in the working folder
or, within a git checkout, in a folder above it. A file that lies inside a release under judgment is
never read: the accused brings no configuration. What may stand where is decided, purely, in
`doorward.formats.settings`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from doorward.errors import Misuse, Outside
from doorward.formats.settings import (
    SETTINGS,
    InspectSettings,
    ProjectFile,
    Setting,
    Settings,
    parse_project_file,
    resolve,
    strangers,
)
from doorward.inspect.explain.escape import visible

__all__ = [
    "cache_folder",
    "find_project_file",
    "folders",
    "inspect_settings",
    "load_settings",
    "named_text",
    "setting_options",
]

Command = TypeVar("Command", bound=Callable[..., Any])

OWN = "doorward.toml"
SHARED = "pyproject.toml"


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's caches belong (XDG Base Directory: a relative value is ignored)."""
    named = environment.get("XDG_CACHE_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".cache"
    return base / "doorward"


def setting_options(*names: str) -> Callable[[Command], Command]:
    """Give a command the flags of some settings, and `--config`."""

    def decorate(function: Command) -> Command:
        for setting in reversed([setting for setting in SETTINGS if setting.name in names]):
            function = option(setting)(function)
        return click.option(
            "--config",
            metavar="FILE",
            default="",
            help=f"Project file to read instead of {OWN} or {SHARED} of this project.",
        )(function)

    return decorate


def option(setting: Setting) -> Callable[[Command], Command]:
    parameter = setting.name.replace("-", "_")
    if isinstance(setting.default, bool):
        return click.option(
            setting.flag,
            parameter,
            flag_value=not setting.default,
            default=None,
            type=bool,
            help=setting.off or setting.help,
        )
    if isinstance(setting.default, int):
        return click.option(
            setting.flag, parameter, type=click.IntRange(min=setting.least), metavar="N", help=setting.help
        )
    if setting.choices:
        return click.option(setting.flag, parameter, type=click.Choice(setting.choices), help=setting.help)
    return click.option(
        setting.flag,
        parameter,
        multiple=isinstance(setting.default, tuple),
        metavar=METAVARS[setting.name],
        help=setting.help,
    )


METAVARS = {
    "accepted": "FILE",
    "cache-dir": "DIR",
    "contract": "FILE",
    "contract-was": "FILE",
    "limit": "NAME=VALUE",
    "platform": "TAG",
    "rules": "DIR",
    "source": "SOURCE",
    "suppressions": "FILE",
}


def load_settings(
    flags: Mapping[str, Any], config: str, *, judged: Sequence[Path] = (), project: ProjectFile | None = None
) -> Settings:
    """Every setting with its origin.

    Args:
        flags: what click parsed, by parameter name.
        config: the file given with `--config`; empty for the project's own.
        judged: folders under judgment, whose files set nothing.
        project: settings to use instead of the working folder's, unless `config` names a file.

    Raises:
        Misuse: a value that cannot be read, or one that stands where it must not.
    """
    environment = os.environ
    for name in strangers(environment):
        click.echo(
            f"doorward: note: {visible(name)} in the environment is not a setting of doorward", err=True
        )
    if config or project is None:
        path = Path(config) if config else find_project_file(Path.cwd(), judged)
        project = ProjectFile() if path is None else parse_project_file(named_text(path), shown(path))
    given = {name.replace("_", "-"): value for name, value in flags.items()}
    return resolve(given, environment, project)


def folders(releases: Sequence[str]) -> list[Path]:
    """Folders under judgment, which bring no settings."""
    return [Path(text) for text in releases if os.path.isdir(text)]  # noqa: PTH112 - any text, never an error


def find_project_file(folder: Path, judged: Sequence[Path] = ()) -> Path | None:
    """The project file that applies in a folder, or None.

    Raises:
        Misuse: `doorward.toml` and `[tool.doorward]` stand side by side, so that one would be ignored.
    """
    for place in places(folder):
        if any(place.resolve().is_relative_to(root.resolve()) for root in judged):
            continue
        own, shared = place / OWN, place / SHARED
        named = shared.is_file() and parse_project_file(named_text(shared), SHARED).values
        if own.is_file() and named:
            raise Misuse(
                f"looking for settings in `{place}`",
                expected=f"one of {OWN} and [tool.doorward] in {SHARED}",
                found="both",
                next_step="move all settings to one of them",
            )
        if own.is_file() or named:
            return own if own.is_file() else shared
    return None


def places(folder: Path) -> list[Path]:
    """The folder and those above it up to the top of its git checkout; only itself outside of one.

    Never further: a file in a folder that others may write to (`/tmp`) would set things for all below.
    """
    above = [folder, *folder.parents]
    tops = [index for index, place in enumerate(above) if (place / ".git").exists()]
    return above[: tops[0] + 1] if tops else above[:1]


def named_text(name: str | Path) -> str:
    """The text of a file that the caller names.

    Raises:
        Misuse: it is not there, or is no UTF-8.
        Outside: the system refuses to read it.
    """
    path = Path(name)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Misuse(
            f"reading {shown(path)}", expected="UTF-8", found=str(error), next_step="save it as UTF-8"
        ) from error
    except OSError as error:
        kind = Misuse if isinstance(error, FileNotFoundError | IsADirectoryError) else Outside
        raise kind(
            f"reading {shown(path)}",
            expected="a readable file",
            found=error.strerror or str(error),
            next_step="correct the path, or the file's permissions",
        ) from error


def shown(path: Path) -> str:
    """The path as its reader would write it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


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
