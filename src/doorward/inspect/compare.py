"""One pair of releases, from files on disk to a report: the flow of this room, in order.

1. open every release (in confined workers), or take its listing from the cache;
2. pair the members of the last forerunner with the new ones;
3. probe what changed, on both sides, or take the traits from the cache;
4. drift: what is new for the file, the package, the history;
5. judge; 6. gather the report.

What could not be opened or probed is carried along as `NotExamined` to the end. Only equality
with the forerunner lets a member go unexamined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from doorward.inspect.carriers import carriers, reading_drifts
from doorward.inspect.compiled import compiled_drifts, source_of
from doorward.inspect.drift import drifts_of_file, rescope, step_between
from doorward.inspect.judge import Case, Judgment, judge
from doorward.inspect.links import with_second_names
from doorward.inspect.listing_traits import listing_traits
from doorward.inspect.pairing import Pair, Pairing, normal_path, pair
from doorward.inspect.probes.catalogue import kind_named
from doorward.inspect.probes.manifest import registry_traits
from doorward.inspect.signatures import lost_signature
from doorward.inspect.signs import Role, acts, place_of, role_of
from doorward.inspect.twins import twin_drifts
from doorward.inspect.unused import asked_about, code_members, spellings, unused_drifts
from doorward.inspect.weights import Weights
from doorward.inspect.workbench import Release, Workbench
from doorward.model.artifact import Artifact, Listing, Member, MemberKind, NotExamined
from doorward.model.drift import Drift, Scope, Step
from doorward.model.finding import Change, ChangeKind, Coverage, Report
from doorward.model.trait import Channel, Evidence, Trait

__all__ = ["Comparison", "case_of", "compare", "gather", "report_of"]

SCRIPTED = ("script.", "build.")
"""Kinds of traits that make a file one that could read another."""
METADATA_SIZE = 256 * 1024
METADATA_MOST = 200
"""Files of metadata of the forerunner that are probed though they did not change."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that is new, before anyone weighs it."""

    old: tuple[Artifact, ...]
    new: Artifact
    releases: tuple[Release, ...]
    """Opened, oldest first, the new one last."""
    pairing: Pairing
    drifts: tuple[Drift, ...]
    kinds: Mapping[str, frozenset[str]]
    """Logical path → kinds of the traits found there, for every changed file."""
    churn: Mapping[str, int]
    """Logical path → bytes that are new, for every changed file with a forerunner."""
    not_examined: tuple[NotExamined, ...]
    step: Step
    members: int
    bytes: int


def gather(olds: Sequence[Artifact], new: Artifact, bench: Workbench) -> Comparison:
    """Steps 1 to 4: what is new in a release.

    Args:
        olds: forerunners, oldest first; empty for a package without one.
        new: the release under judgment.
        bench: workers, cache and spool.

    Raises:
        Undecided: an artifact cannot be opened at all.
    """
    releases = bench.open([*olds, new])
    candidate, forerunners = releases[-1], releases[:-1]
    last = forerunners[-1] if forerunners else None
    listing = last.listing if last else Listing("", 0, "", ())
    versions = (last.artifact.version if last else "", new.version)
    before_named = with_second_names(listing, versions[0], candidate.listing, versions[1])
    named = with_second_names(candidate.listing, versions[1], listing, versions[0])

    def sketches(olds: Sequence[Member], news: Sequence[Member]) -> Sequence[Sequence[int]]:
        return bench.sketch([*((last or candidate, m) for m in olds), *((candidate, m) for m in news)])

    pairing = pair(before_named, named, versions, sketches)
    looked_at = [*pairing.changed, *pairing.moved, *pairing.added]
    compared = [*(p.old for p in looked_at if p.old), *_metadata(listing)]
    fresh, before = bench.probe_all(
        [[(candidate, p.new) for p in looked_at], [(last, m) for m in compared if last]]
    )
    drifts: list[Drift] = []
    for p in looked_at:
        old_path = p.old.path if p.old else ""
        old_traits = _excusing(before.traits[old_path], old_path, p.new.path) if p.old else ()
        new_traits = fresh.traits[p.new.path]
        drifts += drifts_of_file(p.new.path, old_path, new_traits, old_traits)
        drifts += lost_signature(p.new.path, old_path, new_traits, old_traits)
    drifts += _release_drifts(last, candidate)
    seen = [*((path, t) for path, ts in before.traits.items() for t in ts), *listing_traits(listing)]
    drifts = _rescoped(drifts, forerunners, seen, before.traits.keys(), bench)
    drifts += twin_drifts(drifts, candidate.listing.members)
    drifts += _unused(drifts, candidate, bench)
    drifts += _compiled([p.new for p in looked_at], candidate, bench)
    scripts = [p for p in looked_at if any(t.kind.startswith(SCRIPTED) for t in fresh.traits[p.new.path])]
    drifts += _reading(drifts, scripts, last, candidate, bench)
    drifts += _irregular(listing, candidate.listing, versions)
    return Comparison(
        old=tuple(release.artifact for release in forerunners),
        new=candidate.artifact,
        releases=tuple(releases),
        pairing=pairing,
        drifts=tuple(drifts),
        kinds={path: frozenset(t.kind for t in traits) for path, traits in fresh.traits.items()},
        churn=_churn(pairing, last, candidate, bench),
        not_examined=_not_examined(named, pairing, fresh.not_examined),
        step=step_between(*versions) if last else Step.UNKNOWN,
        members=len(candidate.listing.members),
        bytes=sum(m.size for m in candidate.listing.members),
    )


def _excusing(traits: Sequence[Trait], old_path: str, new_path: str) -> Sequence[Trait]:
    """The forerunner's traits: a hook that lay where nothing acts on it is no excuse for one that acts."""
    if acts(old_path) or not acts(new_path):
        return traits
    return [t for t in traits if kind_named(t.kind).channel is not Channel.HOOK]


def _metadata(listing: Listing) -> list[Member]:
    """Small files of metadata and hooks: what they say has often no token to be looked for by."""
    return [
        m
        for m in listing.members
        if m.kind is MemberKind.FILE and 0 < m.size <= METADATA_SIZE and role_of(m.path) is Role.META
    ][:METADATA_MOST]


def _churn(pairing: Pairing, last: Release | None, candidate: Release, bench: Workbench) -> dict[str, int]:
    pairs = [(p.old, p.new) for p in pairing.changed if p.old]
    if last is None or not pairs:
        return {}
    counted = bench.churn(last, candidate, pairs)
    return {new.path: count for (_, new), count in zip(pairs, counted, strict=True)}


def _release_drifts(last: Release | None, candidate: Release) -> list[Drift]:
    """Drifts of the release as a whole: modes and places of members, what the registry says."""

    def traits(release: Release | None) -> dict[str, list[Trait]]:
        found: dict[str, list[Trait]] = {}
        if release is not None:
            for path, trait in listing_traits(release.listing):
                found.setdefault(normal_path(path, release.artifact.version), []).append(trait)
            found.setdefault("", []).extend(registry_traits(release.artifact.facts))
        return found

    before, after = traits(last), traits(candidate)
    if last is not None and not last.artifact.facts:
        after[""] = []
    found: list[Drift] = []
    for path, now in after.items():
        found += drifts_of_file(path, path if path in before else "", now, before.get(path, []))
    return found


def _rescoped(
    drifts: Sequence[Drift],
    forerunners: Sequence[Release],
    seen: Sequence[tuple[str, Trait]],
    probed: Collection[str],
    bench: Workbench,
) -> list[Drift]:
    """Each drift at the widest scope it has; hooks that act are held against hooks that acted."""
    if not forerunners:
        return rescope(drifts, lambda _: False, None)
    rest = [_unprobed(forerunner, ()) for forerunner in forerunners[:-1]]
    rest.append(_unprobed(forerunners[-1], probed))

    def widened(part: Sequence[Drift], among: Callable[[str], bool]) -> list[Drift]:
        names = {(t.kind, t.key) for path, t in seen if among(path)}
        questions = [d.trait for d in part if (d.trait.kind, d.trait.key) not in names]
        *older, last = (
            bench.known(release, questions, [m for m in members if among(m.path)])
            for release, members in zip(forerunners, rest, strict=True)
        )
        earlier = frozenset[tuple[str, str]]().union(*older)
        return rescope(
            part,
            lambda t: (t.kind, t.key) in names or (t.kind, t.key) in last,
            (lambda t: (t.kind, t.key) in earlier) if older else None,
        )

    hooks = [acts(d.path) and kind_named(d.trait.kind).channel is Channel.HOOK for d in drifts]
    return [
        *widened([d for d, hook in zip(drifts, hooks, strict=True) if hook], acts),
        *widened([d for d, hook in zip(drifts, hooks, strict=True) if not hook], lambda _: True),
    ]


def _unprobed(release: Release, probed: Collection[str]) -> list[Member]:
    """Files with content of a release that were not probed yet; of containers, what is in them."""
    return [
        m
        for m in release.listing.members
        if m.kind is MemberKind.FILE and m.size and not m.container and m.path not in probed
    ]


def _unused(drifts: Sequence[Drift], candidate: Release, bench: Workbench) -> list[Drift]:
    """New dependencies of a package of scripts that none of its code names."""
    names = {d.trait.key for d in drifts if asked_about(d)}
    code = code_members(candidate.listing.members)
    if not names or not code:
        return []
    found = bench.search(candidate, code, sorted({text for name in names for text in spellings(name)}))
    return [] if found is None else unused_drifts(drifts, found)


def _compiled(changed: Sequence[Member], candidate: Release, bench: Workbench) -> list[Drift]:
    """Compiled Python that does not say what its source says."""
    compiled = [m for m in changed if m.path.endswith(".pyc") and m.size]
    if not compiled:
        return []
    members = {m.path: m for m in candidate.listing.members}
    pairs = [(m, members[source_of(m.path)]) for m in compiled if source_of(m.path) in members]
    return compiled_drifts(compiled, members, bench.strange_names(candidate, pairs))


def _reading(
    drifts: Sequence[Drift],
    scripts: Sequence[Pair],
    last: Release | None,
    candidate: Release,
    bench: Workbench,
) -> list[Drift]:
    """Changed scripts that newly name a file which newly holds opaque data."""
    named = carriers(drifts)
    if not named or not scripts:
        return []
    now = bench.search(candidate, [p.new for p in scripts], sorted(named))
    forerunners = [(index, p.old) for index, p in enumerate(scripts) if p.old is not None]
    before: dict[str, set[int]] | None = {}
    if last is not None and forerunners:
        found = bench.search(last, [old for _, old in forerunners], sorted(named))
        before = found and {base: {forerunners[i][0] for i in indices} for base, indices in found.items()}
    if now is None or before is None:
        return []
    return reading_drifts([p.new.path for p in scripts], named, now, before)


def _irregular(old: Listing, new: Listing, versions: tuple[str, str]) -> list[Drift]:
    """Irregularities that the forerunner had not at the same path."""
    known = {(i.rule, normal_path(i.path, versions[0])) for i in old.irregularities}
    return [
        Drift(
            i.path,
            i.path,
            Scope.PACKAGE,
            Trait(i.rule, i.path, 1, Evidence(offset=i.offset, excerpt=i.detail)),
        )
        for i in new.irregularities
        if (i.rule, normal_path(i.path, versions[1])) not in known
    ]


def _not_examined(new: Listing, pairing: Pairing, failed: Sequence[NotExamined]) -> tuple[NotExamined, ...]:
    """What could not be examined and is not the same as in the forerunner, byte for byte."""
    same = {m.path for m in pairing.unchanged}
    return tuple(n for n in (*new.not_examined, *failed) if n.path not in same)


def compare(
    olds: Sequence[Artifact],
    new: Artifact,
    bench: Workbench,
    weights: Weights,
    *,
    extra: Callable[[Comparison], Sequence[Drift]] | None = None,
    strips: bool = False,
) -> Report:
    """Inspect one release against its forerunners.

    Args:
        olds: forerunners, oldest first; empty for a package that is new.
        new: the release under judgment.
        bench: workers, cache and spool.
        weights: how rare each drift is in benign updates.
        extra: more drifts to weigh: the source's, the contract's.
        strips: whether to draw entropy strips of changed binaries, for the HTML report.

    Raises:
        Undecided: an artifact cannot be opened at all.
    """
    bench.progress.phase("inspect", 0)
    compared = gather(olds, new, bench)
    if extra is not None:
        compared = replace(compared, drifts=(*compared.drifts, *extra(compared)))
    judgment = judge(case_of(compared), weights)
    return report_of(compared, judgment, bench, strips=strips)


def case_of(compared: Comparison) -> Case:
    """What the judge needs of a comparison."""
    pairing = compared.pairing
    looked_at = [*pairing.changed, *pairing.moved, *pairing.added]
    with_drift = {d.path for d in compared.drifts}
    places = {
        p.new.path: place_of(
            p.new.path,
            compared.kinds.get(p.new.path, ()),
            None if p.old is None else compared.churn.get(p.new.path, 0),
            p.new.size,
            compared.step,
        )
        for p in looked_at
    }
    return Case(
        drifts=compared.drifts,
        not_examined=compared.not_examined,
        places={path: place for path, place in places.items() if path in with_drift},
        files=dict(Counter(place.name for place in places.values())),
        has_forerunner=bool(compared.old),
        forerunner_accepted=False,
        same=not (looked_at or pairing.removed or compared.drifts),
    )


def report_of(compared: Comparison, judgment: Judgment, bench: Workbench, *, strips: bool) -> Report:
    """Step 6: the report, with the tree of changes coloured by what the judge left unexplained."""
    by_path: dict[str, float] = {}
    for finding in judgment.findings:
        by_path[finding.path] = max(by_path.get(finding.path, 0.0), finding.weight)
    pairing = compared.pairing
    changes = [
        *(_change(p, ChangeKind.CHANGED, by_path) for p in pairing.changed),
        *(_change(p, ChangeKind.MOVED, by_path) for p in pairing.moved),
        *(_change(p, ChangeKind.ADDED, by_path) for p in pairing.added),
        *(Change(m.path, ChangeKind.REMOVED, m.path, m.size, 0) for m in pairing.removed),
    ]
    if strips:
        changes = bench.draw_strips(compared.releases[-2:], changes)
    return Report(
        verdict=judgment.verdict,
        score=judgment.score,
        old=compared.old,
        new=compared.new,
        findings=judgment.findings,
        coverage=Coverage(
            members=compared.members,
            bytes=compared.bytes,
            unchanged=len(pairing.unchanged),
            examined=len(pairing.changed) + len(pairing.moved) + len(pairing.added),
            not_examined=compared.not_examined,
        ),
        summary=judgment.summary,
        assumptions=judgment.assumptions,
        changes=tuple(sorted(changes, key=lambda c: c.path)),
        timings=bench.timings(),
        notes=judgment.notes,
    )


def _change(p: Pair, kind: ChangeKind, weights: dict[str, float]) -> Change:
    old_path, old_size = (p.old.path, p.old.size) if p.old else ("", 0)
    return Change(p.new.path, kind, old_path, old_size, p.new.size, weights.get(p.new.path, 0.0))
