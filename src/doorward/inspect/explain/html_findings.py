"""Findings of the HTML report: grouped by file, worst first, each with the evidence itself."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.inspect.explain.escape import marked_html, shortened
from doorward.inspect.explain.excerpt import ExcerptKind, excerpt
from doorward.inspect.explain.sentences import FileGroup, amount, by_file, plural, settlements, where
from doorward.model.finding import Finding, Severity
from doorward.model.trait import Evidence

__all__ = ["findings_part", "suppressed_part"]

_FINDINGS_LIMIT = 400
"""Findings shown with their evidence: browsers slow down on more. The rest is counted by file."""
_FILES_LIMIT = 200
_EXCERPT_ROWS = 60
_LINE_LIMIT = 600
_TERMS = {
    "why": "Why it matters",
    "rare": "How rare",
    "or else": "Innocent reading",
    "settle": "To settle it",
}


def findings_part(found: Sequence[Finding], level: int, prefix: str = "") -> str:
    """Findings as cards by file, headings at `level`; what is beyond the limit as counted rows."""
    if not found:
        return '<div class="panel">No single finding in what was examined.</div>'
    shown = by_file(found[:_FINDINGS_LIMIT])
    cards = "".join(_file(group, level, f"{prefix}f{index}") for index, group in enumerate(shown))
    return cards + _rest(found[_FINDINGS_LIMIT:])


def _rest(rest: Sequence[Finding]) -> str:
    if not rest:
        return ""
    groups = by_file(rest)
    rows = "".join(
        f'<li><span class="mono q">{marked_html(shortened(group.path, 300))}</span> '
        f'<span class="reason">{plural(len(group.findings), "finding")}</span></li>'
        for group in groups[:_FILES_LIMIT]
    )
    beyond = groups[_FILES_LIMIT:]
    if beyond:
        count = plural(sum(len(group.findings) for group in beyond), "finding")
        rows += f'<li class="reason">{count} in {plural(len(beyond), "other file")}</li>'
    return (
        f'<div class="file"><p class="path">{len(rest):,} more, with their evidence in the JSON report</p>'
        f'<div class="inside"><ul class="list">{rows}</ul></div></div>'
    )


def _file(group: FileGroup, level: int, ident: str) -> str:
    path = marked_html(shortened(group.path, 500)) if group.path else "the artifact itself"
    several = len(group.findings) > 1 and amount(group.weight)
    points = f'<span class="points">{amount(group.weight)}</span>' if several else ""
    cards = "".join(_card(finding, level + 1) for finding in group.findings)
    head = f'<h{level} class="path"><span class="q">{path}</span>{points}</h{level}>'
    return f'<section class="file" id="{ident}">{head}{cards}</section>'


def _card(finding: Finding, level: int) -> str:
    severity = finding.severity.value
    opened = "" if finding.severity is Severity.NOTE else " open"
    points = amount(finding.weight)
    return (
        f'<details class="finding {severity}"{opened}><summary><span class="pill">{severity}</span>'
        f'<h{level} class="title q">{marked_html(shortened(finding.title, 500))}</h{level}>'
        f'<span class="points">{points}</span>{_place(finding.evidence)}</summary>'
        f'<div class="inside">{quoted(finding.evidence)}{_says(finding)}</div></details>'
    )


def _place(evidence: Evidence) -> str:
    parts = []
    if evidence.line is not None:
        parts.append(f"line {evidence.line:,}")
    if evidence.offset is not None:
        parts.append(f"offset 0x{evidence.offset:x}")
    if evidence.where:
        parts.append(f'in <span class="mono q">{marked_html(shortened(evidence.where, 200))}</span>')
    return f'<span class="place">{", ".join(parts)}</span>' if parts else ""


def quoted(evidence: Evidence) -> str:
    """The excerpt: code with line numbers, a hex dump, or a literal."""
    found = excerpt(evidence, rows=_EXCERPT_ROWS, width=_LINE_LIMIT)
    if found.kind is ExcerptKind.NOTHING:
        return ""
    numbers = found.kind is not ExcerptKind.LITERAL
    rows = "".join(
        f"<div>{f'<i>{row.mark}</i>' if numbers else ''}<code>{marked_html(row.text) or ' '}</code></div>"
        for row in found.rows
    )
    more = (
        f'<span class="more">{plural(found.more, "more line")} in the JSON report</span>'
        if found.more
        else ""
    )
    frame = f'class="code {found.kind.value}" tabindex="0" role="region" aria-label="Evidence"'
    return f"<div {frame}>{rows}{more}</div>"


def _says(finding: Finding) -> str:
    rows = [
        f'<dt>{_TERMS[name]}</dt><dd class="q">{marked_html(shortened(text, 2_000))}</dd>'
        for name, text in settlements(finding)
    ]
    ids = "".join(
        f'<span class="attack">{marked_html(shortened(ident, 40))}</span>' for ident in finding.attack
    )
    rule = f'<code class="soft q">{marked_html(shortened(finding.rule, 200))}</code>'
    rows.append(f"<dt>{'ATT&amp;CK, rule' if ids else 'Rule'}</dt><dd>{ids}{rule}</dd>")
    return f'<dl class="says">{"".join(rows)}</dl>'


def suppressed_part(hidden: Sequence[Finding]) -> str:
    """Suppressed findings, each with who silenced it, why and until when."""
    rows = "".join(
        f'<li><span class="mono q">{marked_html(where(finding))}</span> '
        f'<span class="q">{marked_html(shortened(finding.title, 300))}</span><br>'
        f'<span class="reason q">{marked_html(shortened(finding.suppressed_by, 500))}</span></li>'
        for finding in hidden[:_FINDINGS_LIMIT]
    )
    if len(hidden) > _FINDINGS_LIMIT:
        rows += f'<li class="reason">and {len(hidden) - _FINDINGS_LIMIT:,} more in the JSON report</li>'
    return f'<div class="panel"><ul class="list">{rows}</ul></div>'
