"""The words that all outputs of several updates share. Text may quote the accused: outputs escape it."""

from __future__ import annotations

from doorward.inspect.explain.escape import shortened
from doorward.inspect.explain.sentences import active, plural, verdict_sentence
from doorward.model.finding import Finding, Report, Severity, Verdict
from doorward.model.update import Update, Updates

__all__ = ["counts", "found", "headline", "sentence", "step", "unexamined", "worst"]


def counts(updates: Updates) -> tuple[tuple[Verdict, int], ...]:
    """How many updates have each verdict, worst first; verdicts that none has are left out."""
    verdicts = [update.verdict for update in updates.updates]
    return tuple((verdict, verdicts.count(verdict)) for verdict in reversed(Verdict) if verdict in verdicts)


def unexamined(updates: Updates) -> int:
    """Artifacts of new versions that nobody inspected."""
    return sum(update.unexamined for update in updates.updates)


def headline(updates: Updates) -> str:
    """`12 updates: 1 block, 2 undecided, 9 clear; 14 artifacts not examined`."""
    if not updates.updates:
        return "no updates"
    parts = ", ".join(f"{count:,} {verdict.value}" for verdict, count in counts(updates))
    left = unexamined(updates)
    tail = f"; {plural(left, 'artifact')} not examined" if left else ""
    return f"{plural(len(updates.updates), 'update')}: {parts}{tail}"


def step(update: Update) -> str:
    """`1.2 → 1.3`, or that the package is new to the tree or left it."""
    if not update.old_version:
        return f"{update.new_version}, new to the tree"
    if not update.new_version:
        return f"{update.old_version}, removed"
    return f"{update.old_version} \u2192 {update.new_version}"


def found(update: Update) -> tuple[Finding, ...]:
    """Findings that count, about the lock first, then about the release, worst first."""
    lock = [finding for finding in update.findings if not finding.suppressed_by]
    release = [finding for report in update.reports for finding in active(report)]
    order = list(Severity)
    return tuple(sorted([*lock, *release], key=lambda f: (-order.index(f.severity), -f.weight)))


def worst(update: Update) -> Report | None:
    """The report that decides; None if there is none."""
    return max(update.reports, key=lambda report: (report.verdict.rank, report.score), default=None)


def sentence(update: Update) -> str:
    """Why the update has its verdict, in one sentence."""
    report = worst(update)
    heavy = [finding for finding in found(update) if finding.severity is not Severity.NOTE]
    if heavy and (report is None or not report.summary or heavy[0] in update.findings):
        more = f" (and {plural(len(heavy) - 1, 'more finding')})" if len(heavy) > 1 else ""
        return f"{shortened(heavy[0].title, 300)}{more}"
    if update.reason and (report is None or report.verdict is Verdict.CLEAR):
        return f"Not inspected: {update.reason}"
    if report is None:
        return "Not inspected." if update.new_version else "Left the tree: nothing of it is installed."
    if report.verdict is Verdict.CLEAR and not all(one.old for one in update.reports):
        return "Nothing stands out, but there is no forerunner to compare with: not called clear."
    return verdict_sentence(report)
