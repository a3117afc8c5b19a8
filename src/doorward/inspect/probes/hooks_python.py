"""Python's hooks: .pth files, start-up modules, entry points, data schemes, setup.py, build backends."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from doorward.inspect.probes.hooks_gather import depth, hook, one_line, text_of
from doorward.inspect.probes.hooks_kinds import (
    BUILD_BACKEND,
    BUILD_PATH,
    COMMAND,
    DATA_FILE,
    ENTRY_TARGET,
    PLUGIN,
    PTH_IMPORT,
    PTH_PATH,
    SETUP_PY,
    STARTUP_MODULE,
)
from doorward.inspect.probes.hooks_setup import setup_traits
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Trait

__all__ = ["concerns", "traits"]

STARTUP = re.compile(
    r"(?:^|/)(sitecustomize|usercustomize)(?:\.py|\.pyc|/__init__\.pyc?|\.[\w-]*\.?(?:so|pyd))\Z"
)
SITE = re.compile(r"(?:^|/)(?:site-packages|dist-packages|purelib|platlib)\Z")
SCHEME = re.compile(r"^[^/]+\.data/(data|scripts|headers)/(?:([^/]+)/)?")
ENTRY_POINTS = re.compile(r"\.(?:dist|egg)-info/entry_points\.txt\Z")
COMMAND_GROUPS = frozenset({"console_scripts", "gui_scripts"})
SECTION = re.compile(r"\[\s*([^\]]+?)\s*\]")


def concerns(path: str) -> bool:
    """Whether Python's own machinery acts on a file of this place and name."""
    leaf = path.rsplit("!/", 1)[-1]
    if leaf.endswith((".pth", "entry_points.txt")):
        return True
    if depth(path) <= 1 and leaf.rsplit("/", 1)[-1] in {"setup.py", "setup.cfg", "pyproject.toml"}:
        return True
    return bool(startup_module(leaf) or SCHEME.match(leaf))


def startup_module(leaf: str) -> str:
    """`sitecustomize` or `usercustomize` if this file would be imported as such, else empty."""
    match = STARTUP.search(leaf)
    if not match:
        return ""
    above = leaf[: match.start()]
    return match[1] if not above or SITE.search(above) else ""


def traits(subject: Subject) -> Iterator[Trait]:
    """Everything Python would run or load by itself because of this file."""
    leaf, base = subject.leaf, subject.base
    if module := startup_module(leaf):
        yield hook(STARTUP_MODULE, module, text_of(subject))
    if scheme := SCHEME.match(leaf):
        yield hook(DATA_FILE, "scripts" if scheme[1] == "scripts" else place(scheme[2]), leaf)
    if base.endswith(".pth"):
        yield from pth_traits(subject)
    elif ENTRY_POINTS.search(leaf):
        yield from entry_points(text_of(subject))
    elif base == "setup.py":
        yield hook(SETUP_PY, "setup.py")
        yield from setup_traits(text_of(subject))
    elif base == "setup.cfg":
        yield from setup_cfg(text_of(subject))
    elif base == "pyproject.toml":
        yield from pyproject(text_of(subject))


def place(directory: str | None) -> str:
    """The well-known top directories by name, all others as one."""
    return directory if directory in {"bin", "etc", "lib", "sbin", "share", "include", "Scripts"} else "other"


def pth_traits(subject: Subject) -> Iterator[Trait]:
    """Lines as `site.addpackage` reads them; a PyTorch checkpoint of the same suffix has none."""
    if b"\x00" in subject.head:
        return
    for number, line in enumerate(text_of(subject).splitlines(), 1):
        if line.startswith(("import ", "import\t")):
            yield hook(PTH_IMPORT, one_line(line), line, line=number, token="import")  # noqa: S106
        elif line.strip() and not line.startswith("#"):
            yield hook(PTH_PATH, line.strip(), line, line=number)


def entry_points(text: str) -> Iterator[Trait]:
    """Groups and targets of an entry_points.txt (an INI dialect)."""
    group = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if section := SECTION.match(line):
            group = section[1]
        elif group and "=" in line and not line.startswith(("#", ";")):
            name, target = (part.strip() for part in line.split("=", 1))
            yield from entry_point(group, name, target, number)


def entry_point(group: str, name: str, target: str, number: int | None) -> Iterator[Trait]:
    """One entry point: what it registers, and where it leads."""
    spelt = f"{group}: {name} = {one_line(target)}"
    if group in COMMAND_GROUPS:
        yield hook(COMMAND, name, spelt, line=number, token=name)
    else:
        yield hook(PLUGIN, group, spelt, line=number, token=group)
    yield hook(ENTRY_TARGET, spelt, spelt, line=number, token=name)


def setup_cfg(text: str) -> Iterator[Trait]:
    """Entry points declared in setup.cfg."""
    section = group = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if found := SECTION.match(raw):
            section, group = found[1], ""
        elif section == "options.entry_points" and "=" in line and not line.startswith("#"):
            if raw[:1].isspace() and group:
                name, target = (part.strip() for part in line.split("=", 1))
                yield from entry_point(group, name, target, number)
            else:
                group = line.split("=", 1)[0].strip()


def pyproject(text: str) -> Iterator[Trait]:
    """Build backend and entry points of a pyproject.toml; one that no tool can read says nothing."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    build = document.get("build-system")
    if isinstance(build, dict):
        backend = build.get("build-backend", "setuptools.build_meta:__legacy__")
        yield hook(
            BUILD_BACKEND, str(backend), f"build-backend = {backend!r}", token=str(backend).split(":")[0]
        )
        paths = build.get("backend-path")
        for path in paths if isinstance(paths, list) else ():
            yield hook(BUILD_PATH, str(path), f"backend-path = {paths!r}")
    project = document.get("project")
    if not isinstance(project, dict):
        return
    groups = {"console_scripts": project.get("scripts"), "gui_scripts": project.get("gui-scripts")}
    declared = project.get("entry-points")
    if isinstance(declared, dict):
        groups |= declared
    for group, entries in groups.items():
        for name, target in entries.items() if isinstance(entries, dict) else ():
            yield from entry_point(group, str(name), str(target), None)
