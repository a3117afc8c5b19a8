"""How a release in a registry is written: each registry the way its own client writes it.

    pypi:NAME==VERSION     PEP 440 exact match, names as PEP 503 normalises them
    npm:NAME@VERSION       npm's package specification, scopes included
    deb:NAME=VERSION       as `apt-get install` takes it; optionally NAME:ARCH

Without a version, the newest release is meant. Anything else is a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from doorward.errors import Misuse

__all__ = ["ECOSYSTEMS", "Reference", "parse_reference"]

ECOSYSTEMS = {"pypi": "==", "npm": "@", "deb": "="}
NAMES = {
    "pypi": re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"),
    "npm": re.compile(r"(?:@[a-z0-9~_-][a-z0-9._~-]*/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]*"),
    "deb": re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?"),
}
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~:!_-]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """A release in a registry."""

    ecosystem: str
    """`pypi`, `npm` or `deb`."""
    name: str
    version: str
    """Empty for the newest."""


def parse_reference(text: str) -> Reference | None:
    """The release that a text names, or None if it is a path.

    Raises:
        Misuse: it begins like a registry's release and is not one.
    """
    ecosystem, colon, rest = text.partition(":")
    if not colon or ecosystem not in ECOSYSTEMS:
        return None
    sign = ECOSYSTEMS[ecosystem]
    at = rest.rfind(sign) if ecosystem == "npm" else rest.find(sign)
    name, version = (rest[:at], rest[at + len(sign) :]) if at > 0 else (rest, "")
    if not NAMES[ecosystem].fullmatch(name) or (at > 0 and not VERSION.fullmatch(version)):
        raise Misuse(
            f"reading {text!r}",
            expected=f"{ecosystem}:NAME{sign}VERSION",
            found=f"name {name!r}, version {version!r}",
            next_step=f"write it as {ecosystem}:NAME{sign}VERSION; a file is given by its path",
        )
    if ecosystem == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    return Reference(ecosystem, name, version)
