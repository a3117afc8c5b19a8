"""Several updates as one HTML page: the table worst first, then each update's report, folded."""

from __future__ import annotations

from doorward.inspect.explain.escape import for_html, marked_html, shortened
from doorward.inspect.explain.html import listed, page, sections
from doorward.inspect.explain.html_findings import findings_part
from doorward.inspect.explain.many.wording import counts, headline, sentence, step, unexamined
from doorward.inspect.explain.sentences import BLIND_SPOTS, plural, score_text
from doorward.model.finding import SCHEMA_VERSION, Verdict
from doorward.model.update import Update, Updates

__all__ = ["render"]

_OPEN = 3
"""Reports of this many updates are unfolded, if they need a look."""
_DETAILED = 60
"""Updates whose reports stand on the page; the others keep their row. Browsers slow down on more."""


def render(updates: Updates) -> str:
    """The whole page, as text to be written in UTF-8."""
    ordered = updates.worst_first
    title = f"{updates.verdict.value.upper()} \u00b7 {headline(updates)} \u00b7 Doorward"
    masthead = '<header class="masthead"><span><strong>Doorward</strong> report on updates</span></header>'
    body = [masthead, _verdict(updates), _table(ordered)]
    detailed = [(index, update) for index, update in enumerate(ordered) if _has_body(update)]
    if detailed:
        body.append('<section><h2>Each update</h2><p class="lead">Worst first.</p>')
        body.extend(_update(index, update) for index, update in detailed[:_DETAILED])
        if len(detailed) > _DETAILED:
            more = plural(len(detailed) - _DETAILED, "more report")
            body.append(f'<p class="lead">{more} in the JSON report</p>')
        body.append("</section>")
    limits = listed(updates.notes or BLIND_SPOTS, "limits")
    body.append(f"<section><h2>What this does not prove</h2>{limits}</section>")
    spent = sum(seconds for _, seconds in updates.timings)
    timing = f"Inspected in {spent:.2f} s. " if updates.timings else ""
    foot = f"{timing}Report format {SCHEMA_VERSION}; the JSON report holds everything, unshortened."
    return page(title, "\n".join(body), foot)


def _has_body(update: Update) -> bool:
    return bool(update.reports or update.findings)


def _verdict(updates: Updates) -> str:
    word = updates.verdict.value
    pills = "".join(
        f'<span class="pill {verdict.value}">{count:,} {verdict.value}</span>'
        for verdict, count in counts(updates)
    )
    left = unexamined(updates)
    warning = ""
    if left:
        warning = (
            f'<div class="warn undecided">{plural(left, "artifact")} of these versions not examined.</div>'
        )
    compared = f"{shortened(updates.old, 200)} \u2192 {shortened(updates.new, 200)}"
    return (
        f'<section class="verdict {word}" aria-label="Verdict"><span class="word">{word.upper()}</span>'
        f"<h1>{plural(len(updates.updates), 'update')}</h1>"
        f'<p class="summary q">{marked_html(compared)}</p>'
        f'<div class="counts">{pills}</div>{warning}</section>'
    )


def _table(ordered: tuple[Update, ...]) -> str:
    if not ordered:
        return '<section><h2>Updates</h2><div class="panel">No package changed.</div></section>'
    head = "<tr><th>Package</th><th>Verdict</th><th>Score</th><th>Why</th></tr>"
    rows = "".join(_row(index, update) for index, update in enumerate(ordered))
    return (
        '<section><h2>Updates, worst first</h2><div class="panel">'
        f'<table class="updates"><thead>{head}</thead><tbody>{rows}</tbody></table></div></section>'
    )


def _row(index: int, update: Update) -> str:
    name = f'<b class="q">{marked_html(shortened(update.name, 120))}</b>'
    if _has_body(update) and index < _DETAILED:
        name = f'<a href="#u{index}">{name}</a>'
    points = score_text(update.score) if _has_body(update) else "\u2013"
    word = update.verdict.value
    return (
        f'<tr><td>{name}<br><span class="soft q">{for_html(update.ecosystem)} '
        f"{marked_html(shortened(step(update), 120))}</span></td>"
        f'<td><span class="pill {word}">{word}</span></td><td>{points}</td>'
        f'<td class="q">{marked_html(shortened(sentence(update), 400))}</td></tr>'
    )


def _update(index: int, update: Update) -> str:
    word = update.verdict.value
    opened = " open" if index < _OPEN and update.verdict in {Verdict.BLOCK, Verdict.REVIEW} else ""
    parts = []
    lock = [finding for finding in update.findings if not finding.suppressed_by]
    if lock:
        part = findings_part(lock, 4, f"u{index}-lock-")
        parts.append(f'<section><h3 class="section">About the lock file</h3>{part}</section>')
    if update.unexamined:
        parts.append(
            f'<div class="warn undecided">{plural(update.unexamined, "other artifact")} not examined.</div>'
        )
    if update.reason and update.reports:
        parts.append(f'<div class="warn undecided q">Not inspected: {marked_html(update.reason)}</div>')
    for number, report in enumerate(update.reports):
        if len(update.reports) > 1:
            name = marked_html(shortened(report.new.file_name, 200))
            parts.append(f'<p class="artifact mono q">{name}</p>')
        parts.append(sections(report, level=3, prefix=f"u{index}-{number}-"))
    return (
        f'<details class="update {word}" id="u{index}"{opened}>'
        f'<summary><span class="pill {word}">{word}</span>'
        f'<b class="q">{marked_html(shortened(update.name, 120))}</b>'
        f'<span class="q">{marked_html(shortened(step(update), 120))}</span>'
        f'<span class="soft q">{marked_html(shortened(sentence(update), 300))}</span></summary>'
        f'<div class="update-body">{"".join(parts)}</div></details>'
    )
