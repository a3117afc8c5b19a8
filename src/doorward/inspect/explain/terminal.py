"""The report on one screen of a terminal: the verdict first, then the worst findings, then coverage.

Colour is decoration: every word that matters is also written. Green is kept for *clear*. Without
`verbose` the page fits `rows` lines as nearly as its parts allow: findings that find no room are
counted by file, with the way to see them. All quoted text is made visible (`escape`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from doorward.inspect.explain.escape import columns, cut, for_terminal, shortened, wrapped
from doorward.inspect.explain.excerpt import ExcerptKind, excerpt
from doorward.inspect.explain.sentences import (
    BLIND_SPOTS,
    active,
    amount,
    by_file,
    coverage_sentence,
    findings_sentence,
    label,
    plural,
    score_text,
    settlements,
    size_text,
    suppressed,
    verdict_sentence,
    versions,
    where,
)
from doorward.model.artifact import Artifact
from doorward.model.finding import Finding, Report, Severity, Verdict

__all__ = ["MIN_WIDTH", "Page", "findings_blocks", "render", "verdict_line"]

_PAINT = {
    "block": "1;37;41",
    "review": "1;30;43",
    "undecided": "1;37;45",
    "clear": "1;30;42",
    "severity-block": "1;31",
    "severity-review": "1;33",
    "severity-note": "1",
    "undecided-word": "1;35",
    "dim": "2",
    "bold": "1",
}
"""SGR parameters (ECMA-48 8.3.117) by role."""

_SEVERITY_WORDS = {Severity.BLOCK: "BLOCK ", Severity.REVIEW: "REVIEW", Severity.NOTE: "note  "}
_MARGIN = 9
"""Columns of the label before a sentence."""
_EXCERPT_ROWS = 6
_HEX_ROWS = 3
_EXCERPT_ROWS_VERBOSE = 40
_FILES_SHOWN = 8
_LIST_SHOWN = 5
MIN_WIDTH = 40


@dataclass(slots=True)
class Page:
    """Lines of a terminal page under one width and one choice of colour."""

    width: int
    colour: bool
    lines: list[str] = field(default_factory=list)

    def paint(self, role: str, text: str) -> str:
        """Visible text in the colour of its role."""
        if not self.colour or not text:
            return text
        return f"\x1b[{_PAINT[role]}m{text}\x1b[0m"

    def blank(self) -> None:
        """An empty line, never two."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def paragraph(self, text: str, indent: int = 0, role: str = "") -> None:
        """A wrapped sentence."""
        for line in wrapped(for_terminal(text), self.width - indent):
            self.lines.append(" " * indent + (self.paint(role, line) if role else line))

    def labelled(self, name: str, text: str, indent: int = 2) -> None:
        """A short label in its own column and a wrapped sentence beside it."""
        broken = wrapped(for_terminal(text), self.width - indent - _MARGIN)
        for index, line in enumerate(broken):
            start = (
                self.paint("dim", name) + " " * max(_MARGIN - len(name), 1) if index == 0 else " " * _MARGIN
            )
            self.lines.append(" " * indent + start + line)

    def item(self, text: str) -> None:
        """One entry of a list."""
        broken = wrapped(for_terminal(text), self.width - 4)
        self.lines.append(f"  - {broken[0]}")
        self.lines.extend(f"    {line}" for line in broken[1:])

    def row(self, left: str, right: str, role: str = "") -> None:
        """A line with something at its right edge; the left part is cut to fit."""
        shown = for_terminal(left)
        room = self.width - columns(right) - 1
        if columns(shown) > room:
            shown = cut(shown, room - 1) + "\u2026"
        gap = " " * max(self.width - columns(shown) - columns(right), 1) if right else ""
        self.lines.append((self.paint(role, shown) if role else shown) + gap + right)

    def text(self) -> str:
        """The page, ending in one line end."""
        return "\n".join(self.lines).rstrip("\n") + "\n"


def render(report: Report, *, colour: bool, width: int = 100, verbose: bool = False, rows: int = 48) -> str:
    """The report for a terminal.

    Args:
        report: what was found.
        colour: whether SGR sequences may be used.
        width: columns of the terminal; 40 at least.
        verbose: show every finding, list and timing.
        rows: lines that the page should take without `verbose`.
    """
    page = Page(max(width, MIN_WIDTH), colour)
    _head(page, report)
    tail = Page(page.width, colour)
    _foot(tail, report, verbose=verbose)
    room = None if verbose else rows - len(page.lines) - len(tail.lines) - 2
    _findings(page, report, room, verbose=verbose)
    page.blank()
    page.lines.extend(tail.lines)
    return page.text()


def verdict_line(page: Page, verdict: Verdict, score: float | None, subject: str) -> str:
    """` BLOCK  94/100  requests 2.31.0 → 2.32.0`, cut to the page's width."""
    word = f" {verdict.value.upper()} "
    points = "" if score is None else f"  {score_text(score)}/100"
    shown = for_terminal(subject)
    room = page.width - len(word) - len(points) - 2
    if columns(shown) > room:
        shown = cut(shown, max(room - 1, 1)) + "\u2026"
    return page.paint(verdict.value, word) + page.paint("bold", points) + "  " + page.paint("bold", shown)


def _head(page: Page, report: Report) -> None:
    page.lines.append(verdict_line(page, report.verdict, report.score, versions(report)))
    page.paragraph(verdict_sentence(report))
    page.blank()
    olds = report.old[-3:]
    if len(report.old) > len(olds):
        page.labelled(
            "old", f"{plural(len(report.old) - len(olds), 'older forerunner')} not listed here", indent=0
        )
    for artifact in olds:
        page.labelled("old", _identity(artifact, page.width - _MARGIN), indent=0)
    if not report.old:
        page.labelled("old", "none: this release was inspected against nothing", indent=0)
    page.labelled("new", _identity(report.new, page.width - _MARGIN), indent=0)


def _identity(artifact: Artifact, width: int) -> str:
    digest = artifact.digest.removeprefix("sha256:")[:16]
    parts = [label(artifact), size_text(artifact.size), f"sha256:{digest}\u2026" if digest else ""]
    line = "  ".join(part for part in parts if part)
    file_name = artifact.file_name
    return f"{line}  {file_name}" if file_name and len(line) + len(file_name) + 2 <= width else line


def _findings(page: Page, report: Report, room: int | None, *, verbose: bool) -> None:
    found = active(report)
    page.blank()
    hidden = suppressed(report)
    page.paragraph(_capital(findings_sentence(found, hidden)), role="bold")
    silent = Page(page.width, page.colour)
    if hidden:
        _suppressed(silent, hidden, verbose=verbose)
        room = None if room is None else room - len(silent.lines) - 1
    rest = found[_fitting(page, found, room, verbose=verbose) :]
    if rest:
        page.blank()
        page.lines.extend(_rest(page, rest))
    if hidden:
        page.blank()
        page.lines.extend(silent.lines)


def _fitting(page: Page, found: Sequence[Finding], room: int | None, *, verbose: bool) -> int:
    """Add blocks of findings while there is room, short ones when it gets tight; the worst is whole."""
    used = 0
    told: set[str] = set()
    for index, finding in enumerate(found):
        after = found[index + 1 :]
        below = len(_rest(page, after)) + 1 if after and room is not None else 0
        left = None if room is None or not index else room - used - below - 1
        block = _block(page, finding, told, verbose=verbose)
        if left is not None and len(block) > left:
            block = _block(page, finding, told, verbose=verbose, brief=True)
        if left is not None and len(block) > left:
            return index
        told.update(text for _, text in settlements(finding))
        page.blank()
        page.lines.extend(block)
        used += len(block) + 1
    return len(found)


def findings_blocks(page: Page, found: Sequence[Finding], *, verbose: bool) -> None:
    """Blocks of all these findings; short ones after the first, unless `verbose`."""
    told: set[str] = set()
    for index, finding in enumerate(found):
        page.blank()
        page.lines.extend(_block(page, finding, told, verbose=verbose, brief=index > 0 and not verbose))


def _block(page: Page, finding: Finding, told: set[str], *, verbose: bool, brief: bool = False) -> list[str]:
    """One finding; a sentence that an earlier block `told` in the same words is not told again."""
    block = Page(page.width, page.colour)
    _block_head(block, finding)
    _quote(block, finding, verbose=verbose, brief=brief)
    for name, sentence in settlements(finding):
        if verbose or name == "rare" or (sentence not in told and not brief):
            block.labelled(name, sentence if verbose else shortened(sentence, 400))
    if finding.attack and not brief:
        block.labelled("ATT&CK", ", ".join(finding.attack))
    if verbose:
        block.labelled("rule", f"{finding.rule}  {finding.fingerprint}".rstrip())
    return block.lines


def _block_head(page: Page, finding: Finding) -> None:
    word = _SEVERITY_WORDS[finding.severity]
    points = amount(finding.weight)
    place = for_terminal(where(finding))
    room = page.width - len(word) - len(points) - 4
    if columns(place) > room:
        place = "\u2026" + _last(place, room - 1)
    gap = " " * max(page.width - len(word) - 2 - columns(place) - len(points), 2)
    role = f"severity-{finding.severity.value}"
    page.lines.append(
        page.paint(role, word) + "  " + page.paint("bold", place) + (gap + points if points else "")
    )
    page.paragraph(shortened(finding.title, 400), indent=2)


def _last(text: str, width: int) -> str:
    """The longest end of the text that fits."""
    return cut(text[::-1], width)[::-1]


def _quote(page: Page, finding: Finding, *, verbose: bool, brief: bool) -> None:
    limit = _EXCERPT_ROWS_VERBOSE if verbose else 1 if brief else _EXCERPT_ROWS
    quoted = excerpt(finding.evidence, rows=limit)
    if quoted.kind is ExcerptKind.HEX and not verbose:
        quoted = excerpt(finding.evidence, rows=min(limit, _HEX_ROWS))
    margin = max((len(row.mark) for row in quoted.rows), default=0)
    for row in quoted.rows:
        mark = f"{row.mark:>{margin}} " if margin else ""
        room = page.width - 4 - len(mark) - 2
        quote = for_terminal(row.text)
        shown = quote if columns(quote) <= room else cut(quote, room - 1) + "\u2026"
        page.lines.append("    " + page.paint("dim", f"{mark}\u2502") + " " + shown)
    if quoted.more:
        page.lines.append(
            "    "
            + page.paint(
                "dim", f"{'':{margin + 1 if margin else 0}}\u2502 {plural(quoted.more, 'more line')}"
            )
        )


def _rest(page: Page, rest: Sequence[Finding]) -> list[str]:
    """Findings that have no block: how many, in which files, and how to see them."""
    below = Page(page.width, page.colour)
    groups = by_file(rest)
    files = plural(len(groups), "file")
    below.paragraph(f"{len(rest):,} more in {files} (--verbose shows all, --format html the whole report):")
    for group in groups[:_FILES_SHOWN]:
        worst = _SEVERITY_WORDS[group.worst]
        count = plural(len(group.findings), "finding")
        left = f"{worst}  {for_terminal(shortened(group.path, 300)) or 'the artifact itself'}"
        below.row(left, f"{count}  {amount(group.weight):>6}".rstrip())
    unlisted = groups[_FILES_SHOWN:]
    if unlisted:
        count = plural(sum(len(group.findings) for group in unlisted), "finding")
        below.paragraph(f"{count} in {plural(len(unlisted), 'other file')}", indent=8)
    return below.lines


def _suppressed(page: Page, hidden: Sequence[Finding], *, verbose: bool) -> None:
    page.paragraph(f"Suppressed, and not counted ({len(hidden):,}):")
    _listed(
        page, [f"{where(item)}: {item.title} \u2014 {item.suppressed_by}" for item in hidden], verbose=verbose
    )


def _foot(page: Page, report: Report, *, verbose: bool) -> None:
    page.labelled("covered", coverage_sentence(report.coverage), indent=0)
    missing = report.coverage.not_examined
    if missing:
        page.paragraph(f"Not examined ({len(missing):,}), which is not the same as clean:", role="bold")
        _listed(
            page,
            [f"{item.path or 'the artifact itself'}: {item.reason}" for item in missing],
            verbose=verbose,
        )
    if report.assumptions:
        page.paragraph(f"Assumed, not checked ({len(report.assumptions):,}):")
        _listed(page, report.assumptions, verbose=verbose)
    page.paragraph("Not shown by any comparison of releases:")
    _listed(page, report.notes or BLIND_SPOTS, verbose=verbose)
    if verbose and report.timings:
        spent = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in report.timings)
        page.labelled("time", spent, indent=0)


def _listed(page: Page, items: Iterable[str], *, verbose: bool) -> None:
    listed = list(items)
    shown = listed if verbose else listed[:_LIST_SHOWN]
    for item in shown:
        page.item(item if verbose else shortened(item, 400))
    if len(shown) < len(listed):
        page.paragraph(f"and {len(listed) - len(shown):,} more (--verbose lists all)", indent=4)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
