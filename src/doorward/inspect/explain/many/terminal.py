"""Several updates on a terminal: one line each, worst first, then what is new in those that need a look."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.inspect.explain.escape import columns, cut, for_terminal, shortened
from doorward.inspect.explain.many.wording import found, headline, sentence, step
from doorward.inspect.explain.sentences import BLIND_SPOTS, plural, score_text
from doorward.inspect.explain.terminal import MIN_WIDTH, Page, findings_blocks, verdict_line
from doorward.model.finding import Verdict
from doorward.model.update import Update, Updates

__all__ = ["render"]

_NAME_LIMIT = 34
_DETAILED = 5
"""Updates whose findings are told without `verbose`."""
_FINDINGS = 3
"""Findings told of each of them."""
_LEAST_ROOM = 12
"""Columns below which a sentence says nothing."""
_CLEAR_SHOWN = 40
_WORDS = {
    Verdict.BLOCK: "severity-block",
    Verdict.REVIEW: "severity-review",
    Verdict.UNDECIDED: "undecided-word",
    Verdict.CLEAR: "dim",
}


def render(updates: Updates, *, colour: bool, width: int = 100, verbose: bool = False) -> str:
    """The updates for a terminal.

    Args:
        updates: what was found.
        colour: whether SGR sequences may be used.
        width: columns of the terminal; 40 at least.
        verbose: tell every update with every finding.
    """
    page = Page(max(width, MIN_WIDTH), colour)
    page.lines.append(verdict_line(page, updates.verdict, None, headline(updates)))
    page.paragraph(f"{updates.old} \u2192 {updates.new}")
    ordered = updates.worst_first
    page.blank()
    _table(page, ordered, verbose=verbose)
    _details(page, ordered, verbose=verbose)
    page.blank()
    page.paragraph("Not shown by any comparison of releases:")
    for note in updates.notes or BLIND_SPOTS:
        page.item(note)
    if verbose and updates.timings:
        page.labelled(
            "time", ", ".join(f"{phase} {spent:.2f} s" for phase, spent in updates.timings), indent=0
        )
    return page.text()


def _table(page: Page, ordered: Sequence[Update], *, verbose: bool) -> None:
    clear = [update for update in ordered if update.verdict is Verdict.CLEAR]
    others = [update for update in ordered if update.verdict is not Verdict.CLEAR]
    listed = [*others, *clear] if verbose else others
    longest = max((columns(_name(update)) for update in listed), default=0)
    for update in listed:
        _row(page, update, min(longest, _NAME_LIMIT))
    if clear and not verbose:
        named = [f"{update.name} {update.new_version or 'removed'}" for update in clear[:_CLEAR_SHOWN]]
        more = f", and {len(clear) - len(named):,} more (--verbose)" if len(clear) > len(named) else ""
        page.labelled(
            "clear", f"{len(clear):,}: {', '.join(shortened(name, 60) for name in named)}{more}", indent=0
        )


def _name(update: Update) -> str:
    return for_terminal(f"{update.name} {step(update)}")


def _row(page: Page, update: Update, longest: int) -> None:
    word = f"{update.verdict.value:<9}"
    points = f"{score_text(update.score):>3}" if update.reports or update.findings else "  -"
    name = _name(update)
    if columns(name) > _NAME_LIMIT:
        name = cut(name, _NAME_LIMIT - 1) + "\u2026"
    name += " " * max(longest - columns(name), 0)
    left = f"{word} {points}  "
    room = page.width - len(left) - columns(name) - 2
    said = for_terminal(sentence(update)) if room >= _LEAST_ROOM else ""
    if said and columns(said) > room:
        said = cut(said, room - 1) + "\u2026"
    line = (
        page.paint(_WORDS[update.verdict], word)
        + f" {points}  "
        + page.paint("bold", cut(name, page.width - 15))
    )
    page.lines.append(f"{line}  {said}".rstrip())


def _details(page: Page, ordered: Sequence[Update], *, verbose: bool) -> None:
    told = [update for update in ordered if found(update) or _gaps(update)]
    shown = (
        told if verbose else [update for update in told if update.verdict is not Verdict.CLEAR][:_DETAILED]
    )
    for update in shown:
        page.blank()
        page.paragraph(f"{update.ecosystem}:{update.name}  {step(update)}", role="bold")
        findings = found(update)
        some = findings if verbose else findings[:_FINDINGS]
        findings_blocks(page, some, verbose=verbose)
        if len(some) < len(findings):
            page.paragraph(f"and {plural(len(findings) - len(some), 'more finding')} (--verbose)", indent=2)
        _left_out(page, update, verbose=verbose)
    hidden = sum(update.verdict is not Verdict.CLEAR for update in told) - len(shown)
    if hidden > 0:
        page.blank()
        page.paragraph(
            f"{plural(hidden, 'more update')} to look at (--verbose tells all, --format html too)."
        )


def _gaps(update: Update) -> bool:
    missing = any(report.coverage.not_examined for report in update.reports)
    return bool(update.unexamined or missing or (update.reason and update.reports))


def _left_out(page: Page, update: Update, *, verbose: bool) -> None:
    missing = [item for report in update.reports for item in report.coverage.not_examined]
    for item in missing if verbose else missing[:_FINDINGS]:
        place = shortened(item.path, 200) or "the artifact itself"
        page.item(f"not examined: {place}: {shortened(item.reason, 200)}")
    if len(missing) > _FINDINGS and not verbose:
        page.paragraph(f"and {len(missing) - _FINDINGS:,} more not examined (--verbose)", indent=4)
    if update.reason and update.reports:
        page.item(f"not inspected: {update.reason}")
    if update.unexamined:
        page.item(
            f"{plural(update.unexamined, 'other artifact')} of this version not examined (--all-artifacts)"
        )
