"""Settings from flags, environment and project file, each value with its origin.

The rule: **what weakens a check, and what is trusted, is spelled by the caller on the command line
or not at all.** Such a setting (`Reach.FLAG`) has no environment form and no project-file form,
because both may belong to the side under judgment: a pull request that edits `doorward.toml`, a
build script that exports a variable. Naming one there is refused, never ignored, so that nobody
believes it took effect. Unknown keys are refused with file and line: a mistyped key is a check that
its author believes to be on.

Order: flag, environment (`DOORWARD_…`), project file (`doorward.toml`, or `[tool.doorward]` in
`pyproject.toml`), default. Pure: texts and mappings in, values out. Reading them is the CLI's work.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from doorward.errors import Misuse

__all__ = [
    "FORMATS",
    "SETTINGS",
    "InspectSettings",
    "ProjectFile",
    "Reach",
    "Setting",
    "Settings",
    "Value",
    "parse_project_file",
    "resolve",
    "strangers",
]

FORMATS = ("table", "json", "markdown", "sarif", "html")

TYPE_NAMES = {str: "text", bool: "true or false", tuple: "a list of texts"}

PREFIX = "DOORWARD_"


class Reach(IntEnum):
    """From where a setting may be given. Each includes the ones before it."""

    FLAG = 0
    """Only on the command line: it weakens a check, or says what is trusted."""
    ENVIRONMENT = 1
    """Also as `DOORWARD_…`: it chooses what is looked at, which no project file may."""
    PROJECT = 2
    """Also in the project file: it cannot turn a verdict towards clear."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set."""

    name: str
    """Its key in the project file's `[inspect]` table; the flag is `--name`."""
    help: str
    _: KW_ONLY
    default: str | int | bool | tuple[str, ...]
    reach: Reach = Reach.PROJECT
    choices: tuple[str, ...] = ()
    least: int = 0
    off: str = ""
    """What the flag of a switch does that is on by default and is turned off by it."""

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper().replace("-", "_")

    @property
    def flag(self) -> str:
        """Its flag; a switch that is on by default is turned off by `--no-name`."""
        return f"--no-{self.name}" if self.default is True else f"--{self.name}"

    def expected(self) -> str:
        """What a value has to be, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if isinstance(self.default, int) and not isinstance(self.default, bool):
            return f"a whole number of at least {self.least}"
        return TYPE_NAMES[type(self.default)]


SETTINGS = (
    Setting("accepted", "File of accepted releases: what is known good.", default="", reach=Reach.FLAG),
    Setting("all-artifacts", "Inspect every artifact of a release, not only this platform's.", default=False),
    Setting(
        "cache",
        "Remember traits by content, so that a second run is nearly free.",
        default=True,
        off="Remember nothing.",
    ),
    Setting("cache-dir", "Folder for traits and downloads.", default="", reach=Reach.ENVIRONMENT),
    Setting("contract", "Behaviour contract: the names a release may reach.", default="", reach=Reach.FLAG),
    Setting("contract-was", "The contract as it was accepted before.", default="", reach=Reach.FLAG),
    Setting("format", "How the report is written.", default="table", choices=FORMATS),
    Setting("jobs", "Worker processes; 0 means one for each processor.", default=0),
    Setting(
        "limit", "NAME=VALUE: another bound on what one inspection may cost.", default=(), reach=Reach.FLAG
    ),
    Setting("offline", "Ask no server: use what is on this machine.", default=False),
    Setting("platform", "Platform tag whose artifact is inspected.", default="", reach=Reach.ENVIRONMENT),
    Setting("progress", "Show a progress bar on a terminal.", default=True, off="Show no progress bar."),
    Setting("rules", "Folder of YARA-X rules to look with as well.", default=(), reach=Reach.ENVIRONMENT),
    Setting("source", "What NEW is said to be made from.", default="", reach=Reach.FLAG),
    Setting("suppressions", "File of suppressions, each with its end.", default="", reach=Reach.FLAG),
    Setting("verbose", "Say on stderr what is being done.", default=False),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it comes from."""

    value: Any
    origin: str
    """`flag --jobs`, `environment DOORWARD_JOBS`, `doorward.toml, line 3`, or `default`."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What a project file sets: its name, and each value with its line."""

    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, resolved."""

    values: Mapping[str, Value]

    def __getitem__(self, name: str) -> Any:
        """The value of one setting."""
        return self.values[name].value


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectSettings:
    """What the adapters of an inspection need to know; `wiring` builds them from it."""

    cache_folder: Path
    """Where traits and downloads are kept between runs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The process's environment, for the registry clients' own variables (index, proxy, netrc)."""
    home: Path = Path()
    """The user's home folder, for the registry clients' own files."""
    cache: bool = True
    offline: bool = False
    jobs: int = 0
    """Worker processes; 0 means one for each processor."""
    platform: str = ""
    limits: Mapping[str, int | float] = field(default_factory=dict)
    """Bounds that differ from `doorward.inspect.limits.DEFAULT_LIMITS`, by name."""
    rules: tuple[str, ...] = ()


def parse_project_file(text: str, name: str) -> ProjectFile:
    """Read `doorward.toml`, or the `[tool.doorward]` table of a `pyproject.toml`.

    Args:
        text: the file's content.
        name: what to call it in messages; one that ends in `pyproject.toml` is read as such.

    Raises:
        Misuse: not TOML, an unknown key, a value of the wrong type, or a key that may only be given
            on the command line; names file and line.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misuse(
            f"reading {name}", expected="TOML", found=str(error), next_step=f"correct {name}"
        ) from error
    root = ""
    if name.rsplit("/", 1)[-1] == "pyproject.toml":
        root = "tool.doorward"
        tool = document.get("tool", {})
        document = tool.get("doorward", {}) if isinstance(tool, dict) else {}
    values: dict[str, Value] = {}
    for table, content in document.items():
        path = f"{root}.{table}".lstrip(".")
        line = line_of(text, path)
        if table != "inspect" or not isinstance(content, dict):
            raise unknown_key(f"{name}, line {line}", path, ["inspect"])
        for key, value in content.items():
            where = f"{name}, line {line_of(text, path, key)}"
            setting = known(key, where)
            if setting.reach < Reach.PROJECT:
                raise flag_only(setting, where)
            values[key] = Value(checked(setting, value, where), where)
    return ProjectFile(name, values)


def resolve(flags: Mapping[str, Any], environment: Mapping[str, str], project: ProjectFile) -> Settings:
    """Every setting with its origin.

    Args:
        flags: values given on the command line, by setting name; None where not given.
        environment: the process's environment.
        project: what the project file sets.

    Raises:
        Misuse: a variable that cannot be read, or one for a setting that has no such form.
    """
    result: dict[str, Value] = {}
    for setting in SETTINGS:
        result[setting.name] = (
            from_flags(setting, flags)
            or from_environment(setting, environment)
            or project.values.get(setting.name)
            or Value(setting.default, "default")
        )
    return Settings(result)


def strangers(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and set nothing, so that a mistyped one is noticed."""
    known_variables = {setting.variable for setting in SETTINGS} | {f"{PREFIX}DEBUG"}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known_variables)


def from_flags(setting: Setting, flags: Mapping[str, Any]) -> Value | None:
    value = flags.get(setting.name)
    if value is None or value == ():
        return None
    return Value(value, f"flag {setting.flag}")


def from_environment(setting: Setting, environment: Mapping[str, str]) -> Value | None:
    text = environment.get(setting.variable)
    if text is None:
        return None
    where = f"environment {setting.variable}"
    if setting.reach < Reach.ENVIRONMENT:
        raise flag_only(setting, where)
    return Value(checked(setting, spelled(setting, text, where), where), where)


def spelled(setting: Setting, text: str, where: str) -> object:
    """A variable's text as a value of the setting's type."""
    if isinstance(setting.default, bool):
        switch = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if text.lower() not in switch:
            raise Misuse(
                f"reading {where}", expected="1 or 0", found=repr(text), next_step="correct or unset it"
            )
        return switch[text.lower()]
    if isinstance(setting.default, int):
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text
    return text.split(":") if isinstance(setting.default, tuple) else text


def checked(setting: Setting, value: object, where: str) -> object:
    """The value if it is of the setting's type and among its choices; lists become tuples."""
    right = type(value) is type(setting.default)
    if isinstance(setting.default, tuple):
        right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        value = tuple(value) if right and isinstance(value, list) else value
    elif right and isinstance(value, int) and not isinstance(value, bool):
        right = value >= setting.least
    if not right or (setting.choices and value not in setting.choices):
        raise Misuse(
            f"reading {where}: {setting.name}",
            expected=setting.expected(),
            found=repr(value),
            next_step="correct it; `doorward config show --origin` lists every value",
        )
    return value


def known(key: str, where: str) -> Setting:
    if key not in BY_NAME:
        raise unknown_key(where, f"inspect.{key}", [s.name for s in SETTINGS if s.reach is Reach.PROJECT])
    return BY_NAME[key]


def unknown_key(where: str, key: str, choices: Sequence[str]) -> Misuse:
    near = difflib.get_close_matches(key.rsplit(".", 1)[-1], choices, 1)
    expected = f"`{near[0]}`" if near else "one of " + ", ".join(choices)
    return Misuse(
        f"reading {where}", expected=expected, found=f"unknown key `{key}`", next_step="correct or remove it"
    )


def flag_only(setting: Setting, where: str) -> Misuse:
    reason = {
        Reach.FLAG: "it weakens a check or says what is trusted",
        Reach.ENVIRONMENT: "it chooses what is looked at",
    }[setting.reach]
    return Misuse(
        f"reading {where}",
        expected=f"`{setting.name}` to come from the caller ({reason}), never from the side under judgment",
        found=f"`{setting.name}` in a place that side may write to",
        next_step=f"remove it there and give `{setting.flag}` on the command line",
    )


def dotted(name: str) -> str:
    """A table or key name without quotes and spaces."""
    return re.sub(r"[\s\"']", "", name)


def line_of(text: str, table: str, key: str = "") -> int:
    """The line where a table, or a key in it, is written; 1 if it cannot be told.

    `tomllib` keeps no positions, and a message without a line sends its reader searching.
    """
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        if header:
            here = dotted(header[1])
            if not key and (here == table or here.startswith(f"{table}.")):
                return number
            continue
        assigned = re.match(r"\s*([\w\s.\"'-]+?)\s*=", line)
        name = f"{here}.{dotted(assigned[1])}".lstrip(".") if assigned else ""
        wanted = f"{table}.{key}" if key else table
        if name and (name == wanted or name.startswith(f"{wanted}.") or (key and name == table)):
            return number
    return 1
