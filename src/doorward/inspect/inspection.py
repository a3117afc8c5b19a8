"""One release judged by everything its judge may know: the walk of this room, told once.

1. gather what is new against the last forerunner (`compare.gather`);
2. add what contract and source say (`Basis.extra`);
3. judge; let suppressions silence what somebody answered for, and judge the rest again;
4. hold the release against the oldest *accepted* forerunner too: three small steps may make one
   large one, and only the accepted ends of it are known good.

What the release itself brings (configuration, suppressions, a contract) is never read: a `Basis`
comes from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from doorward.formats.accepted import KnownGood
from doorward.inspect.compare import Comparison, case_of, gather, report_of
from doorward.inspect.judge import Case, Judgment, judge
from doorward.inspect.suppress import apply, remarks
from doorward.inspect.weights import Weights
from doorward.inspect.workbench import Workbench
from doorward.model.artifact import Artifact
from doorward.model.drift import Drift
from doorward.model.finding import Finding, Report
from doorward.model.suppression import Suppression

__all__ = ["Basis", "inspect_release"]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a release is judged by, apart from itself and its forerunners."""

    weights: Weights
    today: date
    known_good: KnownGood = field(default_factory=KnownGood)
    suppressions: tuple[Suppression, ...] = ()
    extra: tuple[Callable[[Comparison], Sequence[Drift]], ...] = ()
    """More drifts to weigh: what the contract or the source says."""
    strips: bool = False
    """Whether to draw entropy strips, for the HTML report."""


def inspect_release(olds: Sequence[Artifact], new: Artifact, bench: Workbench, basis: Basis) -> Report:
    """Inspect one release against its forerunners.

    Args:
        olds: forerunners, oldest first; empty for a package that is new.
        new: the release under judgment.
        bench: workers, cache and spool.
        basis: what it is judged by.

    Raises:
        Undecided: an artifact cannot be opened at all.
    """
    report = _against(olds, new, bench, basis)
    accepted = [old for old in report.old[:-1] if basis.known_good.is_accepted(old.digest)]
    if not accepted:
        return report
    whole = _against(accepted[:1], new, bench, replace(basis, strips=False))
    return _worse(report, whole)


def _against(olds: Sequence[Artifact], new: Artifact, bench: Workbench, basis: Basis) -> Report:
    compared = gather(olds, new, bench)
    more = [drift for source in basis.extra for drift in source(compared)]
    compared = replace(compared, drifts=(*compared.drifts, *more))
    good = bool(compared.old) and basis.known_good.is_accepted(compared.old[-1].digest)
    judgment = _judged(replace(case_of(compared), forerunner_accepted=good), basis)
    return report_of(compared, judgment, bench, strips=basis.strips)


def _judged(case: Case, basis: Basis) -> Judgment:
    """Judge; then judge again without what is suppressed, and list that last."""
    first = judge(case, basis.weights)
    told = apply(first.findings, basis.suppressions, basis.today)
    silenced = tuple(finding for finding in told if finding.suppressed_by)
    if not silenced:
        return replace(first, notes=(*first.notes, *remarks(basis.suppressions, basis.today)))
    quiet = {(f.rule, f.path, f.fingerprint) for f in silenced}
    again = judge(case.without(lambda rule, path, mark: (rule, path, mark) in quiet), basis.weights)
    return replace(
        again,
        findings=(*again.findings, *silenced),
        notes=(*again.notes, *remarks(basis.suppressions, basis.today)),
    )


def _worse(step: Report, whole: Report) -> Report:
    """The report of the last step, with what only the whole way from the accepted release shows."""
    since = whole.old[-1]
    told = f"{since.name} {since.version}, the oldest accepted release"
    note = f"Also compared with {told}: {whole.verdict.value}."
    if whole.verdict.rank <= step.verdict.rank:
        return replace(step, notes=(*step.notes, note))
    known = {finding.fingerprint for finding in step.findings}
    more = tuple(_since(f, since) for f in whole.findings if f.fingerprint not in known)
    return replace(
        step,
        verdict=whole.verdict,
        score=max(step.score, whole.score),
        summary=whole.summary,
        findings=(*more, *step.findings),
        notes=(*step.notes, note),
    )


def _since(finding: Finding, since: Artifact) -> Finding:
    told = f"New since {since.version}, the oldest accepted release; no single step since then showed it."
    return replace(finding, explanation=f"{finding.explanation} {told}")
