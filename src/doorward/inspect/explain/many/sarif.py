"""Several updates as one SARIF run: files stand below `ecosystem/name/version/`, lock files as given."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.inspect.explain.document import dump
from doorward.inspect.explain.many.wording import headline, sentence
from doorward.inspect.explain.sarif import Case, case, log, run
from doorward.model.finding import Verdict
from doorward.model.update import Update, Updates

__all__ = ["render"]


def render(updates: Updates) -> str:
    """The updates as the text of a SARIF log with one run."""
    cases = [one for update in updates.worst_first for one in _cases(update)]
    properties = {"compared": headline(updates), "updates": len(updates.updates)}
    return dump(log([run(cases, updates.verdict, "updates", properties)]))


def _cases(update: Update) -> Iterator[Case]:
    folder = f"{update.ecosystem or 'package'}/{update.name}/{update.new_version or update.old_version}/"
    if update.findings:
        yield Case("", Verdict.CLEAR, "", update.findings)
    for report in update.reports:
        yield case(report, folder + (f"{report.new.file_name}!/" if len(update.reports) > 1 else ""))
    told = any(report.verdict is Verdict.UNDECIDED for report in update.reports)
    if update.verdict is Verdict.UNDECIDED and not told:
        yield Case(folder, Verdict.UNDECIDED, f"{update.name}: {sentence(update)}", ())
