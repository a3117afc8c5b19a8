"""Updates of several packages, as a change of a lock file brings them, each with its report."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.model.finding import Finding, Report, Severity, Verdict

__all__ = ["Update", "Updates"]


@dataclass(frozen=True, slots=True)
class Update:
    """One package whose locked version, source or digest changed."""

    name: str
    ecosystem: str
    """`pypi` or `npm`."""
    old_version: str
    """Empty for a package that is new to the tree."""
    new_version: str
    """Empty for a package that left the tree: nothing of it is inspected."""
    files: tuple[str, ...] = ()
    """Lock files that name it, as given."""
    reports: tuple[Report, ...] = ()
    """One for each inspected artifact: this platform's, and the sdist where there is one."""
    reason: str = ""
    """Why an artifact has no report: one sentence; empty if all that were wanted have one."""
    findings: tuple[Finding, ...] = ()
    """About the lock itself: a source other than the configured registry, a digest nobody published."""
    unexamined: int = 0
    """Artifacts of the new version that were not inspected (wheels for other platforms)."""

    @property
    def verdict(self) -> Verdict:
        """The worst of reports and lock; never clear without a report, or a forerunner, or for a reason."""
        judged = [_VERDICTS[finding.severity] for finding in self.findings if not finding.suppressed_by]
        judged.extend(report.verdict for report in self.reports)
        compared = all(report.old for report in self.reports) and self.reports and not self.reason
        if self.new_version and not compared:
            judged.append(Verdict.UNDECIDED)
        return max(judged, key=lambda verdict: verdict.rank, default=Verdict.CLEAR)

    @property
    def score(self) -> float:
        """The highest of its reports; 100 if the lock itself blocks."""
        if any(f.severity is Severity.BLOCK and not f.suppressed_by for f in self.findings):
            return 100.0
        return max((report.score for report in self.reports), default=0.0)


_VERDICTS = {Severity.NOTE: Verdict.CLEAR, Severity.REVIEW: Verdict.REVIEW, Severity.BLOCK: Verdict.BLOCK}


@dataclass(frozen=True, slots=True)
class Updates:
    """Everything that one change of lock files brings in."""

    old: str
    """What was compared: a path or a revision."""
    new: str
    updates: tuple[Update, ...]
    notes: tuple[str, ...] = ()
    """What this does not see, and lock files that could not be read."""
    timings: tuple[tuple[str, float], ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of all updates; clear if nothing changed."""
        return max((update.verdict for update in self.updates), key=lambda v: v.rank, default=Verdict.CLEAR)

    @property
    def worst_first(self) -> tuple[Update, ...]:
        """Updates in the order in which a person should look at them."""
        return tuple(sorted(self.updates, key=lambda u: (-u.verdict.rank, -u.score, u.ecosystem, u.name)))
