"""Twins: builds of one thing within a release, and what came into only one of them.

Rule: two members whose paths differ in nothing but names of processors, systems, interpreters and their
ABIs are built from one source. What a change of that source brings comes into all of them; what comes
into one only (CCleaner 5.33, 2017: the 32-bit program) was not in the source. Set-valued traits
(digests of code) differ by nature between processors: there, only the presence of a drift of the kind
is compared. The judge also hears of weak kinds through their own findings, so only kinds of medium or
strong suspicion are held against the twin.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from doorward.inspect.probes.catalogue import all_kinds
from doorward.model.artifact import Member, MemberKind
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["DIFFERS", "KINDS", "twin_drifts", "twin_key", "twins"]

DIFFERS = TraitKind(
    "twin.differs",
    Channel.TWIN,
    Suspicion.MEDIUM,
    "only this build, not its twin, has something new: {key}",
    "Builds of one source change together. A change in one of them was made after the source, or on one of"
    " the build machines.",
    "Platform-specific fixes; a toolchain that was updated for one platform.",
    "Rebuild this one from the source and compare.",
    ("T1195.002",),
)
KINDS = (DIFFERS,)

TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"x86[_-]64(?:[_-]v[234])?|x86|x64|x32|amd64|i[3-6]86|ia32|arm64(?:ec|e)?|aarch64|armv[5-8][a-z]*|armhf|armel|arm"
    r"|ppc64(?:le|el)?|s390x|riscv64(?:gc)?|mips(?:64)?(?:el|le)?|loong(?:arch)?64|universal2?|wasm32"
    r"|win(?:dows|32|64|[_-]?(?:amd64|arm64|x64|x86))?|linux(?:32|64)?|darwin|macosx?|osx|freebsd|android|ios"
    r"|manylinux\w*|musllinux\w*|gnu(?:eabi(?:hf)?)?|musl(?:eabi(?:hf)?)?|msvc|mingw(?:32|64)?|eabihf|glibc"
    r"|cp\d{2,3}t?|cpython[_-]?\d{2,3}t?|pp\d{2,3}|pypy[_-]?\d{2,3}|abi3|py[23]\d{0,2}|graalpy\d+"
    r"|net\d(?:\.\d)?|net[2-4]\d{1,2}|netstandard[12]\.\d|netcoreapp[1-3]\.\d|uap10[.\d]*"
    r"|(?:32|64)[_-]?bit"
    r")(?![A-Za-z0-9])",
    re.IGNORECASE,
)
WIDTH = re.compile(
    r"(?<=[a-z_-])(?:32|64)(?=(?:[._-]\w+)?\.(?:dll|exe|so|dylib|pyd|lib|sys|node|a)\b)", re.IGNORECASE
)
RUNS = re.compile(r"\*(?:[._-]*\*)*")
BUILT = (
    ".so", ".dll", ".exe", ".pyd", ".node", ".dylib", ".a", ".lib", ".o", ".sys", ".efi", ".ocx", ".jar",
    ".wasm",
)  # fmt: skip
"""Names of compiled files; a versioned `.so.1` counts too. `linux.py` and `windows.py` are no twins."""
STAR_DIRS = re.compile(r"(?:\*/)+")


def twin_key(path: str) -> str:
    """The path with each name of a platform, interpreter or word size replaced by a star.

    >>> twin_key("lib/win32/net.dll") == twin_key("lib/win_amd64/net.dll")
    True
    >>> twin_key("pkg/_x.cpython-311-x86_64-linux-gnu.so")
    'pkg/_x.*.so'
    """
    starred = WIDTH.sub("*", TOKEN.sub("*", path))
    return STAR_DIRS.sub("*/", RUNS.sub("*", starred))


def twins(members: Iterable[Member]) -> dict[str, tuple[str, ...]]:
    """For each member that has twins: their paths, its own left out."""
    groups: dict[str, list[str]] = defaultdict(list)
    for member in members:
        if member.kind is MemberKind.FILE:
            key = twin_key(member.path)
            if key != member.path and built(key):
                groups[key].append(member.path)
    return {
        path: tuple(other for other in group if other != path)
        for group in groups.values()
        if len(group) > 1
        for path in group
    }


def built(key: str) -> bool:
    """Whether this is a compiled file, or a file within an archive that has a twin."""
    container, _, leaf = key.rpartition("!/")
    return "*" in container or leaf.lower().endswith(BUILT) or ".so." in leaf


def twin_drifts(drifts: Sequence[Drift], members: Iterable[Member]) -> list[Drift]:
    """Give one drift of kind `twin.differs` for each kind of trait that only one twin gained.

    Args:
        drifts: of one pair of releases.
        members: of the new release; of several artifacts of it, if they were inspected together.

    Returns:
        Drifts at the path that differs, their key the kind of trait, their count how many such.
    """
    siblings = twins(members)
    gained: dict[str, dict[str, list[Drift]]] = defaultdict(lambda: defaultdict(list))
    for drift in drifts:
        if drift.path in siblings and comparable(drift):
            gained[drift.path][drift.trait.kind].append(drift)
    found = []
    for path, kinds in gained.items():
        for kind, mine in kinds.items():
            others = [gained[other].get(kind, []) if other in gained else [] for other in siblings[path]]
            alone = [drift for drift in mine if not any(shared(drift, theirs) for theirs in others)]
            if alone:
                found.append(difference(path, kind, alone, siblings[path]))
    return found


def comparable(drift: Drift) -> bool:
    """Whether a drift says something about its source."""
    kind = all_kinds().get(drift.trait.kind)
    if kind is None or kind.suspicion not in {Suspicion.STRONG, Suspicion.MEDIUM}:
        return False
    return drift.scope is not Scope.GROWN or bool(drift.trait.values)


def shared(drift: Drift, theirs: Sequence[Drift]) -> bool:
    """Whether a twin gained the same; of set-valued traits, anything of the kind."""
    if drift.trait.values:
        return bool(theirs)
    return any(other.trait.key == drift.trait.key for other in theirs)


def difference(path: str, kind: str, alone: Sequence[Drift], others: Sequence[str]) -> Drift:
    """The drift that tells what one build has alone."""
    first = alone[0]
    keys = ", ".join(sorted({drift.trait.key for drift in alone})[:8])
    excerpt = f"{keys}; not in {', '.join(others[:4])}" + (", …" if len(others) > 4 else "")
    evidence = Evidence(
        where=first.trait.evidence.where,
        line=first.trait.evidence.line,
        offset=first.trait.evidence.offset,
        excerpt=excerpt,
    )
    scope = max((drift.scope for drift in alone), key=list(Scope).index)
    return Drift(
        path, first.forerunner, scope, Trait(DIFFERS.name, kind, len(alone), evidence), len(alone), len(alone)
    )
