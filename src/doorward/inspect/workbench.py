"""The workbench: releases opened, members probed, answers remembered.

Everything costly goes through here, so that one rule holds everywhere: ask the cache by content
first, send the rest to the confined workers in one batch, remember only whole answers. A worker's
failure becomes `NotExamined` with its reason and is never remembered. Cache keys hold the
content's digest, the path (a probe may look at it), the limits and the fingerprint of the code
that would answer, so that an answer of older code is never taken for a new one's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from doorward.errors import DoorwardError, Misuse, Outside, Undecided
from doorward.inspect.limits import Limits
from doorward.inspect.probes.catalogue import all_kinds
from doorward.inspect.wire import (
    Nonsense,
    counts_from,
    decode,
    encode,
    found_from,
    listing_from,
    listing_to,
    names_from,
    numbers_from,
    traits_from,
)
from doorward.model.artifact import Artifact, Listing, Member, NotExamined
from doorward.model.finding import Change
from doorward.model.trait import Trait
from doorward.ports import Progress, Store, Workers

__all__ = ["Examined", "Release", "Workbench"]

ERRORS: dict[str, type[DoorwardError]] = {"Misuse": Misuse, "Undecided": Undecided, "Outside": Outside}
CANDIDATES = 6
"""Files of the old package probed for one token; a token in more files than this is common there."""
SEARCH_BUDGET = 8 * 1024**3
"""Bytes times tokens of one search over an old package; the largest files are left out beyond it."""
SEARCH_FILES = 64
"""Files of one search job."""
STRIPS_MOST = 60
LARGE = 64 * 1024**2
"""Bytes that `Limits.probe_seconds` is meant for; a larger file is given more time, in proportion."""
HUGE = 384 * 1024**2
"""Bytes of a file that is examined while nothing else is, to bound the memory of all workers together."""

Told = TypeVar("Told")


@dataclass(slots=True)
class Release:
    """An opened artifact."""

    artifact: Artifact
    listing: Listing
    spooled: bool
    """Whether its contents lie in the spool."""


@dataclass(frozen=True, slots=True)
class Examined:
    """Traits by path, and what could not be examined."""

    traits: Mapping[str, tuple[Trait, ...]]
    not_examined: tuple[NotExamined, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """One member that no cache knows."""

    group: int
    release: Release
    member: Member
    key: str


@dataclass(slots=True)
class Workbench:
    """Workers, cache and spool of one inspection, or of many in a row."""

    workers: Workers
    store: Store
    spool: Path
    limits: Limits
    fingerprint: str
    """Of the code of openers and probes and the libraries they use."""
    ticks: Callable[[], float]
    """Monotonic seconds, for timings only."""
    progress: Progress
    rules: tuple[str, ...] = ()
    """Files of the caller's own YARA rules; their content is part of the fingerprint."""
    _spent: dict[str, float] = field(default_factory=dict)
    _limits: dict[str, Any] = field(init=False)
    _key_tail: str = field(init=False)
    """What every cache key ends in: spelled once, as a release may have 100,000 members."""

    def __post_init__(self) -> None:
        """Spell the limits, which are part of every job and every key."""
        self._limits = asdict(self.limits)
        self._key_tail = f"\x00{self.limits.key()}\x00{self.fingerprint}"

    # -- opening ---------------------------------------------------------------------------------

    def open(self, artifacts: Sequence[Artifact]) -> list[Release]:
        """Open artifacts, from the cache where their bytes were opened before.

        Raises:
            Undecided, Misuse, Outside: an artifact cannot be opened; the message says where.
        """
        began = self.ticks()
        self.progress.phase("open", len(artifacts))
        found: list[Release | None] = [self._remembered(a) for a in artifacts]
        missing = [i for i, release in enumerate(found) if release is None]
        for i, listing in zip(missing, self._unpack([artifacts[i] for i in missing]), strict=True):
            artifact = artifacts[i]
            if artifact.digest not in {"", listing.digest}:
                raise _changed(artifact, listing.digest)
            if not artifact.digest:
                artifact = replace(artifact, digest=listing.digest, size=listing.size)
            found[i] = Release(artifact, listing, spooled=True)
            if not listing.not_examined:
                self.store.put(
                    self._key("listing", artifact.digest, artifact.file_name), encode(listing_to(listing))
                )
        self._spend("open", began)
        return [release for release in found if release is not None]

    def _remembered(self, artifact: Artifact) -> Release | None:
        if not artifact.digest:
            return None
        data = self.store.get(self._key("listing", artifact.digest, artifact.file_name))
        try:
            return None if data is None else Release(artifact, listing_from(decode(data)), spooled=False)
        except Nonsense:
            return None  # a cache that lies costs the time to open it again

    def _unpack(self, artifacts: Sequence[Artifact]) -> list[Listing]:
        jobs = [
            encode(
                {
                    "do": "unpack",
                    "source": a.path,
                    "name": a.file_name,
                    "spool": str(self.spool),
                    "limits": self._limits,
                }
            )
            for a in artifacts
        ]
        listings = []
        for artifact, answer in zip(artifacts, self.workers.run(jobs, self.limits.open_seconds), strict=True):
            value = self._value(answer)
            if isinstance(value, str):
                raise _nonsense(artifact, value)
            if "error" in value:
                kind = ERRORS.get(str(value["error"]), Undecided)
                raise kind(
                    str(value.get("check", "")),
                    expected=str(value.get("expected", "")),
                    found=str(value.get("found", "")),
                    next_step=str(value.get("next", "")),
                )
            try:
                listings.append(listing_from(value))
                _must_be_known(found.rule for found in listings[-1].irregularities)
            except Nonsense as error:
                raise _nonsense(artifact, f"the worker answered nonsense: {error}") from error
            self.progress.step()
        return listings

    def _content(self, release: Release) -> None:
        """Make sure that a release's contents lie in the spool.

        Raises:
            Undecided: the file is another by now than was opened.
        """
        if not release.spooled:
            began = self.ticks()
            (listing,) = self._unpack([release.artifact])
            if listing.digest != release.artifact.digest:
                raise _changed(release.artifact, listing.digest)
            release.spooled = True
            self._spend("open", began)

    # -- probing ---------------------------------------------------------------------------------

    def probe(self, wanted: Sequence[tuple[Release, Member]]) -> Examined:
        """Traits of members, from the cache where the same bytes were probed before."""
        (examined,) = self.probe_all([wanted])
        return examined

    def probe_all(self, groups: Sequence[Sequence[tuple[Release, Member]]]) -> list[Examined]:
        """Traits of several groups of members in one go, so that no worker waits for another's group.

        Paths are unique within a group; old and new of one pair are two groups.
        """
        began = self.ticks()
        self.progress.phase("probe", sum(map(len, groups)))
        traits: list[dict[str, tuple[Trait, ...]]] = [{} for _ in groups]
        failed: list[list[NotExamined]] = [[] for _ in groups]
        missing: list[_Question] = []
        for group, wanted in enumerate(groups):
            keys = {m.path: self._key("probe", m.digest, m.path) for _, m in wanted if m.size}
            remembered = self.store.get_many(list(keys.values()))
            for release, member in wanted:
                if member.path in traits[group]:
                    continue
                traits[group][member.path] = ()
                if not member.size:
                    continue
                data = remembered.get(keys[member.path])
                if data is None:
                    missing.append(_Question(group, release, member, keys[member.path]))
                else:
                    traits[group][member.path], _ = traits_from(decode(data))
                    self.progress.step()
        self._spend("cache", began)
        for release in {id(q.release): q.release for q in missing}.values():
            self._content(release)
        began = self.ticks()
        answered: dict[str, bytes] = {}
        for batch, seconds in _batches(missing, self.limits.probe_seconds):
            jobs = [self._probe_job(q.member) for q in batch]
            for q, answer in zip(batch, self.workers.run(jobs, seconds), strict=True):
                found, not_examined, whole = self._examination(q.member, answer)
                traits[q.group][q.member.path] = found
                failed[q.group] += not_examined
                if whole is not None:
                    answered[q.key] = whole
                self.progress.step()
        self.store.put_many(answered)
        self._spend("probe", began)
        return [Examined(t, tuple(f)) for t, f in zip(traits, failed, strict=True)]

    def _examination(
        self, member: Member, answer: bytes | str
    ) -> tuple[tuple[Trait, ...], tuple[NotExamined, ...], bytes | None]:
        """Traits, what failed, and what to remember: nothing unless the examination is whole."""
        value = self._value(answer)
        if isinstance(value, str):
            return (), (NotExamined(member.path, value),), None
        try:
            traits, not_examined = traits_from(value)
            _must_be_known(trait.kind for trait in traits)
        except Nonsense as error:
            return (), (NotExamined(member.path, f"the worker answered nonsense: {error}"),), None
        return traits, not_examined, None if not_examined else encode(value)

    def _probe_job(self, member: Member) -> bytes:
        return encode(
            {
                "do": "probe",
                "path": member.path,
                "file": str(self._file(member)),
                "size": member.size,
                "limits": self._limits,
                "rules": list(self.rules),
            }
        )

    def known(
        self, release: Release, traits: Iterable[Trait], among: Sequence[Member]
    ) -> frozenset[tuple[str, str]]:
        """Which of these traits some of these files of a release have.

        Looks for the traits' tokens in the bytes of the files, then probes those that hold them.
        Traits without a token are not looked for: they count as new.
        """
        wanted = sorted({t.token for t in traits if t.token})
        if not wanted:
            return frozenset()
        began = self.ticks()
        places = hashlib.sha256("\x00".join(m.path for m in among).encode("utf-8", "surrogatepass"))
        key = self._key("known", release.artifact.digest, places.hexdigest(), *wanted)
        data = self.store.get(key)
        if data is not None:
            self._spend("history", began)
            return frozenset((str(kind), str(name)) for kind, name in decode(data)["known"])
        candidates = self._candidates(release, among, wanted)
        self._spend("history", began)
        examined = self.probe([(release, member) for member in candidates or ()])
        found = frozenset((t.kind, t.key) for ts in examined.traits.values() for t in ts)
        if candidates is not None and not examined.not_examined:
            self.store.put(key, encode({"known": sorted(found)}))
        return found

    def _candidates(
        self, release: Release, rest: Sequence[Member], tokens: Sequence[str]
    ) -> list[Member] | None:
        """At most `CANDIDATES` files for each token that hold it, smallest first; None if that failed."""
        unique = sorted({m.digest: m for m in rest}.values(), key=lambda m: m.size)
        budget = SEARCH_BUDGET // max(1, len(tokens))
        chosen: list[Member] = []
        for member in unique:
            budget -= member.size
            if budget < 0:
                break
            chosen.append(member)
        if not chosen:
            return []
        told = self.search(release, chosen, tokens)
        if told is None:
            return None
        hits: dict[str, Member] = {}
        for indices in told.values():
            hits.update((chosen[index].path, chosen[index]) for index in sorted(indices)[:CANDIDATES])
        return list(hits.values())

    def search(
        self, release: Release, members: Sequence[Member], tokens: Sequence[str]
    ) -> dict[str, set[int]] | None:
        """For each token the indices of the members that hold it; None if that could not be told."""
        self._content(release)
        starts = range(0, len(members), SEARCH_FILES)
        jobs = [
            encode(
                {
                    "do": "search",
                    "files": [str(self._file(m)) for m in members[start : start + SEARCH_FILES]],
                    "tokens": list(tokens),
                }
            )
            for start in starts
        ]
        found: dict[str, set[int]] = {token: set() for token in tokens}
        for start, answer in zip(starts, self.workers.run(jobs, self.limits.open_seconds), strict=True):
            files = len(members[start : start + SEARCH_FILES])
            told = self._told(answer, partial(found_from, tokens=tokens, files=files))
            if told is None:
                return None
            for token, indices in told.items():
                found[token].update(start + index for index in indices)
        return found

    # -- smaller questions -----------------------------------------------------------------------

    def sketch(self, wanted: Sequence[tuple[Release, Member]]) -> list[tuple[int, ...]]:
        """Similarity sketches of members; an empty one where none could be drawn."""
        for release in {id(r): r for r, _ in wanted}.values():
            self._content(release)
        files = [str(self._file(member)) for _, member in wanted]
        (answer,) = self.workers.run([encode({"do": "sketch", "files": files})], self.limits.open_seconds)
        told = self._told(answer, partial(numbers_from, field="sketches", length=len(wanted)))
        return [()] * len(wanted) if told is None else told

    def churn(self, old: Release, new: Release, pairs: Sequence[tuple[Member, Member]]) -> list[int]:
        """For each (old, new) pair of members the bytes that are new; the whole size where not known."""
        keys = [self._key("churn", before.digest, after.digest) for before, after in pairs]
        remembered = self.store.get_many(keys)
        missing = [i for i, key in enumerate(keys) if key not in remembered]
        if missing:
            self._content(old)
            self._content(new)
        batches = [missing[start : start + SEARCH_FILES] for start in range(0, len(missing), SEARCH_FILES)]
        jobs = [
            encode({"do": "churn", "pairs": [[str(self._file(m)) for m in pairs[i]] for i in batch]})
            for batch in batches
        ]
        answered: dict[str, bytes] = {}
        for batch, answer in zip(batches, self.workers.run(jobs, self.limits.open_seconds), strict=True):
            told = self._told(answer, partial(counts_from, field="churn", length=len(batch)))
            if told is not None:
                answered.update((keys[i], b"%d" % count) for i, count in zip(batch, told, strict=True))
        self.store.put_many(answered)
        known = remembered | answered
        return [int(known.get(key, b"%d" % after.size)) for key, (_, after) in zip(keys, pairs, strict=True)]

    def strange_names(self, release: Release, pairs: Sequence[tuple[Member, Member]]) -> dict[str, list[str]]:
        """For each (compiled, source) pair the names that the source lacks, by the compiled path."""
        if not pairs:
            return {}
        self._content(release)
        files = [[str(self._file(compiled)), str(self._file(source))] for compiled, source in pairs]
        (answer,) = self.workers.run([encode({"do": "strange", "pairs": files})], self.limits.open_seconds)
        told = self._told(answer, partial(names_from, field="strange", length=len(pairs)))
        return {
            compiled.path: list(names)
            for (compiled, _), names in zip(pairs, told or [()] * len(pairs), strict=True)
            if names
        }

    def draw_strips(self, releases: Sequence[Release], changes: Sequence[Change]) -> list[Change]:
        """Add entropy strips to the weightiest changed files (at most `STRIPS_MOST`)."""
        chosen = {c.path for c in sorted(changes, key=lambda c: -c.weight)[:STRIPS_MOST]}
        for release in releases:
            self._content(release)
        members = [{m.path: m for m in release.listing.members} for release in releases]
        news, olds = members[-1], members[0] if len(members) > 1 else {}
        return [self._with_strips(c, olds, news) if c.path in chosen else c for c in changes]

    def _with_strips(self, change: Change, olds: Mapping[str, Member], news: Mapping[str, Member]) -> Change:
        strips = []
        for member in (olds.get(change.old_path), news.get(change.path)):
            strip: tuple[int, ...] = ()
            if member is not None and member.size:
                job = encode({"do": "strip", "files": [str(self._file(member))]})
                (answer,) = self.workers.run([job], self.limits.probe_seconds)
                told = self._told(answer, partial(numbers_from, field="strips", length=1))
                strip = told[0] if told else ()
            strips.append(strip)
        return replace(change, old_entropy=strips[0], new_entropy=strips[1])

    def read(self, release: Release, member: Member) -> bytes:
        """The bytes of one member.

        Raises:
            Undecided: a worker left other bytes in the spool.
        """
        self._content(release)
        data = self._file(member).read_bytes()
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != member.digest:
            raise Undecided(
                f"reading {member.path}",
                expected=member.digest,
                found="other bytes in the spool",
                next_step="run it again; if it stays so, report it: a worker was taken over",
            )
        return data

    def clear(self) -> None:
        """Empty the spool between inspections; releases opened before must not be used after."""
        for file in self.spool.iterdir():
            file.unlink()

    def timings(self) -> tuple[tuple[str, float], ...]:
        """Seconds by phase, in order, since the last time this was asked."""
        spent = tuple((name, round(seconds, 4)) for name, seconds in self._spent.items())
        self._spent.clear()
        return spent

    # -- small print -----------------------------------------------------------------------------

    def _file(self, member: Member) -> Path:
        return self.spool / member.digest.removeprefix("sha256:")

    def _key(self, *parts: str) -> str:
        text = "\x00".join(parts) + self._key_tail
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def _value(self, answer: bytes | str) -> dict[str, Any] | str:
        """A worker's answer as an object, or one sentence why there is none."""
        if isinstance(answer, str):
            return answer
        try:
            return decode(answer)
        except Nonsense as error:
            return f"the worker answered nonsense: {error}"

    def _told(self, answer: bytes | str, read: Callable[[dict[str, Any]], Told]) -> Told | None:
        """What a worker answered to a question that only refines, or None if that is nothing or nonsense."""
        value = self._value(answer)
        if isinstance(value, str):
            return None
        try:
            return read(value)
        except Nonsense:
            return None

    def _spend(self, phase: str, began: float) -> None:
        self._spent[phase] = self._spent.get(phase, 0.0) + self.ticks() - began


def _batches(questions: Sequence[_Question], seconds: float) -> Iterator[tuple[Sequence[_Question], float]]:
    """Questions to be asked together, with the time for each: the largest files first, huge ones alone.

    Largest first, so that no worker is left with the longest file at the end. Alone, because a probe
    holds one and a half times the file in memory, and two such files at once are more than
    an inspection may take.
    """
    ordered = sorted(questions, key=lambda q: -q.member.size)
    huge = [q for q in ordered if q.member.size > HUGE]
    large = [q for q in ordered if LARGE < q.member.size <= HUGE]
    rest = ordered[len(huge) + len(large) :]
    for batch in (*([q] for q in huge), large, rest):
        if batch:
            yield batch, seconds * max(1.0, batch[0].member.size / LARGE)


def _must_be_known(kinds: Iterable[str]) -> None:
    """Refuse kinds of traits that nobody declares: the judge could not weigh them."""
    unknown = set(kinds) - all_kinds().keys()
    if unknown:
        raise Nonsense(f"no kind of trait: {min(unknown)[:80]!r}")


def _changed(artifact: Artifact, digest: str) -> Undecided:
    return Undecided(
        f"opening {artifact.origin}",
        expected=artifact.digest,
        found=f"{digest}: the file changed while it was inspected",
        next_step="see who writes there, and inspect a copy that nobody else can change",
    )


def _nonsense(artifact: Artifact, found: str) -> Undecided:
    return Undecided(
        f"opening {artifact.origin}",
        expected="a list of its members",
        found=found,
        next_step="run it again; if it stays so, with more room: --limit open_seconds=… or worker_bytes=…",
    )
