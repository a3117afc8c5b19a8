"""New dependencies that nothing in the release uses: pulled in to run at installation, not to be called.

event-stream (2018) and axios (2026) brought in a package that none of their own code imported. An
honest dependency is named somewhere in the code that needed it. Rule: a dependency that is new to
the package, and whose name no script of the release holds in any usual spelling, is a trait of its own.
What is *not* seen: a dependency imported once for show.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from doorward.inspect.signs import Role, role_of
from doorward.model.artifact import Member, MemberKind
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Suspicion, Trait, TraitKind

__all__ = ["UNUSED", "asked_about", "code_members", "spellings", "unused_drifts"]

UNUSED = TraitKind(
    name="dependency.unused",
    channel=Channel.DEPENDENCY,
    suspicion=Suspicion.STRONG,
    title="needs {key}, which nothing in the release uses",
    why=(
        "A dependency that no code calls is there for what it does when it is installed. event-stream "
        "in 2018 and axios in 2026 were turned against their users in this way."
    ),
    innocent=(
        "A plug-in that is found by its entry point, a module with another name, "
        "a pinned transitive dependency."
    ),
    settle="Inspect the dependency itself, and ask the project what it is for.",
    attack=("T1195.001",),
)
DEPENDENCY = "dependency.new"
MANIFESTS = ("METADATA", "PKG-INFO", "package.json", "pyproject.toml", "setup.cfg", "requires.txt")
"""Manifests of packages of scripts; what a Debian package depends on need not be named in code."""
CODE = (
    ".py",
    ".pyi",
    ".pyx",
    ".js",
    ".mjs",
    ".cjs",
    ".ts",
    ".mts",
    ".cts",
    ".tsx",
    ".jsx",
    ".vue",
    ".svelte",
)
AFFIX = re.compile(r"^(?:python|py|node|lib)[-_.]?|[-_.]?(?:python|py|js|node|stubs|types)$")


def spellings(name: str) -> tuple[str, ...]:
    """The ways in which code may name a package."""
    base = name.rsplit("/", 1)[-1].lower()
    bare = AFFIX.sub("", base)
    found = {name, base, bare, bare.rstrip("0123456789")}
    for text in tuple(found):
        found |= {text.replace("-", "_"), text.replace("-", "."), text.replace("-", "")}
        parent, _, child = text.rpartition("-")
        if parent:
            found.add(f"from {parent.replace('-', '.')} import {child}")  # a part of a namespace package
    return tuple(sorted(text for text in found if len(text) > 1))


def code_members(members: Iterable[Member]) -> list[Member]:
    """Members that could use a dependency."""
    return [
        m
        for m in members
        if m.kind is MemberKind.FILE and m.size and m.path.endswith(CODE) and role_of(m.path) is not Role.META
    ]


def asked_about(drift: Drift) -> bool:
    """Whether a drift is a dependency that is new to a package of scripts."""
    return (
        drift.trait.kind == DEPENDENCY
        and drift.scope in {Scope.PACKAGE, Scope.HISTORY}
        and drift.path.rsplit("/", 1)[-1] in MANIFESTS
    )


def unused_drifts(drifts: Sequence[Drift], found: Mapping[str, Collection[int]]) -> list[Drift]:
    """One drift for each new dependency that no code names.

    Args:
        drifts: of the release.
        found: spelling → where it was found; only spellings that were looked for are in it.
    """
    return [
        replace(drift, trait=Trait(UNUSED.name, drift.trait.key, 1, drift.trait.evidence))
        for drift in drifts
        if asked_about(drift) and not any(found.get(text) for text in spellings(drift.trait.key))
    ]
