"""A sign: a drift as the judge counts it. Names, places and sizes are reduced to a small vocabulary.

Rule: nothing the accused chooses freely may shape a sign. Not the name of a host, a function or a
file, only what kind of thing is new, how new it is, and in what kind of file: its matter, its role,
whether it is new itself, and how much of it changed. Only so can a rarity that was counted in other
packages say something about this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from doorward.model.drift import Drift, Scope, Step
from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["RELEASE", "SIZES", "Matter", "Place", "Role", "Sign", "acts", "place_of", "role_of", "sign_of"]


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
    *(".github", ".gitlab", ".circleci", ".devcontainer", ".vscode"),
}
"""Folders for readers, and for the project's own machinery: nothing there runs where the release does."""
TEST_NAME = re.compile(r"^(test_|conftest\.py$)|([._-](test|tests|spec)\.[a-z]+$)")
DOCS_NAME = re.compile(
    r"\.(md|rst|adoc|pod|[1-8](\.gz)?|po|mo|html?)$|^(readme|changelog|changes|history|news|authors|license|copying|notice)",
    re.IGNORECASE,
)
META_PART = re.compile(
    r"\.dist-info/|\.egg-info/|(^|/)control\.tar[^/]*!/|(^|/)\.(rpm|msi)/|(^|/)PKG-INFO$"
    r"|^(?:[^/]+/)?(?:package\.json|pyproject\.toml)$"
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


class Matter(StrEnum):
    """What a file is made of, by the traits that were found in it."""

    SCRIPT = "script"
    NATIVE = "native"
    DATA = "data"


SIZES = (0, 256, 2_048, 16_384, 131_072, 1_048_576)
"""Upper ends of the classes of change, in bytes that are new; above is the last class."""


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of changed file: what is expected of it is counted apart from other kinds."""

    matter: Matter
    added: bool
    """Whether the file is new: no forerunner."""
    role: Role
    size: int
    """Class of change: the index into `SIZES` of the bytes that are new in it. For metadata it is
    the size of the version step, which says more there."""

    @property
    def name(self) -> str:
        """One spelling, from coarse to fine: `script/changed/code/2`."""
        return "/".join(self.steps)

    @property
    def steps(self) -> tuple[str, str, str, str]:
        """Matter, new or changed, role, size class: what sparse counts lean on, coarse first."""
        return self.matter.value, "added" if self.added else "changed", self.role.value, str(self.size)


RELEASE = Place(Matter.DATA, added=False, role=Role.META, size=1)
"""The place of what concerns the release as a whole."""


STEPS = {Step.PATCH: 0, Step.MINOR: 1, Step.UNKNOWN: 1, Step.MAJOR: 2}


def place_of(path: str, kinds: Iterable[str], churn: int | None, size: int, step: Step) -> Place:
    """The place of one changed file.

    Args:
        path: logical path in the new release.
        kinds: kinds of the traits found in it.
        churn: bytes of it that its forerunner has not; None for a new file.
        size: bytes.
        step: size of the version step.
    """
    rooms = {kind.split(".", 1)[0] for kind in kinds}
    matter = Matter.NATIVE if "exe" in rooms else Matter.SCRIPT if "script" in rooms else Matter.DATA
    change = size if churn is None else churn
    role = role_of(path)
    kind = STEPS[step] if role is Role.META else sum(change > most for most in SIZES)
    return Place(matter, churn is None, role, kind)


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


HIDES = {"decode", "encode", "dynamic-import"}
TAKES = {"credentials", "environment-bulk"}
"""Reading one's own token and sending it is what every client does; sending the whole environment is not."""
BRINGS = {"network", "dns"}
RUNS = {"dynamic-code", "dynamic-import", "process", "native", "unpickle", "make-executable", "persistence"}
LOADS = {"dynamic-code", "native", "unpickle"}
GRAVE = ((HIDES, RUNS), (HIDES, BRINGS), ({"environment-bulk"}, BRINGS), (TAKES, HIDES), (BRINGS, LOADS))
"""What a back door must do in one place: hide and run, hide and call home, take and send, fetch and run."""


OWN_ARCHIVE = re.compile(r"^(?:data|control)\.tar(?:\.\w+)?!/")
"""Archives that are parts of the package format itself."""


def is_nested(path: str) -> bool:
    """Whether a member lies in an archive within the release: hooks there are nobody's hooks."""
    return "!/" in OWN_ARCHIVE.sub("", path)


def acts(path: str) -> bool:
    """Whether something acts on a hook at this path: not in an archive within the release, not among tests.

    Among tests is what lies in their folder: `test_x.pth` runs at every start whatever its own name.
    """
    folder = path.rpartition("/")[0]
    return not is_nested(path) and (role_of(path) is Role.META or role_of(f"{folder}/") is not Role.TEST)


def suspicion_of(kind: TraitKind, key: str, path: str = "") -> Suspicion:
    """The kind's suspicion; of combinations only those that a back door must have are strong."""
    if kind.channel is Channel.HOOK and is_nested(path):
        return Suspicion.WEAK
    if kind.name == "script.combination":
        parts = set(key.split("+"))
        grave = any(parts & one and parts & other for one, other in GRAVE)
        return Suspicion.STRONG if grave else Suspicion.MEDIUM
    return kind.suspicion


def sign_of(drift: Drift, kind: TraitKind, place: Place) -> Sign:
    """Reduce one drift.

    Args:
        drift: what is new.
        kind: what its kind means.
        place: the kind of file it was found in.
    """
    name = f"{kind.name}:{drift.trait.key}" if kind.closed_keys else kind.name
    if drift.trait.values:
        name += f"#{min(4, (drift.amount.bit_length() + 1) // 2)}"
    ruled = acts(drift.path) if kind.channel is Channel.HOOK else place.role is not Role.TEST
    ruled = ruled or kind.name.startswith("listing.")  # a mode is set wherever the file lies
    return Sign(
        name=name,
        scope=drift.scope,
        place=place,
        channel=kind.channel,
        suspicion=suspicion_of(kind, drift.trait.key, drift.path),
        always_block=kind.always_block and drift.scope in WHOLE and ruled,
    )
