"""npm's hooks: lifecycle scripts of package.json and the implicit build of binding.gyp.

From the registry, `npm install` runs preinstall, install and postinstall; from git or a folder also
prepare and the pack scripts. A binding.gyp without an install script is built by node-gyp, which runs
the commands in it (npm documentation, "scripts", section "Life Cycle Operation Order").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from doorward.inspect.probes.hooks_gather import hook, one_line, text_of
from doorward.inspect.probes.hooks_kinds import COMMAND, INSTALL_COMMAND, INSTALL_SCRIPT, NPM_LIFECYCLE
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Trait

__all__ = ["concerns", "traits"]

INSTALLED = ("preinstall", "install", "postinstall")
FROM_SOURCE = ("preprepare", "prepare", "postprepare", "prepublish", "prepublishOnly", "prepack", "postpack")
UNINSTALLED = ("preuninstall", "uninstall", "postuninstall")
ROOT = re.compile(r"(?:^|!/)(?:[^/!]*/)?(package\.json|binding\.gyp)\Z")
SDIST = re.compile(r"(?:^|!/)[^/!]+-\d[^/!]*/[^/]+\Z")
BUNDLED = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/]+/package\.json\Z")
GYP_ACTION = re.compile(r"""['"]action['"]\s*:\s*\[([^\]]*)\]|<!@?\(([^)]*)\)""")


def concerns(path: str) -> bool:
    """Whether npm would read this file when the package, or one bundled with it, is installed."""
    return bool((ROOT.search(path) and not SDIST.search(path)) or BUNDLED.search(path))


def traits(subject: Subject) -> Iterator[Trait]:
    """Scripts and commands of a package.json or binding.gyp."""
    text = text_of(subject)
    if subject.base == "binding.gyp":
        yield hook(INSTALL_SCRIPT, "binding.gyp", text)
        for match in GYP_ACTION.finditer(text):
            command = one_line(match[1] or match[2] or "")
            yield hook(INSTALL_COMMAND, f"binding.gyp: {command}", match[0])
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        yield from package_json(document)


def package_json(document: dict[str, object]) -> Iterator[Trait]:
    """What a package.json registers."""
    scripts = document.get("scripts")
    for name, command in scripts.items() if isinstance(scripts, dict) else ():
        spelt = one_line(str(command))
        if name in INSTALLED:
            yield hook(INSTALL_SCRIPT, name, f"{name}: {command}", token=name)
            yield hook(INSTALL_COMMAND, f"{name}: {spelt}", f"{name}: {command}", token=name)
        elif name in FROM_SOURCE or name in UNINSTALLED:
            yield hook(NPM_LIFECYCLE, name, f"{name}: {command}", token=name)
    if document.get("gypfile") is True:
        yield hook(INSTALL_SCRIPT, "gypfile", "gypfile: true", token="gypfile")  # noqa: S106
    commands = document.get("bin")
    if isinstance(commands, dict):
        for name, target in commands.items():
            yield hook(COMMAND, str(name), f"bin: {name} = {target}", token=str(name))
    elif isinstance(commands, str):
        name = str(document.get("name", "")).rsplit("/", 1)[-1]
        yield hook(COMMAND, name, f"bin: {commands}", token=name)
