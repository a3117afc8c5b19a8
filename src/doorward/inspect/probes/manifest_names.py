"""Dependency specifications as each ecosystem writes them, reduced to names.

PEP 508 requirements, npm package specs (`npm-package-arg`), Debian relationship fields (Policy 7.1).
Versions are left out on purpose: a changed constraint is no new dependency.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = [
    "Requirement",
    "confusable_pairs",
    "debian_names",
    "npm_requirement",
    "pep503",
    "python_requirement",
]

PEP508 = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(?:@\s*([^\s;]+))?([^;]*)(?:;(.*))?"
)
SEPARATORS = re.compile(r"[-_.]+")
NPM_DIRECT = re.compile(
    r"(?:git(?:\+\w+)?:|git@|https?:|file:|link:|portal:|github:|gitlab:|bitbucket:|gist:)"
)
NPM_SHORTHAND = re.compile(r"[\w.-]+/[\w.-]+(?:#.*)?\Z")
SONAME = re.compile(r"\A(lib.+?)[\d.]*(?:t64|v5)?(?::\w+)?\Z")
CREDENTIALS = re.compile(r"://[^/@\s]*@")
LOOKALIKES = str.maketrans("01358", "olesb")
SHORTEST = 5
"""Names below this length are one letter from each other by chance (`ws`, `ms`, `qs`)."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one dependency line asks for."""

    name: str
    """Normalised."""
    url: str = ""
    """Where it is taken from if not from the registry; no credentials, no fragment."""
    optional: bool = False
    """Only with an extra."""
    alias: str = ""
    """The name it is installed under, if another one."""


def pep503(name: str) -> str:
    """The name as Python registries compare it.

    >>> pep503("Foo.Bar__baz")
    'foo-bar-baz'
    """
    return SEPARATORS.sub("-", name).lower()


def python_requirement(text: str) -> Requirement | None:
    """One PEP 508 requirement, or a bare URL of a requirements file; None for anything else."""
    line = text.strip()
    if re.match(r"(?:git|hg|svn|bzr)\+|https?://|file:", line):
        egg = re.search(r"[#&]egg=([\w.-]+)", line)
        return Requirement(pep503(egg[1]) if egg else "", clean_url(line))
    match = PEP508.match(line)
    if not match:
        return None
    name, _, url, _, marker = match.groups()
    return Requirement(
        pep503(name), clean_url(url or ""), optional=bool(marker and re.search(r"\bextra\b", marker))
    )


def npm_requirement(name: str, spec: str) -> Requirement:
    """One entry of a dependencies table."""
    if spec.startswith("npm:"):
        real = spec[4:]
        at = real.rfind("@")
        return Requirement(real[:at] if at > 0 else real, alias=name)
    if NPM_DIRECT.match(spec) or NPM_SHORTHAND.match(spec) or spec.startswith((".", "/", "~/")):
        return Requirement(name, clean_url(spec))
    return Requirement(name)


def clean_url(url: str) -> str:
    """The address without credentials, fragment and quotes."""
    return CREDENTIALS.sub("://", url.split("#", 1)[0].strip("'\""))


def debian_names(field: str) -> Iterator[str]:
    """Package names of a relationship field; sonames' numbers dropped, since every rebuild bumps them."""
    for alternative in re.split(r"[,|]", field):
        match = re.match(r"\s*([a-z0-9][a-z0-9+.-]*)", alternative)
        if match:
            library = SONAME.match(match[1])
            yield library[1].rstrip("-") if library and len(library[1]) >= 4 else match[1]


def confusable_pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of these names that are one edit apart or differ in look-alike characters only."""
    found = sorted({name for name in names if len(name) >= SHORTEST})
    known, pairs = set(found), set()
    looks: dict[str, str] = {}
    for name in found:
        near = neighbours(name) & known
        look = SEPARATORS.sub("", name).translate(LOOKALIKES).replace("rn", "m").replace("vv", "w")
        near.add(looks.setdefault(look, name))
        pairs |= {(min(name, other), max(name, other)) for other in near if not numbered(name, other)}
    yield from sorted(pairs)


def numbered(one: str, other: str) -> bool:
    """Whether two names differ in a final number only, or not at all: generations of one library."""
    return one.rstrip("0123456789") == other.rstrip("0123456789")


def neighbours(name: str) -> set[str]:
    """Every string one insertion, deletion, substitution or swap away, of the characters names have."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
    cuts = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    deleted = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    replaced = {left + letter + right[1:] for left, right in cuts if right for letter in letters}
    inserted = {left + letter + right for left, right in cuts for letter in letters}
    return (deleted | swapped | replaced | inserted) - {name}
