"""Scripts of languages without a grammar here, read statement by statement.

Comments are blanked out, split strings and escaped names put together, then words are held against a
language's table. Functions are found by how they begin and by their braces. Labels run from words
that are sources to words that are sinks within a statement, and through variables from one statement
to the next. Coarser than a syntax tree, and sound enough for languages in which updates seldom come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from doorward.inspect.probes.capabilities import FLOWS, path_hits
from doorward.inspect.probes.script_model import MODULE, Function, Script

__all__ = ["Language", "read_statements"]

BITS: Final = {
    name: 1 << number
    for number, name in enumerate(("decoded", "network", "dns", "file", "secret", "host", "encoded"))
}
SOURCE_OF: Final = {
    "decode": "decoded",
    "network": "network",
    "dns": "dns",
    "credentials": "secret",
    "environment-bulk": "secret",
    "host-info": "host",
    "encode": "encoded",
}
SINK_OF: Final = {
    "dynamic-code": "dynamic-code",
    "process": "process",
    "native": "native",
    "dynamic-import": "import",
    "network": "network",
    "dns": "dns",
    "filesystem-write": "write",
}
STATEMENT_LIMIT: Final = 40_000
"""Statements of one file whose flows are followed."""
SPLIT_STRING: Final = re.compile(
    r"""(["'])([^"'\n]{0,400})\1\s{0,40}[+&.]\s{0,40}(["'])(?=[^"'\n]{0,400}\3)"""
)
FOLDS: Final = 64
"""Pieces of one string that are put together."""


@dataclass(frozen=True, slots=True)
class Language:
    """What tells one language's words."""

    name: str
    comments: re.Pattern[str]
    """Strings or comments; group `comment` where it is a comment."""
    functions: re.Pattern[str]
    """The beginning of a function; group `name`."""
    words: tuple[tuple[str, re.Pattern[str]], ...]
    """Capabilities and their words."""
    variable: re.Pattern[str]
    """One variable; the whole match is its name."""
    assignment: re.Pattern[str]
    """A statement that binds; group `name`."""
    arithmetic: re.Pattern[str]
    """Byte arithmetic."""
    bytewise: re.Pattern[str]
    """Makes characters or bytes from numbers: with byte arithmetic, a decoder."""
    mark: str = ""
    """Escape that may stand inside a name and means nothing there."""
    folds_case: bool = True


def read_statements(script: Script, language: Language) -> None:
    """Note what the functions of one script can do, and what flows."""
    clean = without_comments(script.text, language)
    joined = put_together(clean, language)
    functions = functions_of(script, joined, language)
    found: list[tuple[int, str]] = []
    for capability, pattern in language.words:
        for match in pattern.finditer(joined):
            found.append((match.start(), capability))
            line = script.text.count("\n", 0, match.start()) + 1
            function = owner(functions, match.start())
            function.can(capability, line)
            if joined[match.start() : match.end()] != script.text[match.start() : match.end()]:
                function.hides("computed-name", line)
    for match in language.arithmetic.finditer(joined):
        start, end, function = span(functions, match.start())
        if language.bytewise.search(joined, start, end):
            function.can("decode", script.text.count("\n", 0, match.start()) + 1)
            found.append((match.start(), "decode"))
    for offset, capability in path_hits(joined):
        owner(functions, offset).can(capability, script.text.count("\n", 0, offset) + 1)
        found.append((offset, capability))
    link_calls(script, functions, joined)
    follow(script, functions, joined, sorted(found), language)


def without_comments(text: str, language: Language) -> str:
    """The text with comments blanked out, every character at its place."""
    return language.comments.sub(
        lambda match: re.sub(r"[^\n]", " ", match[0]) if match["comment"] else match[0], text
    )


def put_together(text: str, language: Language) -> str:
    """Strings written in pieces and names with escapes in them, whole again; lengths are kept."""
    if language.mark:
        mark = re.escape(language.mark)
        text = re.sub(
            rf"[A-Za-z]+(?:{mark}[A-Za-z]+)+",
            lambda match: match[0].replace(language.mark, "").ljust(len(match[0])),
            text,
        )
    for _ in range(FOLDS):
        whole = SPLIT_STRING.sub(moved, text)
        if whole == text:
            break
        text = whole
    return text


def moved(match: re.Match[str]) -> str:
    """The first of two pieces, its end pushed onto the second: blanks go before, so that lengths stay."""
    gap = len(match[0]) - len(match[2]) - 1
    return " " * gap + match[3] + match[2]


def functions_of(script: Script, text: str, language: Language) -> list[tuple[int, int, Function]]:
    """Functions with their spans, in order, the module first."""
    module = script.function(MODULE)
    spans = [(0, len(text), module)]
    starts = list(language.functions.finditer(text))
    for number, match in enumerate(starts):
        following = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        end = block_end(text, match.end(), following)
        line = text.count("\n", 0, match.start()) + 1
        name = match["name"]
        if name in script.functions:
            name = f"{name}#{line}"
        spans.append((match.start(), end, script.function(name, line)))
    return spans


def block_end(text: str, start: int, following: int) -> int:
    """Where a block in braces closes, at latest where the next function begins, if it has braces at all."""
    opening = text.find("{", start, min(start + 400, len(text)))
    if opening < 0:
        return following
    depth = 0
    for match in re.finditer(r"[{}]", text[opening : opening + 200_000]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return opening + match.end()
    return following


def span(functions: list[tuple[int, int, Function]], offset: int) -> tuple[int, int, Function]:
    """The innermost function around an offset."""
    best = functions[0]
    for one in functions:
        if one[0] > offset:
            break
        if one[1] > offset:
            best = one
    return best


def owner(functions: list[tuple[int, int, Function]], offset: int) -> Function:
    """The function that an offset stands in."""
    return span(functions, offset)[2]


def link_calls(_script: Script, functions: list[tuple[int, int, Function]], text: str) -> None:
    """Calls of functions that can do something."""
    able = {
        function.name.rpartition("#")[0] or function.name: function
        for _, _, function in functions[1:]
        if function.capabilities
    }
    if not able or len(able) > 400:
        return
    pattern = re.compile(
        r"(?<![\w.])(?:" + "|".join(re.escape(name) for name in able) + r")(?!\w)", re.IGNORECASE
    )
    lowered = {name.lower(): function.name for name, function in able.items()}
    for match in pattern.finditer(text):
        caller = owner(functions, match.start())
        callee = lowered[match[0].lower()]
        if caller.name != callee:
            caller.calls.add(callee)


def statements(text: str) -> Iterator[tuple[int, int]]:
    """Spans of statements: lines, continued ones joined."""
    start = 0
    for match in re.finditer(r"[^\n]*\n|[^\n]+$", text):
        line = match[0].rstrip()
        if (
            line.endswith(("|", "`", "+", ",", "(", "&", "_", "\\", "^", "="))
            and match.end() - start < 20_000
        ):
            continue
        yield start, match.end()
        start = match.end()


def follow(  # noqa: C901 - one plain branch for each case
    script: Script,
    functions: list[tuple[int, int, Function]],
    text: str,
    found: list[tuple[int, str]],
    language: Language,
) -> None:
    """Flows within statements and through variables."""
    able = {capability for _, capability in found}
    if not able & SOURCE_OF.keys() or not able & SINK_OF.keys():
        return
    sources = {
        name: function.capabilities.keys() for name, function in script.functions.items() if name != MODULE
    }
    variables: dict[str, int] = {}
    position = 0
    for number, (start, end) in enumerate(statements(text)):
        if number > STATEMENT_LIMIT:
            return
        while position < len(found) and found[position][0] < start:
            position += 1
        here: set[str] = set()
        at = position
        while at < len(found) and found[at][0] < end:
            here.add(found[at][1])
            at += 1
        statement = text[start:end]
        labels, sinks = 0, {SINK_OF[capability] for capability in here if capability in SINK_OF}
        for capability in here:
            labels |= BITS.get(SOURCE_OF.get(capability, ""), 0)
        for word in set(re.findall(r"[A-Za-z_][\w-]*", statement)) & sources.keys():
            for capability in sources[word]:
                labels |= BITS.get(SOURCE_OF.get(capability, ""), 0)
                if capability in {"dynamic-code", "process", "native"}:
                    sinks.add(SINK_OF[capability])
        names = [match[0].lower() for match in language.variable.finditer(statement)]
        for name in names:
            labels |= variables.get(name, 0)
        note_flows(script, owner(functions, start), sinks, labels, here, start)
        bound = language.assignment.match(statement)
        if bound and labels:
            name = bound["name"].lower()
            variables[name] = variables.get(name, 0) | labels


def note_flows(
    script: Script, function: Function, sinks: set[str], labels: int, _here: set[str], offset: int
) -> None:
    """Sources that meet a sink in one statement; a capability is no source of itself."""
    for sink in sinks:
        for source in FLOWS.get(sink, ()):
            if labels & BITS[source] and source != sink:
                line = script.text.count("\n", 0, offset) + 1
                function.flows.setdefault(f"{source}-to-{sink}", line)
