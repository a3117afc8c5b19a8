"""The report as Markdown that fits a pull-request comment (GitHub-flavoured, at most 65,536 characters).

A table of findings, worst first; evidence in `details`, so that the comment stays short to the eye;
coverage, assumptions and limits below. Whatever finds no room is counted, with the way to see it.

Everything quoted is inline code made of entities, or stands in a fence that nothing in it can close
(`escape`): no mention, link, image, heading or HTML comes from the accused.
"""

from __future__ import annotations

from collections.abc import Sequence

from doorward.inspect.explain.escape import fence, for_markdown, markdown_code, shortened, visible
from doorward.inspect.explain.excerpt import ExcerptKind, excerpt
from doorward.inspect.explain.sentences import (
    BLIND_SPOTS,
    FileGroup,
    active,
    by_file,
    coverage_sentence,
    findings_sentence,
    plural,
    score_text,
    settlements,
    suppressed,
    verdict_sentence,
    versions,
    where,
)
from doorward.inspect.explain.sheet import LIMIT, Sheet
from doorward.model.finding import Finding, Report, Verdict

__all__ = ["MARKS", "evidence", "gaps", "listed", "render", "said"]

MARKS = {
    Verdict.BLOCK: "\U0001f534",
    Verdict.REVIEW: "\U0001f7e0",
    Verdict.UNDECIDED: "\U0001f7e3",
    Verdict.CLEAR: "\U0001f7e2",
}
"""Coloured circles before the word; green only for clear."""

_ROWS_ROOM = 20_000
_LIST_ROOM = 4_000
_EXCERPT_ROWS = 20
_LINE_LIMIT = 200
_SENTENCE_LIMIT = 300
_CELL_LIMIT = 120
_CLOSING_ROOM = 300
_TERMS = {"why": "Why", "rare": "How rare", "or else": "Innocent reading", "settle": "To settle it"}


def said(text: str, limit: int = _SENTENCE_LIMIT) -> str:
    """A quoted sentence, bounded."""
    return for_markdown(shortened(visible(text), limit))


def _code(text: str, limit: int = _CELL_LIMIT) -> str:
    return markdown_code(shortened(visible(text), limit))


def render(report: Report, *, limit: int = LIMIT) -> str:
    """The report as Markdown of at most `limit` characters (at least 8,192)."""
    sheet = Sheet(max(limit, 8_192) - _CLOSING_ROOM)
    closing = _foot(report)
    sheet.room -= len(closing) + 1
    sheet.add(
        f"## {MARKS[report.verdict]} Doorward: {report.verdict.value}, {score_text(report.score)}/100\n"
    )
    sheet.add(f"{said(versions(report))}\n")
    sheet.add(f"{said(verdict_sentence(report), 600)}\n")
    found = active(report)
    sheet.add(f"**{_capital(findings_sentence(found, suppressed(report)))}.**\n")
    _table(sheet, found)
    groups = by_file(found)
    blocks = [evidence(group) for group in groups]
    taken = sheet.fill(blocks, sheet.room)
    sheet.room += _CLOSING_ROOM
    if taken < len(groups):
        left = sum(len(group.findings) for group in groups[taken:])
        files = plural(len(groups) - taken, "file")
        words = f"Evidence of {plural(left, 'finding')} in {files} found no room here"
        sheet.add(f"\n{words}: the HTML and JSON reports have it.\n")
    sheet.room += len(closing) + 1
    sheet.add(closing)
    return sheet.text()


def _table(sheet: Sheet, found: Sequence[Finding]) -> None:
    if not found:
        return
    sheet.add("| | What is new | Where | How rare | ATT&CK |\n| --- | --- | --- | --- | --- |")
    table = _rows(found)
    taken = sheet.fill(table, min(_ROWS_ROOM, sheet.room // 3))
    if taken < len(table):
        sheet.add(f"\n{plural(len(table) - taken, 'more finding')} found no room in this table.")
    sheet.add("")


def _rows(found: Sequence[Finding]) -> list[str]:
    """Rows of the table of findings."""
    return [
        f"| **{finding.severity.value}** | {said(finding.title, _CELL_LIMIT)} | {_code(where(finding))} "
        f"| {said(finding.rarity, _CELL_LIMIT)} | {said(', '.join(finding.attack), _CELL_LIMIT)} |"
        for finding in found
    ]


def evidence(group: FileGroup) -> str:
    """One file's findings with their evidence, folded."""
    count = plural(len(group.findings), "finding")
    title = _code(group.path) if group.path else "the artifact itself"
    parts = [f"<details><summary>{title}: {count}</summary>\n"]
    parts.extend(_told(finding) for finding in group.findings)
    return "\n".join([*parts, "</details>\n"])


def _told(finding: Finding) -> str:
    parts = [f"**{finding.severity.value}**: {said(finding.title)} ({_code(where(finding))})\n"]
    quoted = excerpt(finding.evidence, rows=_EXCERPT_ROWS, width=_LINE_LIMIT)
    if quoted.kind is not ExcerptKind.NOTHING:
        margin = max(len(row.mark) for row in quoted.rows)
        lines = [
            f"{row.mark:>{margin}}  {visible(row.text)}" if margin else visible(row.text)
            for row in quoted.rows
        ]
        parts.extend([*fence(lines), ""])
        if quoted.more:
            parts.append(f"{plural(quoted.more, 'more line')} in the HTML and JSON reports.\n")
    parts.extend(f"- {_TERMS[name]}: {said(text)}" for name, text in settlements(finding))
    if finding.attack:
        parts.append(f"- ATT&amp;CK: {said(', '.join(finding.attack))}")
    return "\n".join([*parts, ""])


def _foot(report: Report) -> str:
    """Coverage, gaps, suppressions, assumptions and limits: bounded, and always there."""
    parts = [f"**Coverage**: {coverage_sentence(report.coverage)}.\n"]
    parts.append(gaps(report))
    hidden = [
        f"{_code(where(item))} {said(item.title)}: {said(item.suppressed_by)}" for item in suppressed(report)
    ]
    parts.append(listed(f"Suppressed, and not counted ({len(hidden):,})", hidden))
    assumed = [said(text) for text in report.assumptions]
    parts.append(listed(f"Assumed, not checked ({len(assumed):,})", assumed))
    parts.append(listed("What this does not prove", [said(text) for text in report.notes or BLIND_SPOTS]))
    return "\n".join(part for part in parts if part)


def gaps(report: Report) -> str:
    """What was not examined; empty if nothing."""
    missing = report.coverage.not_examined
    items = [f"{_code(item.path or 'the artifact itself')} {said(item.reason)}" for item in missing]
    return listed(f"Not examined ({len(items):,}), which is not the same as clean", items)


def listed(title: str, items: list[str]) -> str:
    """A bounded list of Markdown items below a title; empty if there are none."""
    if not items:
        return ""
    sheet = Sheet(_LIST_ROOM)
    taken = sheet.fill([f"- {item}" for item in items], _LIST_ROOM - 100)
    if taken < len(items):
        sheet.add(f"- and {len(items) - taken:,} more in the HTML and JSON reports")
    return f"**{title}:**\n\n{sheet.text()}" if title else sheet.text()


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
