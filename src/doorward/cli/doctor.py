"""`doorward doctor`: what this machine can and cannot do, each failure with its fix.

A check is *required* where Doorward cannot work without it, and *wanted* where something is then
left out or less well fenced; only a required one that fails makes the command fail.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import click

from doorward import __version__
from doorward.cli.extras import modules_of
from doorward.cli.output import coloured
from doorward.cli.sources import inspect_settings, load_settings, setting_options
from doorward.formats.settings import InspectSettings
from doorward.inspect.explain.escape import visible

__all__ = ["Check", "checks", "command"]

ROOM = 1 << 30
"""Free bytes below which unpacking an ordinary release may fail."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: str
    """`ok`, `failed` (required), `missing` (wanted), or `skipped`."""
    found: str
    fix: str = ""
    """What to do about it; empty where there is nothing to do."""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@setting_options("cache-dir", "offline")
def command(as_json: bool, config: str, **flags: Any) -> int:
    """Check this machine, with a fix for each failure.

    Exits with 1 if something required is missing, else with 0.
    """
    settings = inspect_settings(load_settings(flags, config))
    found = list(checks(settings))
    healthy = all(check.state != "failed" for check in found)
    if as_json:
        rows = [asdict(check) for check in found]
        told = {"schema_version": 1, "version": __version__, "healthy": healthy, "checks": rows}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo("\n".join(line for check in found for line in lines(check, colour=coloured())))
    return 0 if healthy else 1


def checks(settings: InspectSettings) -> Iterator[Check]:
    """Look at everything, one after the other."""
    yield python()
    yield from libraries()
    yield from sandbox()
    yield folder(settings.cache_folder)
    yield room(settings.cache_folder)
    yield from programs()
    yield from registries(settings)


def python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036 - an installation may have been copied
        return Check("python", "failed", version, "install Python 3.11 or newer")
    return Check("python", "ok", version)


def libraries() -> Iterator[Check]:
    """Every library of the extras, and whether it loads."""
    for name, module in sorted(modules_of("inspect").items()):
        if importlib.util.find_spec(module) is None:
            yield Check(f"library {name}", "failed", "not installed", "pip install 'doorward[inspect]'")
            continue
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - a broken native library raises whatever it likes
            fix = f"pip install --force-reinstall {name}"
            yield Check(f"library {name}", "failed", f"does not load: {error}", fix)
        else:
            yield Check(f"library {name}", "ok", importlib.metadata.version(name))


FENCES = {
    "limits": ("failed", "run it on a system with setrlimit(2)"),
    "landlock": (
        "missing",
        "use Linux 5.13 or newer with Landlock among its security modules (lsm=landlock,…)",
    ),
    "seccomp": ("missing", "use Linux on x86-64 or AArch64 with CONFIG_SECCOMP_FILTER"),
}


def adapters() -> ModuleType | None:
    """`doorward.wiring`, or None where its libraries are missing: the doctor must speak then too."""
    try:
        return importlib.import_module("doorward.wiring")
    except ImportError:
        return None


def sandbox() -> Iterator[Check]:
    """The fences around the processes that parse what is inspected, asked of such a process."""
    wiring = adapters()
    if wiring is None:
        yield Check("sandbox", "skipped", "needs the libraries above")
        return
    try:
        found = wiring.fences()
    except Exception as error:  # noqa: BLE001 - whatever keeps a worker from starting is the finding
        fix = "look at the message; no inspection can run until this works"
        yield Check("sandbox", "failed", f"no confined process starts: {error}", fix)
        return
    for name, stands in sorted(found.items()):
        state, fix = FENCES.get(name, ("missing", ""))
        if stands:
            yield Check(f"sandbox {name}", "ok", "stands")
        else:
            yield Check(f"sandbox {name}", state, "this system does not offer it", fix)


def folder(path: Path) -> Check:
    """Whether the cache can be written, tried out."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path) as file:
            file.write(b"x")
    except OSError as error:
        return Check(
            "cache folder",
            "failed",
            f"{path}: {error.strerror}",
            "make it writable, or name another with --cache-dir",
        )
    return Check("cache folder", "ok", str(path))


def room(path: Path) -> Check:
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    told = f"{free / (1 << 30):.1f} GiB free"
    if free < ROOM:
        return Check(
            "disk", "missing", told, "make room: releases are unpacked there while they are inspected"
        )
    return Check("disk", "ok", told)


PROGRAMS = {
    "git": "install git: --since and --source need it to read a repository",
    "gpgv": "install gpgv: without it the signatures of Debian archives cannot be checked",
}


def programs() -> Iterator[Check]:
    for name, fix in PROGRAMS.items():
        path = shutil.which(name)
        yield (
            Check(f"program {name}", "ok", path)
            if path
            else Check(f"program {name}", "missing", "not found", fix)
        )


def registries(settings: InspectSettings) -> Iterator[Check]:
    if settings.offline:
        yield Check("registries", "skipped", "--offline")
        return
    wiring = adapters()
    if wiring is None:
        yield Check("registries", "skipped", "needs the libraries above")
        return
    for address, reason in wiring.registry_answers(settings):
        name = f"registry {urlsplit(address).netloc}"
        if reason:
            fix = "check network, proxy and the client's configuration; --offline works with what is cached"
            yield Check(name, "missing", reason, fix)
        else:
            yield Check(name, "ok", f"{address} answers")


MARKS: dict[str, tuple[str, str]] = {
    "ok": ("✓", "32"),
    "failed": ("✗", "31"),
    "missing": ("!", "33"),
    "skipped": ("-", "2"),
}


def lines(check: Check, *, colour: bool) -> Iterator[str]:
    mark, code = MARKS[check.state]
    paint: Callable[[str], str] = (
        (lambda text: f"\x1b[{code}m{text}\x1b[0m") if colour else (lambda text: text)
    )
    yield f"{paint(mark)} {visible(check.name):<34} {visible(check.found)}"
    if check.fix and check.state != "ok":
        yield f"  {'fix:':<6} {visible(check.fix)}"
