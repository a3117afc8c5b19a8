"""A change of lock files in, one report on all updates out: the walk through `--lock` and `--since`.

    what the locks say ─ what the registries say of that ─ fetch old and new ─ inspect each pair ─ worst first

Everything that keeps an update from being inspected is a reason, in a sentence, and keeps it from being
clear. Nothing is skipped because it is a development dependency, or small, or well known: event-stream's
back door came with a development dependency of somebody else's. The world is reached through ports alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from doorward.errors import DoorwardError, Undecided
from doorward.formats.locks.interface import Lock, SourceKind
from doorward.inspect import lock_rules
from doorward.inspect.updates import Bump, Fetch, compare_locks, not_fetched, plan
from doorward.model.artifact import Artifact
from doorward.model.finding import Finding, Report
from doorward.model.update import Update, Updates
from doorward.ports import Progress, Registry

__all__ = ["LockChange", "inspect_updates"]

Compare = Callable[[Sequence[Artifact], Artifact], Report]

LOGIC_NOTE = (
    "A change of logic alone leaves no sign in an artifact: only an independent rebuild, or a comparison "
    "with reviewed source, can tell."
)
PINNED_NOTE = "Only what the lock files name was inspected: tools that they do not pin were not."


@dataclass(frozen=True, slots=True)
class LockChange:
    """One lock file before and after."""

    path: str
    old: Lock | None
    """None if the file is new."""
    new: Lock | None
    """None if the file went."""


@dataclass(slots=True)
class _Case:
    """What is known of one package at one new version, from all lock files."""

    bump: Bump
    paths: list[str]
    known: set[str]
    """Addresses that the old locks already name."""
    findings: tuple[Finding, ...] = ()
    reasons: list[str] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    published: tuple[str, ...] | None = None
    fetches: list[Fetch] = field(default_factory=list)


def inspect_updates(
    changes: Sequence[LockChange],
    *,
    registries: Mapping[str, Registry],
    compare: Compare,
    progress: Progress,
    platform: str = "",
    all_artifacts: bool = False,
    names: tuple[str, str] = ("", ""),
) -> Updates:
    """Inspect every package that the change brings in.

    Args:
        changes: each lock file that differs.
        registries: by ecosystem.
        compare: inspects one pair; forerunners may be none.
        progress: told of fetching and inspecting.
        platform: tag whose artifact is inspected instead of this machine's.
        all_artifacts: inspect every artifact that the lock lists, not only this platform's and the sdist.
        names: what was compared, for the report.
    """
    cases = _cases(changes)
    progress.phase("ask the registries", len(cases))
    for case in cases:
        _ask(case, registries)
        progress.step(detail=case.bump.name)
    progress.phase("updates", sum(len(case.fetches) for case in cases))
    for case in cases:
        _inspect(case, registries, compare, progress, platform, all_artifacts=all_artifacts)
    told = [_update(case) for case in cases if not _nothing_new(case)]
    return Updates(names[0], names[1], tuple(told), notes=(LOGIC_NOTE, PINNED_NOTE))


def _cases(changes: Iterable[LockChange]) -> list[_Case]:
    """Each package and new version once, whichever lock files name it."""
    found: dict[tuple[str, ...], _Case] = {}
    for change in changes:
        known = {package.url for package in change.old.packages} if change.old else set()
        for bump in compare_locks(change.old, change.new):
            new = bump.new
            identity = (new.kind.value, new.url, *new.hashes) if new else ()
            key = (bump.ecosystem, bump.name, bump.old_version, bump.new_version, *identity)
            case = found.setdefault(key, _Case(bump, [], set(known)))
            case.known &= known  # known to every lock that brings it in
            if change.path not in case.paths:
                case.paths.append(change.path)
    for case in found.values():
        case.fetches = list(plan([case.bump]))
    return list(found.values())


def _ask(case: _Case, registries: Mapping[str, Registry]) -> None:
    """What the registry says of a bump, and what the lock says against that."""
    bump, new = case.bump, case.bump.new
    if new is None:
        return
    registry = registries[bump.ecosystem]
    if new.kind is SourceKind.REGISTRY:
        try:
            case.published = registry.published(bump.name, new.version)
        except DoorwardError as error:
            case.reasons.append(f"The registry was not heard: {_told(error)}.")
    elif reason := not_fetched(bump):
        case.reasons.append(reason)
    sources = registry.sources(bump.name)
    case.findings = lock_rules.findings(bump, published=case.published, sources=sources, known=case.known)


def _inspect(
    case: _Case,
    registries: Mapping[str, Registry],
    compare: Compare,
    progress: Progress,
    platform: str,
    *,
    all_artifacts: bool,
) -> None:
    """Fetch and inspect what one bump brings; every failure becomes a reason."""
    registry = registries[case.bump.ecosystem]
    seen: set[str] = set()
    for fetch in _widened(case, all_artifacts=all_artifacts):
        wanted = fetch.wanted or platform
        try:
            pair = _pair(registry, fetch, wanted, platform)
            if pair is not None and pair[1].digest not in seen:
                seen.add(pair[1].digest)
                case.reports.append(compare(*pair))
        except DoorwardError as error:
            case.reasons.append(f"{_told(error)}.")
        progress.step(detail=f"{case.bump.name} {case.bump.new_version}")


def _pair(
    registry: Registry, fetch: Fetch, wanted: str, platform: str
) -> tuple[tuple[Artifact, ...], Artifact] | None:
    """The two artifacts, or None if the release has no sdist, which is wanted only where there is one."""
    name = fetch.bump.name
    new = _if_there(registry, name, fetch.new_version, wanted)
    if new is None:
        return None
    if not fetch.old_version:
        return (), new
    before = _renamed(new.file_name, fetch) if wanted == new.file_name else wanted
    old = _if_there(registry, name, fetch.old_version, before)
    # The first sdist of a package brings a first setup.py: held against the wheel, that is seen.
    return (old or registry.fetch(name, fetch.old_version, platform),), new


def _if_there(registry: Registry, name: str, version: str, wanted: str) -> Artifact | None:
    """One file of a release; None if it has no sdist, or no file of that name."""
    try:
        return registry.fetch(name, version, wanted)
    except Undecided as error:
        if wanted == error.expected and (wanted == "sdist" or "." in wanted):
            return None
        raise


def _renamed(file_name: str, fetch: Fetch) -> str:
    """The old release's file of the same kind, as its name would be."""
    return re.sub(rf"(?<=-){re.escape(fetch.new_version)}(?=[-.])", fetch.old_version, file_name, count=1)


def _widened(case: _Case, *, all_artifacts: bool) -> list[Fetch]:
    if not all_artifacts or not case.fetches or case.bump.new is None:
        return case.fetches
    return [*case.fetches, *(replace(case.fetches[0], wanted=name) for name in case.bump.new.files)]


def _nothing_new(case: _Case) -> bool:
    """Whether nobody need hear of it: the project itself, or an entry rewritten over the same bytes."""
    new = case.bump.new
    if case.findings or case.reasons or new is None:
        return False
    return new.kind is SourceKind.WORKSPACE or lock_rules.settled(case.bump, case.published)


def _update(case: _Case) -> Update:
    bump = case.bump
    return Update(
        name=bump.name,
        ecosystem=bump.ecosystem,
        old_version=bump.old_version,
        new_version=bump.new_version,
        files=tuple(case.paths),
        reports=tuple(sorted(case.reports, key=lambda report: (-report.verdict.rank, -report.score))),
        reason=" ".join(case.reasons),
        findings=case.findings,
        unexamined=_unexamined(case),
    )


def _unexamined(case: _Case) -> int:
    """Files of the new release that nobody inspected, by their digests."""
    if not case.published or not case.reports:
        return 0
    offered = {digest for digest in case.published if digest.startswith("sha256:")}
    return len(offered - {report.new.digest for report in case.reports})


def _told(error: DoorwardError) -> str:
    parts = [error.check]
    if error.expected:
        parts.append(f"expected {error.expected}")
    if error.found:
        parts.append(f"found {error.found}")
    return ", ".join(parts)
