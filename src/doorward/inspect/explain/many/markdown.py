"""Several updates as one pull-request comment: a table worst first, then one `details` for each package."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.inspect.explain.escape import for_markdown, markdown_code, shortened, visible
from doorward.inspect.explain.many.wording import found, headline, sentence, step
from doorward.inspect.explain.markdown import MARKS, evidence, gaps, listed, said
from doorward.inspect.explain.sentences import BLIND_SPOTS, by_file, coverage_sentence, plural, score_text
from doorward.inspect.explain.sheet import LIMIT, Sheet
from doorward.model.finding import Verdict
from doorward.model.update import Update, Updates

__all__ = ["render"]

_CLOSING_ROOM = 300
_PACKAGE_ROOM = 16_000
"""Characters of one package's evidence, so that the first does not hide the others."""


def render(updates: Updates, *, limit: int = LIMIT) -> str:
    """The updates as Markdown of at most `limit` characters (at least 8,192)."""
    sheet = Sheet(max(limit, 8_192) - _CLOSING_ROOM)
    closing = listed("What this does not prove", [said(note) for note in updates.notes or BLIND_SPOTS])
    sheet.room -= len(closing) + 1
    sheet.add(f"## {MARKS[updates.verdict]} Doorward: {headline(updates)}\n")
    compared = f"{updates.old} \u2192 {updates.new}"
    sheet.add(f"{said(compared, 200)}\n")
    ordered = updates.worst_first
    _table(sheet, ordered)
    told = [update for update in ordered if update.verdict is not Verdict.CLEAR]
    taken = sheet.fill([_package(update) for update in told], sheet.room)
    sheet.room += _CLOSING_ROOM
    if taken < len(told):
        left = plural(len(told) - taken, "update")
        sheet.add(f"Evidence of {left} found no room here: the HTML and JSON reports have it.\n")
    sheet.room += len(closing) + 1
    sheet.add(closing)
    return sheet.text()


def _table(sheet: Sheet, ordered: Sequence[Update]) -> None:
    clear = [update for update in ordered if update.verdict is Verdict.CLEAR]
    others = [update for update in ordered if update.verdict is not Verdict.CLEAR]
    if others:
        sheet.add("| | Package | Version | Score | |\n| --- | --- | --- | ---: | --- |")
        taken = sheet.fill([_row(update) for update in others], sheet.room // 2)
        sheet.add("")
        if taken < len(others):
            sheet.add(f"{plural(len(others) - taken, 'more update')} found no room in this table.\n")
    if clear:
        named = [f"{_package_name(update)} {_version(update)}" for update in clear]
        body = listed("", named)
        title = f"{MARKS[Verdict.CLEAR]} {len(clear):,} clear"
        sheet.add(f"<details><summary>{title}</summary>\n\n{body}\n</details>\n")


def _package_name(update: Update) -> str:
    return markdown_code(shortened(visible(f"{update.ecosystem}:{update.name}"), 80))


def _version(update: Update) -> str:
    return for_markdown(shortened(visible(step(update)), 80))


def _row(update: Update) -> str:
    points = score_text(update.score) if update.reports or update.findings else ""
    return (
        f"| {MARKS[update.verdict]} **{update.verdict.value}** | {_package_name(update)} "
        f"| {_version(update)} | {points} | {said(sentence(update), 160)} |"
    )


def _package(update: Update) -> str:
    head = f"<details><summary>{MARKS[update.verdict]} {_package_name(update)} {_version(update)}</summary>\n"
    inner = Sheet(_PACKAGE_ROOM)
    inner.add(f"{said(sentence(update), 600)}\n")
    tail = _tail(update)
    groups = by_file(found(update))
    taken = inner.fill([evidence(group) for group in groups], _PACKAGE_ROOM - len(tail) - 1_000)
    if taken < len(groups):
        left = plural(sum(len(group.findings) for group in groups[taken:]), "finding")
        inner.add(f"Evidence of {left} found no room here: the HTML and JSON reports have it.\n")
    return f"{head}\n{inner.text()}\n{tail}\n</details>\n"


def _tail(update: Update) -> str:
    parts = []
    if update.files:
        files = ", ".join(markdown_code(shortened(visible(name), 120)) for name in update.files[:10])
        parts.append(f"**In**: {files}\n")
    for report in update.reports:
        name = (
            f" of {markdown_code(shortened(visible(report.new.file_name), 120))}"
            if len(update.reports) > 1
            else ""
        )
        parts.append(f"**Coverage**{name}: {coverage_sentence(report.coverage)}.\n")
        parts.append(gaps(report))
    if update.reason and update.reports:
        parts.append(f"Not inspected: {said(update.reason)}\n")
    if update.unexamined:
        parts.append(f"{plural(update.unexamined, 'other artifact')} of this version not examined.\n")
    return "\n".join(part for part in parts if part)
