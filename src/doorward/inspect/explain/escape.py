r"""Quoted text is shown, never obeyed: one escape per output.

Names, literals and lines of code come from the release under judgment. Whoever wrote a back door
also chose them, and may have chosen them for the reader's terminal, browser or pull request:

- terminal escapes (ECMA-48 CSI, OSC 8 links, OSC 52 clipboard), carriage returns that overwrite;
- bidirectional overrides and isolates (Unicode UAX 9, CVE-2021-42574), zero-width and tag letters;
- HTML and JavaScript; Markdown links, images, mentions (`@user`), issue and commit references;
- SARIF embedded links (SARIF 2.1.0 section 3.11.6), percent signs and spaces in artifact URIs.

`visible` comes first everywhere: what a reader could not see is spelled as a Python escape
(`\x1b`, `\u202e`). Output is for people: a literal backslash is not doubled, so the exact
characters are to be taken from the JSON report, which keeps them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote

__all__ = [
    "columns",
    "cut",
    "fence",
    "for_html",
    "for_markdown",
    "for_sarif",
    "for_terminal",
    "lines_of",
    "markdown_code",
    "marked_html",
    "shortened",
    "to_uri",
    "visible",
    "wrapped",
]

_MARK_ROOM = 24
"""Characters that the mark of a shortened text may take: enough for 9,999,999,999,999."""

_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols that fonts draw as nothing."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (bidi, zero-width, tags), surrogates, private, unassigned, separators."""

_PILED_MARKS = 3
"""Combining marks on one letter that writing systems need; more are drawn over other lines."""

_PLAIN_WORD = re.compile(
    r"[\"'(\u2018\u201c]*"
    r"(?:[^\W_]+(?:[-'\u2019/][^\W\d_]+)*|[A-Za-z]?\d+(?:[.,]\d+)*)"
    r"[\"'):;,.!?%\u2019\u201d]*"
)
"""Words and numbers with ordinary punctuation: no host, path, reference or markup looks like these."""
_SYMBOL_WORD = re.compile(r"[^\x00-\x7f]+")
_COMMIT = re.compile(r"[0-9a-fA-F]{7}")
_QUIET = frozenset(" -,/()=+;%'\"?^{}")
"""ASCII that has no meaning for Markdown inside a line that begins with something else."""


class _Spelling(dict[int, str]):
    """A translation table that decides about each character when it first occurs."""

    def __init__(self, before: str = "", after: str = "") -> None:
        """Spell with something put before and after each spelling."""
        super().__init__()
        self._frame = (before, after)

    def __missing__(self, code: int) -> str:
        char = chr(code)
        before, after = self._frame
        self[code] = answer = f"{before}{_spelled(code)}{after}" if _is_hidden(char) else char
        return answer


def _is_hidden(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Zs":
        return char != " "
    return category in _HIDDEN_CATEGORIES or char in _BLANK or "\ufe00" <= char <= "\ufe0f"


def _spelled(code: int) -> str:
    named = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}
    if code in named:
        return named[code]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SPELLING = _Spelling()
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private-use characters: always spelled themselves, so none of the accused's can stand here."""
_MARKED = _Spelling(_OPEN, _CLOSE)


def visible(text: str) -> str:
    """The text on one line, with every character that would not be seen, or would act, spelled out.

    Line ends and tabs are spelled too. Of combining marks piled on one letter, those past the
    third are spelled.
    """
    if text.isascii() and text.isprintable():
        return text
    return _unpiled(text.translate(_SPELLING))


def _unpiled(text: str, before: str = "", after: str = "") -> str:
    if not any(map(unicodedata.combining, text)):
        return text
    result: list[str] = []
    pile = 0
    for char in text:
        pile = pile + 1 if unicodedata.combining(char) or unicodedata.category(char) == "Mn" else 0
        result.append(f"{before}{_spelled(ord(char))}{after}" if pile > _PILED_MARKS else char)
    return "".join(result)


def lines_of(text: str) -> list[str]:
    """The raw text's lines, tabs as four spaces, as code is read.

    Only LF and CR LF end a line: anything else that editors disagree on stays, to be spelled.
    """
    return [line.removesuffix("\r").expandtabs(4) for line in text.removesuffix("\n").split("\n")]


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters (24 at least), the middle replaced by how many are missing there."""
    if len(text) <= max(limit, _MARK_ROOM):
        return text
    room = max(limit, _MARK_ROOM) - _MARK_ROOM
    head = (room + 1) // 2
    missing = len(text) - room
    return f"{text[:head]}[\u2026 {missing:,} \u2026]{text[len(text) - (room - head) :]}"


def columns(text: str) -> int:
    """Columns that visible text takes in a terminal: two for wide letters, none for marks."""
    if text.isascii():
        return len(text)
    return sum(_column(char) for char in text)


def _column(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def wrapped(text: str, width: int) -> list[str]:
    """Visible text broken into lines of at most `width` columns, at spaces where possible."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split(" "):
        taken = columns(word)
        if used + taken + bool(line) <= width:
            line, used = f"{line} {word}" if line else word, used + taken + bool(line)
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width) if taken > width else [word]
        lines.extend(full)
        used = columns(line)
    return [*lines, line] if line or not lines else lines


def _pieces(word: str, width: int) -> list[str]:
    """One word without spaces in pieces of at most `width` columns; linear in its length."""
    pieces = []
    start = 0
    while start < len(word):
        # No character takes more than two columns, marks take none: the window is enough to look at,
        # except for piled marks, of which `visible` leaves at most three on a letter.
        piece = cut(word[start : start + 4 * width + 4], width)
        if word.startswith("::", start + len(piece)) and len(piece) > 1:
            piece = piece[:-1]  # no line of a log begins a command, see `for_terminal`
        pieces.append(piece)
        start += len(piece)
    return pieces


def cut(text: str, width: int) -> str:
    """The longest start of the text that fits `width` columns; at least one character."""
    if text.isascii():
        return text[: max(width, 1)]
    used = 0
    for index, char in enumerate(text):
        used += _column(char)
        if used > width and index:
            return text[:index]
    return text


def for_terminal(text: str) -> str:
    """Visible text that is no command to the build service whose log shows it either.

    GitHub Actions obeys `::name` at a line's start and `##[name]` anywhere, Azure `##vso[name]`,
    TeamCity `##teamcity[name]`: a backslash comes between.
    """
    shown = re.sub(r"(##\w*)\[", r"\1\\[", visible(text))
    return re.sub(r"(?:^|(?<= ))::", r"\\::", shown)


def for_html(text: str) -> str:
    """Visible text as HTML, safe between tags and inside quoted attributes."""
    return html.escape(visible(text), quote=True)


def marked_html(text: str) -> str:
    """The same for between tags only: what was spelled stands in `mark`, apart from a literal backslash."""
    shown = html.escape(_unpiled(text.translate(_MARKED), _OPEN, _CLOSE), quote=True)
    return shown.replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>")


def _entities(text: str) -> str:
    """Every character that Markdown could act on as a numeric entity.

    CommonMark 0.31 section 2.5: an entity never takes the place of a structural character, so no
    emphasis, link, table cell, autolink or code span can begin or end in it.
    """
    shown = "".join(
        char if not char.isascii() or char.isalnum() or char in _QUIET or char == "." else f"&#{ord(char)};"
        for char in text
    )
    return re.sub(r"(?i)(www)\.", r"\1&#46;", shown)


def markdown_code(text: str) -> str:
    """Visible text as inline code of GitHub-flavoured Markdown, also inside a table's cell.

    An HTML `code` element with entities: backticks would have to be counted and pipes escaped, and
    neither mentions nor references are linked inside `code`. It ends and begins again behind every
    `@`, because cmark-gfm looks for addresses in what the entities stand for.
    """
    shown = visible(text)
    if not shown.strip():
        return "<code>&#32;</code>"
    pieces = re.findall(r"[^@]*@|[^@]+", shown)
    return "".join(f"<code>{_entities(piece)}</code>" for piece in pieces)


def for_markdown(text: str) -> str:
    """A sentence for Markdown: plain words stay, everything else becomes inline code.

    Hosts of Markdown link mentions, issue numbers, commits and addresses after rendering, when a
    backslash is already gone; they do so nowhere inside `code`.
    """
    return " ".join(_markdown_word(word) for word in visible(text).split(" "))


def _markdown_word(word: str) -> str:
    plain = _PLAIN_WORD.fullmatch(word) or _SYMBOL_WORD.fullmatch(word)
    if not word or (plain and not _COMMIT.search(word) and not word.upper().startswith("GH-")):
        return word
    core = word.rstrip(",;:.!?)")
    return markdown_code(core) + _entities(word[len(core) :]) if core else _entities(word)


def fence(lines: list[str]) -> list[str]:
    """Visible lines as a fenced block that nothing in them can close."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    ticks = "`" * max(3, longest + 1)
    return [f"{ticks}text", *lines, ticks]


def for_sarif(text: str) -> str:
    r"""Visible text for a SARIF message: `[`, `]` and `\` are escaped, so that nothing becomes a link."""
    return re.sub(r"([\[\]\\])", r"\\\1", visible(text))


def to_uri(path: str) -> str:
    """A logical path as a relative URI reference (RFC 3986): percent-encoded, never absolute, no dots.

    A leading slash is encoded. Dot segments are encoded twice, because the URL standard takes
    `%2e%2e` for `..` too. Undecodable bytes keep their value; other lone surrogates become `?`.
    """
    errors = "surrogateescape" if _is_escaped_bytes(path) else "replace"
    segments = [quote(segment, safe="!+,;=@~$&") for segment in path.encode("utf-8", errors).split(b"/")]
    safe = [segment.replace(".", "%252E") if segment in {".", ".."} else segment for segment in segments]
    if len(safe) > 1 and not safe[0]:
        safe[:2] = [f"%2F{safe[1]}"]
    return "/".join(safe)


def _is_escaped_bytes(path: str) -> bool:
    return all(0xDC80 <= ord(char) <= 0xDCFF for char in path if 0xD800 <= ord(char) <= 0xDFFF)
