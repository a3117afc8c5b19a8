"""What a front end tells of a script, language aside, and how that becomes traits.

A front end fills a `Script` with one `Function` for each function (module level is `<module>`):
abilities with their lines, calls to other functions of the same file, flows and tricks. Here calls
are followed: a function also has the abilities of the functions of its own file that it calls, two
levels deep, since an implant is easily cut into small functions. Nothing is executed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from doorward.inspect.probes.capabilities import COMBINATIONS, TELLING
from doorward.inspect.probes.literals import Blob
from doorward.inspect.probes.script_kinds import (
    BLOB,
    BLOB_CLASS,
    CALL,
    CAPABILITY,
    COMBINATION,
    CONCEALMENT,
    DATAFLOW,
    IMPORT,
    IMPORT_TIME,
    SHAPE,
    SILENCED,
    UNPARSABLE,
)
from doorward.model.trait import EXCERPT_LIMIT, Evidence, Trait, TraitKind

__all__ = ["MODULE", "Function", "Script", "traits_of"]

MODULE = "<module>"
EXCERPT_LINES = 40
MAX_OPEN_KEYS = 400
"""Imports and calls of one file that are told apart."""
LEVELS = 2
"""Of calls within the file that are followed."""


@dataclass(slots=True)
class Function:
    """One function of a script, or its module level."""

    name: str
    line: int
    end: int = 0
    """Last line; 0 if not known."""
    unasked: bool = False
    """Runs when the file is loaded."""
    capabilities: dict[str, list[int]] = field(default_factory=dict)
    """Ability → lines where it is used."""
    called: set[str] = field(default_factory=set)
    """Abilities that are called or handed to a call, not only named (a base class, an alias)."""
    calls: set[str] = field(default_factory=set)
    """Names of functions of this file that it calls or hands on."""
    silenced: dict[str, int] = field(default_factory=dict)
    """Ability → line, where every failure of it is swallowed."""
    flows: dict[str, int] = field(default_factory=dict)
    """`decoded-to-process` → line."""
    tricks: dict[str, list[int]] = field(default_factory=dict)
    """Key of `script.concealment` → lines."""

    def can(self, capability: str, line: int, *, called: bool = True) -> None:
        """Note an ability used at this line."""
        self.capabilities.setdefault(capability, []).append(line)
        if called:
            self.called.add(capability)

    def hides(self, trick: str, line: int) -> None:
        """Note a trick used at this line."""
        self.tricks.setdefault(trick, []).append(line)


@dataclass(slots=True)
class Script:
    """One script as a front end read it."""

    text: str
    functions: dict[str, Function] = field(default_factory=dict)
    imports: dict[str, list[int]] = field(default_factory=dict)
    calls: dict[str, list[int]] = field(default_factory=dict)
    """Sensitive callee by its canonical name → lines."""
    blobs: dict[str, Blob] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    """Key of `script.shape` → what was measured."""
    unparsable: str = ""
    starts: list[int] = field(default_factory=list)

    def line_start(self, line: int) -> int:
        """Offset in characters at which a 1-based line starts."""
        if not self.starts:
            self.starts.extend(
                accumulate((len(one) for one in self.text.splitlines(keepends=True)), initial=0)
            )
        return self.starts[min(line, len(self.starts)) - 1]

    def function(self, name: str, line: int = 1) -> Function:
        """The function of this name, made if new."""
        known = self.functions.get(name)
        if known is None:
            known = self.functions[name] = Function(name, line)
        return known

    def holds(self, blobs: Iterable[Blob]) -> None:
        """Note opaque literals."""
        for blob in blobs:
            self.blobs.setdefault(blob.digest, blob)


class Lines:
    """The lines of a text, cut only when an excerpt is wanted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.cut: list[str] | None = None

    def excerpt(self, first: int, last: int) -> str:
        """The lines from first to last, 1-based, bounded."""
        if self.cut is None:
            self.cut = self.text.splitlines()
        last = max(first, min(last, first + EXCERPT_LINES - 1))
        budget = EXCERPT_LIMIT
        kept: list[str] = []
        for line in self.cut[max(0, first - 1) : last]:
            kept.append(line if len(line) <= 400 else line[:400] + " …")
            budget -= len(kept[-1]) + 1
            if budget <= 0:
                break
        return "\n".join(kept)[:EXCERPT_LIMIT]

    def around(self, function: Function, wanted: Iterable[int]) -> Evidence:
        """Evidence showing these lines of a function."""
        lines = sorted(set(wanted)) or [function.line]
        first = lines[0]
        if function.name != MODULE and first - function.line < 8:
            first = function.line
        near = [line for line in lines if line < first + EXCERPT_LINES]
        last = max(near[-1] + 2 if near else first, first)
        if function.end:
            last = min(last, max(function.end, first))
        return Evidence(where=function.name, line=lines[0], excerpt=self.excerpt(first, last))


def traits_of(script: Script) -> Iterator[Trait]:
    """Yield the traits of one script, one for each kind and key."""
    lines = Lines(script.text)
    functions = list(script.functions.values())
    yield from gathered(
        CAPABILITY, lines, ((f, key, at) for f in functions for key, at in f.capabilities.items())
    )
    yield from gathered(CONCEALMENT, lines, ((f, key, at) for f in functions for key, at in f.tricks.items()))
    yield from gathered(DATAFLOW, lines, ((f, key, [at]) for f in functions for key, at in f.flows.items()))
    yield from gathered(
        SILENCED, lines, ((f, key, [at]) for f in functions for key, at in f.silenced.items())
    )
    reach = reaches(script.functions)
    yield from gathered(COMBINATION, lines, combinations(functions, reach))
    yield from gathered(IMPORT_TIME, lines, unasked(functions, reach))
    yield from blob_traits(script, lines)
    for key, measured in script.shapes.items():
        yield Trait(SHAPE.name, key, evidence=Evidence(excerpt=measured))
    for kind, table in ((IMPORT, script.imports), (CALL, script.calls)):
        for name, at in list(table.items())[:MAX_OPEN_KEYS]:
            first = min(at)  # a walk need not go down the page
            evidence = Evidence(line=first, excerpt=lines.excerpt(first, first))
            yield Trait(kind.name, name, len(at), evidence, token=last_word(name))
    if script.unparsable:
        yield Trait(UNPARSABLE.name, script.unparsable)


def gathered(
    kind: TraitKind, lines: Lines, sites: Iterable[tuple[Function, str, list[int]]]
) -> Iterator[Trait]:
    """One trait for each key, counting the functions that have it, with evidence from the first."""
    first: dict[str, tuple[Function, list[int]]] = {}
    counts: Counter[str] = Counter()
    for function, key, at in sites:
        first.setdefault(key, (function, at))
        counts[key] += 1
    for key, (function, at) in first.items():
        yield Trait(kind.name, key, counts[key], lines.around(function, at))


def reaches(functions: dict[str, Function]) -> dict[str, dict[str, list[int]]]:
    """For each function, the abilities that it has itself or by calls, with the lines in itself."""
    reach: dict[str, dict[str, list[int]]] = {}
    able = {name for name, function in functions.items() if function.capabilities}
    for name, function in functions.items():
        mine = {key: list(at) for key, at in function.capabilities.items()}
        seen = {name}
        border = function.calls
        for _ in range(LEVELS):
            further: set[str] = set()
            for callee in border - seen:
                known = functions.get(callee)
                if known is None:
                    continue
                if callee in able:
                    for key in known.capabilities:
                        mine.setdefault(key, [])
                further |= known.calls
            seen |= border
            border = further
        if mine:
            reach[name] = mine
    return reach


def combinations(
    functions: Iterable[Function], reach: dict[str, dict[str, list[int]]]
) -> Iterator[tuple[Function, str, list[int]]]:
    """Abilities that meet in one function: at least one of them used by the function itself."""
    for function in functions:
        abilities = reach.get(function.name)
        if abilities is None or len(abilities) < 2 or not function.capabilities:
            continue
        for parts in COMBINATIONS:
            if all(part in abilities for part in parts) and any(abilities[part] for part in parts):
                yield function, "+".join(parts), sorted(line for part in parts for line in abilities[part])


def able_callee(function: Function, key: str, known: dict[str, Function]) -> Function:
    """The function that has an ability which this one has only by calling: what a reader wants to see."""
    border = [function]
    for _ in range(LEVELS + 1):
        for one in border:
            if key in one.capabilities:
                return one
        border = [known[name] for one in border for name in sorted(one.calls) if name in known]
    return function


def unasked(
    functions: Sequence[Function], reach: dict[str, dict[str, list[int]]]
) -> Iterator[tuple[Function, str, list[int]]]:
    """Abilities that are used as soon as the file is loaded."""
    known = {function.name: function for function in functions}
    for function in functions:
        if function.unasked:
            for key, at in reach.get(function.name, {}).items():
                if key not in TELLING or (at and key not in function.called):
                    continue
                if at:
                    yield function, key, at
                else:
                    callee = able_callee(function, key, known)
                    yield callee, key, callee.capabilities.get(key, [])


def blob_traits(script: Script, _lines: Lines) -> Iterator[Trait]:
    """One trait for each opaque literal, and one for each class of them."""
    classes: Counter[str] = Counter()
    shown: dict[str, Evidence] = {}
    for blob in script.blobs.values():
        line = script.text.count("\n", 0, blob.offset) + 1 if blob.offset >= 0 else None
        said = f"{blob.encoding}, {blob.size} bytes, {blob.nature}: "
        if blob.offset >= 0:
            said += script.text[blob.offset : blob.offset + 240]
        evidence = Evidence(line=line, excerpt=said)
        yield Trait(BLOB.name, blob.digest, evidence=evidence, token=blob.token)
        key = f"{blob.nature}-{blob.size_class}"
        classes[key] += 1
        shown.setdefault(key, evidence)
    for key, count in classes.items():
        yield Trait(BLOB_CLASS.name, key, count, shown[key])


def last_word(name: str) -> str:
    """The part of a dotted name that must be spelled wherever it is called."""
    return name.replace("()", "").rpartition(".")[2].rpartition("/")[2]
