"""A sign: a drift as the judge counts it. Names, places and sizes are reduced to a small vocabulary.

Rule: nothing the accused chooses freely may shape a sign. Not the name of a host, a function or a
file, only what kind of thing is new, how new it is, what role its file plays, and whether that
file is itself new. Only so can a rarity counted in other packages say something about this one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["Place", "Role", "Sign", "places", "role_of", "sign_of"]


class Role(StrEnum):
    """What part a file plays in a release, by its path: it widens or narrows what is expected there."""

    CODE = "code"
    TEST = "test"
    DOCS = "docs"
    META = "meta"
    """Metadata and scripts of the package itself."""


TEST_PARTS = {
    *("test", "tests", "testing", "testsuite", "testdata", "test-data", "test_data"),
    *("spec", "specs", "__tests__", "__mocks__", "fixture", "fixtures"),
}
DOCS_PARTS = {
    *("doc", "docs", "documentation", "man", "locale", "locales"),
    *("example", "examples", "sample", "samples", "demo", "demos"),
}
TEST_NAME = re.compile(r"^(test_|conftest\.py$)|([._-](test|tests|spec)\.[a-z]+$)")
DOCS_NAME = re.compile(
    r"\.(md|rst|adoc|pod|[1-8](\.gz)?|po|mo|html?)$|^(readme|changelog|changes|history|news|authors|license|copying|notice)",
    re.IGNORECASE,
)
META_PART = re.compile(
    r"\.dist-info/|\.egg-info/|(^|/)control\.tar[^/]*!/|(^|/)\.(rpm|msi)/|(^|/)PKG-INFO$|^[^/]+/package\.json$|^package\.json$"
)


def role_of(path: str) -> Role:
    """The role of a member, by its logical path."""
    if META_PART.search(path):
        return Role.META
    *folders, base = path.replace("!/", "/").lower().split("/")
    if TEST_NAME.search(base) or any(part in TEST_PARTS for part in folders):
        return Role.TEST
    if DOCS_NAME.search(base) or any(part in DOCS_PARTS for part in folders):
        return Role.DOCS
    return Role.CODE


WHOLE = (Scope.PACKAGE, Scope.HISTORY)
"""Scopes at which a rule applies."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something can be new: the role of a file, and whether the file is new itself."""

    role: Role
    added: bool

    @property
    def name(self) -> str:
        """`code`, `code+` for a new file, and so on."""
        return f"{self.role.value}{'+' if self.added else ''}"


@dataclass(frozen=True, slots=True)
class Sign:
    """One drift, reduced."""

    name: str
    """`kind`, or `kind:key` for kinds with a closed set of keys; with the amount's class for sets."""
    scope: Scope
    place: Place
    channel: Channel
    suspicion: Suspicion
    always_block: bool

    @property
    def cell(self) -> str:
        """The cell in which its rarity is counted: name and scope."""
        scope = Scope.PACKAGE if self.scope is Scope.HISTORY else self.scope
        return f"{self.name}|{scope.value}"


def sign_of(drift: Drift, kind: TraitKind) -> Sign:
    """Reduce one drift."""
    name = f"{kind.name}:{drift.trait.key}" if kind.closed_keys else kind.name
    if drift.trait.values:
        name += f"#{min(4, (drift.amount.bit_length() + 1) // 2)}"
    role = role_of(drift.path)
    return Sign(
        name=name,
        scope=drift.scope,
        place=Place(role, not drift.forerunner),
        channel=kind.channel,
        suspicion=kind.suspicion,
        always_block=kind.always_block and drift.scope in WHOLE and role is not Role.TEST,
    )


def places(files: Iterable[tuple[str, bool]]) -> dict[str, int]:
    """How many changed files there are of each place: the opportunities for a sign.

    Args:
        files: (logical path, whether it is new) of every changed member.
    """
    return dict(Counter(Place(role_of(path), added).name for path, added in files))
