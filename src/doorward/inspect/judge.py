"""Judge: signs in, verdict and findings out. Pure: no clock, no disk, no names of packages.

The steps, in order:

1. **Rules.** Some things block when they are new against the forerunners, whatever else is there:
   bytes that belong to nothing, readings that disagree, growth in a certificate table, code that
   will run unasked, a signature that no longer fits or is gone. A rule is blind to rarity.
2. **Weigh.** Each sign weighs log10(plausibility / rate) digits: how often back doors of public
   record show such a thing (a fixed prior by kind, `PLAUSIBLE`), over how often benign updates show
   it in a changed file of this place (`Weights`, counted). Weights are cut at `MOST`, so that no
   single sign decides by being unheard of.
3. **Add up in one file.** A back door sits somewhere. Within a file, signs of *different* channels
   add; signs of one channel mostly repeat each other and fade (`FADE`). What only lies there to be
   read counts for less (`DOCS_SHARE`). Of many changed files one is bound to look odd, and in big
   updates the odd ones come together: `CROWD`·log10(n) is taken off, and `LARGE` for each class of
   how much of the file is new. So a big update widens what is expected.
4. **Turn into surprise.** Signs come in company, so a sum says little by itself: what counts is how
   rare such a sum is as that of the heaviest changed script, program or data file of a benign
   update. New libraries bring ten signs and surprise nobody; a script that brings three does.
5. **Decide.** block from `block_at` with two independent channels, or one that can stand alone;
   review from `review_at`; both thresholds are drawn from benign updates. Order:
   block > review > undecided > clear. What was not examined turns clear into undecided and never
   lowers another verdict. Without a forerunner everything is new and nothing can be told: undecided.

What is *not* handled: a pure change of logic. It leaves no sign here; the notes say so.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doorward.inspect.pairing import normal_path
from doorward.inspect.probes.catalogue import kind_named
from doorward.inspect.signs import RELEASE, Matter, Place, Role, Sign, sign_of
from doorward.inspect.weights import Weights
from doorward.model.artifact import NotExamined
from doorward.model.drift import Drift, Scope
from doorward.model.finding import Finding, Severity, Verdict
from doorward.model.trait import Channel, Suspicion

__all__ = [
    "Case",
    "FileSum",
    "Judgment",
    "Weighed",
    "file_sums",
    "fingerprint_of",
    "heaviest",
    "judge",
    "surprise",
    "weigh",
]

PLAUSIBLE = {Suspicion.STRONG: 0.5, Suspicion.MEDIUM: 0.2, Suspicion.WEAK: 0.05, Suspicion.CONTEXT: 0.0}
"""Share of the incidents on the inspect page that show a sign of such a kind, rounded: a prior, not a fit."""
GROWN_SHARE = 0.5
"""A back door that uses what its file does anyway is as common as not, but shows less."""
HISTORY_BONUS = 0.3
"""Digits for being new to a whole history rather than to the last release."""
MOST = {Suspicion.STRONG: 4.0, Suspicion.MEDIUM: 1.4, Suspicion.WEAK: 0.5, Suspicion.CONTEXT: 0.0}
"""Digits that a sign of each suspicion weighs at most: however rare a new host is, it is a new host."""
FADE = (1.0, 0.7, 0.3)
CROWD = 2.0
LARGE = 2.0
"""Digits taken off for each class of change above `LARGE_FROM`: a file of which much is new brings
many signs by itself. Metadata has no such classes."""
LARGE_FROM = 3
MOST_TAKEN = 0.75
"""Share of a file's digits that size may take off: else whoever adds enough junk hides anything."""
DOCS_SHARE = 0.5
"""For scripts and programs among documents and examples: nothing runs them unasked."""
ALONE = 2.5
LONE = {
    Channel.CAPABILITY,
    Channel.CONCEALMENT,
    Channel.NATIVE,
    Channel.SIGNATURE,
    Channel.SOURCE,
    Channel.STRUCTURE,
}
"""Channels in which one sign of `ALONE` digits is enough. Projects do take up new dependencies, hooks,
hosts and compressed data; those need a second witness."""
INDEPENDENT = 0.8
"""Digits from which a channel counts as evidence of its own."""
TELLING = 0.3
"""Digits below which a sign is not shown as a finding."""

LOGIC_NOTE = (
    "A change of logic alone leaves no sign in an artifact: only an independent rebuild, or a comparison "
    "with reviewed source (--source), can tell."
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged."""

    drifts: tuple[Drift, ...]
    not_examined: tuple[NotExamined, ...]
    places: Mapping[str, Place]
    """Logical path → place of every changed file that has a drift; others are release-wide."""
    files: Mapping[str, int]
    """Place name → how many files of that place changed."""
    has_forerunner: bool
    forerunner_accepted: bool
    same: bool
    """Whether nothing changed at all."""

    def without(self, silenced: Callable[[str, str, str], bool]) -> Case:
        """The case without the drifts whose findings are silenced, by (rule, path, fingerprint)."""
        kept = tuple(d for d in self.drifts if not silenced(d.trait.kind, d.path, fingerprint_of(d)))
        return replace(self, drifts=kept)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One drift with its sign and what it weighs."""

    drift: Drift
    sign: Sign
    digits: float


@dataclass(frozen=True, slots=True)
class Judgment:
    """The answer."""

    verdict: Verdict
    score: float
    digits: float
    findings: tuple[Finding, ...]
    summary: str
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]


def weigh(case: Case, weights: Weights) -> list[Weighed]:
    """Step 2, for every drift; heaviest first."""
    weighed = []
    for drift in case.drifts:
        place = case.places.get(drift.path, RELEASE)
        sign = sign_of(drift, kind_named(drift.trait.kind), place)
        plausible = PLAUSIBLE[sign.suspicion] * (GROWN_SHARE if sign.scope is Scope.GROWN else 1.0)
        digits = 0.0
        if plausible:
            digits = math.log10(plausible / weights.rate(sign)) + (
                HISTORY_BONUS if sign.scope is Scope.HISTORY else 0.0
            )
        weighed.append(Weighed(drift, sign, min(MOST[sign.suspicion], max(0.0, digits))))
    return sorted(weighed, key=lambda w: (-w.digits, w.drift.path, w.sign.name, w.drift.trait.key))


@dataclass(frozen=True, slots=True)
class FileSum:
    """Step 3 for one file."""

    path: str
    place: Place
    digits: float
    corroborated: bool
    """Whether two independent channels carry it, or one that needs no other."""


def file_sums(case: Case, weighed: Sequence[Weighed]) -> list[FileSum]:
    """Step 3 for every changed file with a drift."""
    files: dict[str, dict[str, dict[str, float]]] = {}
    places: dict[str, Place] = {}
    for w in weighed:
        channel = files.setdefault(w.drift.path, {}).setdefault(w.sign.channel, {})
        channel[w.sign.name] = max(channel.get(w.sign.name, 0.0), w.digits)
        places[w.drift.path] = w.sign.place
    crowd = CROWD * math.log10(1 + sum(case.files.values()))
    return [_sum(path, places[path], channels, crowd) for path, channels in files.items()]


def heaviest(files: Iterable[FileSum]) -> dict[Matter, FileSum]:
    """The heaviest file of each matter."""
    found: dict[Matter, FileSum] = {}
    for file in files:
        known = found.get(file.place.matter)
        if known is None or file.digits > known.digits:
            found[file.place.matter] = file
    return found


def _sum(path: str, place: Place, channels: Mapping[str, Mapping[str, float]], crowd: float) -> FileSum:
    by_channel = [sorted(signs.values(), reverse=True) for signs in channels.values()]
    digits = sum(share * d for signs in by_channel for share, d in zip(FADE, signs, strict=False))
    if place.role is Role.DOCS and place.matter is not Matter.DATA:
        digits *= DOCS_SHARE
    large = 0.0 if place.role is Role.META else LARGE * max(0, place.size - LARGE_FROM)
    lone = any(max(signs.values()) >= ALONE for channel, signs in channels.items() if channel in LONE)
    return FileSum(
        path=path,
        place=place,
        digits=digits - min(crowd + large, MOST_TAKEN * digits),
        corroborated=sum(signs[0] >= INDEPENDENT for signs in by_channel) > 1 or lone,
    )


def surprise(files: Iterable[FileSum], weights: Weights) -> tuple[float, FileSum | None]:
    """Step 4: the greatest surprise among files, and the file it comes from."""
    ranked = [(weights.surprise(matter, file.digits), file) for matter, file in heaviest(files).items()]
    return max(ranked, key=lambda pair: (pair[0], pair[1].digits), default=(0.0, None))


def judge(case: Case, weights: Weights) -> Judgment:
    """Judge one release by what is new in it.

    Args:
        case: everything new.
        weights: how rare each sign is in benign updates.
    """
    weighed = weigh(case, weights)
    files = file_sums(case, weighed)
    digits, oddest = surprise(files, weights)
    # Asked apart: an odder file that nothing corroborates must not stand before one that is.
    carried, _ = surprise((file for file in files if file.corroborated), weights)
    ruled = any(w.sign.always_block for w in weighed) and case.has_forerunner
    if case.has_forerunner and (ruled or carried >= weights.block_at):
        verdict = Verdict.BLOCK
    elif case.has_forerunner and digits >= weights.review_at:
        verdict = Verdict.REVIEW
    elif case.not_examined or not case.has_forerunner:
        verdict = Verdict.UNDECIDED
    else:
        verdict = Verdict.CLEAR
    enough = weights.block_at if carried >= weights.block_at else weights.review_at
    deciding = {f.path for f in files if weights.surprise(f.place.matter, f.digits) >= enough}
    findings = _findings(case, weighed, weights, verdict, deciding | ({oddest.path} if oddest else set()))
    return Judgment(
        verdict=verdict,
        score=_score(verdict, digits, weights),
        digits=digits,
        findings=findings,
        summary=_summary(case, verdict, findings),
        assumptions=_assumptions(case),
        notes=(LOGIC_NOTE,),
    )


def _score(verdict: Verdict, digits: float, weights: Weights) -> float:
    """0 to 100: review starts at 40, block at 70; a rule lifts the score to 90 at least."""
    review, block = weights.review_at, weights.block_at
    if digits < review:
        score = 40 * max(0.0, digits + 1) / (review + 1)
    elif digits < block:
        score = 40 + 30 * (digits - review) / (block - review)
    else:
        score = 70 + 30 * (1 - math.exp(-(digits - block) / 2))
    if verdict is Verdict.BLOCK:
        return round(max(score, 90.0 if digits < block else 70.0), 1)
    return round(min(score, 69.9) if verdict is Verdict.REVIEW else min(score, 39.9), 1)


def _findings(
    case: Case, weighed: Sequence[Weighed], weights: Weights, verdict: Verdict, deciding: set[str]
) -> tuple[Finding, ...]:
    """Findings, worst first: serious are rules, and what weighs in the files that decided."""
    telling = [w for w in weighed if w.digits >= TELLING or (w.sign.always_block and case.has_forerunner)]
    first = next((w for w in weighed if w.drift.path in deciding), None)
    findings = []
    for w in telling if telling or first is None else [first]:
        ruled = w.sign.always_block and case.has_forerunner
        serious = ruled or w is first or (w.drift.path in deciding and w.digits >= INDEPENDENT)
        findings.append(
            _finding_of_drift(w, weights, ruled=ruled, severity=_severity(verdict, serious=serious))
        )
    return tuple(
        sorted(
            findings, key=lambda f: (-list(Severity).index(f.severity), -f.weight, f.path, f.rule, f.title)
        )
    )


def _severity(verdict: Verdict, *, serious: bool) -> Severity:
    """Of a finding: no more than the verdict it helped to."""
    if serious and verdict is Verdict.BLOCK:
        return Severity.BLOCK
    return Severity.REVIEW if serious and verdict is Verdict.REVIEW else Severity.NOTE


def _finding_of_drift(w: Weighed, weights: Weights, *, ruled: bool, severity: Severity) -> Finding:
    kind = kind_named(w.drift.trait.kind)
    return Finding(
        rule=kind.name,
        severity=severity,
        title=kind.title.replace("{key}", w.drift.trait.key),
        path=w.drift.path,
        evidence=w.drift.trait.evidence,
        explanation=kind.why,
        rarity=weights.told(w.sign),
        attack=kind.attack,
        scope=w.drift.scope.value,
        channel=kind.channel.value,
        weight=100.0 if ruled else round(100 * w.digits / MOST[Suspicion.STRONG], 1),
        innocent=kind.innocent,
        settle=kind.settle,
        fingerprint=fingerprint_of(w.drift),
    )


def fingerprint_of(drift: Drift) -> str:
    """What stays the same of a finding when lines move and versions pass: kind, path and key, hashed."""
    path = normal_path(drift.path, "")
    text = f"{drift.trait.kind}\x00{path}\x00{drift.trait.key}".encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _summary(case: Case, verdict: Verdict, findings: Sequence[Finding]) -> str:
    if case.same:
        return "Nothing changed: every member is the same as in the forerunner."
    serious = [f for f in findings if f.severity is not Severity.NOTE]
    if verdict is Verdict.BLOCK:
        things = (
            "1 new and unexplained thing"
            if len(serious) == 1
            else f"{len(serious)} new and unexplained things"
        )
        return f"Do not ship or install: {things}, first: {serious[0].title}"
    if verdict is Verdict.REVIEW:
        return f"Have a person look: new here and rare in benign updates, first: {serious[0].title}"
    if not case.has_forerunner:
        return "Could not be judged: without a forerunner everything in it is new. What it holds is listed."
    if verdict is Verdict.UNDECIDED:
        count = len(case.not_examined)
        told = "1 thing was" if count == 1 else f"{count} things were"
        return f"Could not be judged: {told} not examined."
    return "Nothing new here that benign updates do not bring as well."


def _assumptions(case: Case) -> tuple[str, ...]:
    if not case.has_forerunner:
        return ("There is no forerunner: nothing could be compared.",)
    if not case.forerunner_accepted:
        return (
            "The forerunner is assumed good: it is not in a file of accepted releases (doorward accept).",
        )
    return ()
