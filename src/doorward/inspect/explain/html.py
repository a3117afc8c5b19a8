"""The report as one HTML file: no script, nothing loaded, readable in a browser, on paper, by a reader.

Sections in the order of the question: the verdict, what is new with its evidence, the tree of
changes coloured by what is unexplained, the entropy of changed binaries, coverage, what was assumed,
and what the result does not prove. Every quoted character passes `escape` on its way in.
"""

from __future__ import annotations

from doorward.inspect.explain.escape import for_html, marked_html, shortened
from doorward.inspect.explain.html_changes import strips, tree
from doorward.inspect.explain.html_findings import findings_part, suppressed_part
from doorward.inspect.explain.html_style import POLICY, STYLE
from doorward.inspect.explain.sentences import (
    BLIND_SPOTS,
    active,
    coverage_sentence,
    findings_sentence,
    label,
    plural,
    score_text,
    size_text,
    suppressed,
    verdict_sentence,
    versions,
)
from doorward.model.artifact import Artifact
from doorward.model.finding import SCHEMA_VERSION, Coverage, Report, Severity, Verdict

__all__ = ["listed", "page", "render", "sections"]

_REASONS = 4
_LIST_LIMIT = 1_000
"""Entries of one list; what is beyond is counted and stands in the JSON report."""


def render(report: Report) -> str:
    """The whole page, as text to be written in UTF-8."""
    title = f"{report.verdict.value.upper()} \u00b7 {versions(report)} \u00b7 Doorward"
    masthead = (
        '<header class="masthead"><span><strong>Doorward</strong> inspection report</span>'
        f"<span>{_span(_published(report.new))}</span></header>"
    )
    spent = sum(seconds for _, seconds in report.timings)
    timing = f"Inspected in {spent:.2f} s. " if report.timings else ""
    foot = (
        f"{timing}Report format {SCHEMA_VERSION}; the JSON report holds everything shown here, unshortened."
    )
    return page(title, masthead + _verdict(report) + sections(report, level=2), foot)


def page(title: str, body: str, foot: str) -> str:
    """A complete document around a body that is already HTML; title and foot are text."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{for_html(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{for_html(shortened(title, 200))}</title>\n<style>{STYLE}</style>\n</head>\n"
        f'<body>\n<main>\n{body}\n</main>\n<footer class="foot">{for_html(foot)}</footer>\n</body>\n</html>\n'
    )


def sections(report: Report, *, level: int, prefix: str = "") -> str:
    """Everything below the verdict.

    Args:
        report: what is shown.
        level: of the sections' headings: 2 on a page of its own, 3 among several reports.
        prefix: put before every `id`, so that several reports can stand on one page.
    """
    found, hidden = active(report), suppressed(report)
    lead = _sentence(findings_sentence(found, hidden))
    parts = [
        _section("What is new", lead, findings_part(found, level + 1, prefix), level, f"{prefix}findings"),
    ]
    if hidden:
        parts.append(_section("Suppressed", "Not counted in the verdict.", suppressed_part(hidden), level))
    parts.extend(_changed(report, level, prefix))
    if report.assumptions:
        parts.append(_section("Assumed, not checked", "", listed(report.assumptions), level))
    lead = _sentence(coverage_sentence(report.coverage))
    parts.append(_section("Coverage", lead, _coverage(report.coverage), level))
    lead = "Said every time, because a comparison of releases cannot see it."
    limits = listed(report.notes or BLIND_SPOTS, "limits")
    parts.append(_section("What this does not prove", lead, limits, level))
    return "\n".join(parts)


def _changed(report: Report, level: int, prefix: str) -> list[str]:
    parts = []
    if report.changes:
        count = plural(len(report.changes), "changed member")
        lead = f"{count}, coloured by how much of the change is unexplained."
        parts.append(_section("Tree of changes", lead, tree(report.changes), level, f"{prefix}changes"))
    shown = strips(report.changes, level + 1)
    if shown:
        lead = "Bits per byte, from start to end of each file. Encrypted or compressed bytes stay near 8."
        parts.append(_section("Entropy, old and new", lead, shown, level))
    return parts


def _section(title: str, lead: str, body: str, level: int, ident: str = "") -> str:
    name = f' id="{for_html(ident)}"' if ident else ""
    css = ' class="section"' if level > 2 else ""
    said = f'<p class="lead">{for_html(lead)}</p>' if lead else ""
    return f"<section{name}><h{level}{css}>{for_html(title)}</h{level}>{said}{body}</section>"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _span(text: str) -> str:
    return f'<span class="q">{marked_html(text)}</span>'


def _published(artifact: Artifact) -> str:
    dates = [value for fact, value in artifact.facts if fact == "published"]
    return f"published {dates[0]}" if dates else ""


def _verdict(report: Report) -> str:
    word = report.verdict.value
    score = score_text(report.score)
    length = max(0.0, min(report.score, 100.0))
    return (
        f'<section class="verdict {word}" aria-label="Verdict"><div class="verdict-line"><div>'
        f'<span class="word">{word.upper()}</span><h1>{_versions(report)}</h1></div>'
        f'<p class="score"><b>{score}</b><span>score, of 100</span></p></div>'
        f'<p class="summary">{_span(shortened(verdict_sentence(report), 2_000))}</p>'
        f'<svg class="meter" role="img" aria-label="Score {for_html(score)} of 100">'
        f'<rect width="{length:.1f}%" height="100%"/></svg>'
        f'{_reasons(report)}<div class="releases">{_releases(report)}</div></section>'
    )


def _reasons(report: Report) -> str:
    """The worst findings by their titles, or what was not examined, so that the first screen answers."""
    told = [
        (finding.severity.value, finding.title, finding.path)
        for finding in active(report)
        if finding.severity is not Severity.NOTE
    ]
    if report.verdict is Verdict.UNDECIDED:
        gaps = report.coverage.not_examined
        told.extend(("undecided", f"Not examined: {gap.reason}", gap.path) for gap in gaps[:_REASONS])
    if not told:
        return ""
    rows = "".join(
        f'<li><span class="pill {word}">{word}</span> '
        f'<span><b class="q">{marked_html(shortened(title, 200))}</b> '
        f'<span class="soft mono q">{marked_html(shortened(path, 200))}</span></span></li>'
        for word, title, path in told[:_REASONS]
    )
    return f'<ol class="reasons">{rows}</ol>'


def _versions(report: Report) -> str:
    arrow = '</span> <span class="arrow">\u2192</span> <span class="q">'
    old, found, new = versions(report).partition(" \u2192 ")
    inner = marked_html(old) + (arrow + marked_html(new) if found else "")
    return f'<span class="q">{inner}</span>'


def _releases(report: Report) -> str:
    shown = [
        (f"old, {index}" if len(report.old) > 1 else "old", artifact)
        for index, artifact in enumerate(report.old, 1)
    ]
    cards = [_release(tag, artifact) for tag, artifact in [*shown[-5:], ("new", report.new)]]
    if len(shown) > 5:
        more = plural(len(shown) - 5, "older forerunner")
        cards.insert(0, f'<div class="release"><span class="tag">old</span><b>{more}</b></div>')
    if not report.old:
        none = "<b>No forerunner</b>This release was inspected against nothing."
        cards.insert(0, f'<div class="release"><span class="tag">old</span>{none}</div>')
    return "".join(cards)


def _release(tag: str, artifact: Artifact) -> str:
    return (
        f'<div class="release"><span class="tag">{for_html(tag)}</span><b>{_span(label(artifact))}</b>'
        f'<span class="soft">{size_text(artifact.size)} \u00b7 '
        f"{_span(shortened(artifact.file_name, 200))}</span>"
        f'<span class="mono digest">{for_html(artifact.digest)}</span></div>'
    )


def _coverage(coverage: Coverage) -> str:
    missing = len(coverage.not_examined)
    counts = (
        ("unchanged", coverage.unchanged, "unchanged, equal to a forerunner"),
        ("examined", coverage.examined, "examined"),
        ("missing", missing, "not examined"),
    )
    total = max(sum(count for _, count, _ in counts), 1)
    bars, keys, start = "", "", 0.0
    for css, count, words in counts:
        share = 100 * count / total
        bars += f'<rect class="{css}" x="{start:.2f}%" width="{share:.2f}%" height="100%"/>'
        swatch = (
            f'<svg class="cover" aria-hidden="true"><rect class="{css}" width="100%" height="100%"/></svg>'
        )
        keys += f"<li>{swatch}<b>{count:,}</b> {words}</li>"
        start += share
    warning = ""
    if missing:
        warning = (
            f'<div class="warn undecided"><strong>{missing:,} not examined.</strong> '
            "What was not looked at is not clean: it could hold anything.</div>"
            + _pairs([(item.path or "the artifact itself", item.reason) for item in coverage.not_examined])
        )
    return (
        f'<div class="panel"><svg class="cover" aria-hidden="true" preserveAspectRatio="none">{bars}</svg>'
        f'<ul class="key">{keys}</ul>{warning}</div>'
    )


def _pairs(pairs: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<li><span class="mono q">{marked_html(shortened(path, 500))}</span> '
        f'<span class="reason q">{marked_html(shortened(reason, 500))}</span></li>'
        for path, reason in pairs[:_LIST_LIMIT]
    )
    return f'<ul class="list">{rows}{_beyond(len(pairs))}</ul>'


def listed(items: tuple[str, ...], css: str = "") -> str:
    """Sentences in a panel."""
    rows = "".join(f"<li>{_span(shortened(item, 1_000))}</li>" for item in items[:_LIST_LIMIT])
    return f'<div class="panel {css}"><ul class="list">{rows}{_beyond(len(items))}</ul></div>'


def _beyond(count: int) -> str:
    return (
        f'<li class="reason">and {count - _LIST_LIMIT:,} more in the JSON report</li>'
        if count > _LIST_LIMIT
        else ""
    )
