"""Which optional packages belong to which extra, read from the installed distribution itself.

The base install is small on purpose (any dependency can run code at every start of every server), so
a command may lack what it needs. It says so before it begins, naming the extra to install.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re

from doorward.errors import Misuse

__all__ = ["extra_of", "modules_of", "require"]

EXTRAS = ("inspect", "drill")
"""In order of how much they bring."""
MODULES = {"libarchive-c": "libarchive", "pyyaml": "yaml"}
"""Distributions whose module is not their name with underscores."""


def modules_of(extra: str) -> dict[str, str]:
    """Distribution name → module name of everything an extra brings."""
    try:
        requirements = importlib.metadata.requires("doorward") or []
    except importlib.metadata.PackageNotFoundError:  # run from a source tree that was never installed
        requirements = []
    found = {}
    for requirement in requirements:
        wanted = re.search(r"""extra\s*==\s*["']([\w-]+)["']""", requirement)
        name = re.match(r"[\w.-]+", requirement)
        if name and wanted and wanted[1] == extra and name[0] != "doorward":
            found[name[0]] = MODULES.get(name[0].lower(), name[0].replace("-", "_"))
    return found


def extra_of(module: str) -> str:
    """The extra that brings a module; empty if none does."""
    top = module.partition(".")[0]
    return next((extra for extra in EXTRAS if top in modules_of(extra).values()), "")


def require(extra: str) -> None:
    """Refuse to begin what would fail half-way.

    Raises:
        Misuse: a package of the extra is missing; names the command that installs it.
    """
    missing = [name for name, module in modules_of(extra).items() if importlib.util.find_spec(module) is None]
    if missing:
        raise Misuse(
            "looking for the libraries this command needs",
            expected=f"the extra `{extra}` to be installed",
            found="no " + ", ".join(sorted(missing)),
            next_step=f"pip install 'doorward[{extra}]'",
        )
