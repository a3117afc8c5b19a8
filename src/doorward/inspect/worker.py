"""The inside of a worker: jobs in on standard input, answers out on standard output.

Runs confined (`doorward.world.jail`). Jobs, each a JSON object with `do`:

- `unpack`  {source, name, spool, limits} → a listing; contents into the spool by digest
- `probe`   {path, file, size, limits, rules} → the traits of one file
- `search`  {files, tokens} → for each token, the indices of the files whose bytes hold it
- `sketch`  {files} → for each file a similarity sketch of its content
- `strip`   {files} → for each file its entropy strip
- `churn`   {pairs} → for each (old, new) file how many bytes of the new one are new
- `strange` {pairs} → for each (compiled, source) the names that the source lacks

Whatever one job raises is that job's answer: `{"error": …}` where the container could not be
read, `not_examined` for a probe that failed; the next job is not affected.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from doorward.errors import DoorwardError
from doorward.inspect.entropy import strip
from doorward.inspect.limits import Limits
from doorward.inspect.open.walk import unpack
from doorward.inspect.probes.bytecode import names_of_code, names_of_source
from doorward.inspect.probes.catalogue import probes_for
from doorward.inspect.probes.interface import CannotRead, Probe, Subject
from doorward.inspect.sketch import churn, sketch
from doorward.inspect.wire import decode, encode, listing_to, traits_to
from doorward.model.artifact import NotExamined
from doorward.model.trait import Trait

__all__ = ["examine", "main"]

HEADER = struct.Struct(">Q")
SEARCH_TOKENS = 2_000
"""Tokens of one search job; more are simply not looked for, which can only add drift."""


def examine(subject: Subject, more: Sequence[Probe] = ()) -> tuple[list[Trait], list[NotExamined]]:
    """Let every probe whose business this file is look at it, and some more; one's failure is reported."""
    merged: dict[tuple[str, str], Trait] = {}
    failed: list[NotExamined] = []
    if subject.size > subject.limits.max_probe_bytes:
        reason = f"{subject.size} bytes, over the limit max_probe_bytes of {subject.limits.max_probe_bytes}"
        return [], [NotExamined(subject.path, reason)]
    for probe in [*probes_for(subject.path, subject.head), *more]:
        try:
            for trait in probe.examine(subject):
                known = merged.get((trait.kind, trait.key))
                merged[trait.kind, trait.key] = trait if known is None else _joined(known, trait)
                if len(merged) > subject.limits.max_traits:
                    failed.append(NotExamined(subject.path, f"{probe.name}: over the limit max_traits"))
                    return list(merged.values()), failed
        except CannotRead as error:
            failed.append(NotExamined(subject.path, f"{probe.name}: {error}"))
        except MemoryError:
            failed.append(NotExamined(subject.path, f"{probe.name}: out of memory"))
        except Exception as error:  # noqa: BLE001 -- hostile input must cost one file's examination, no more; it is reported
            failed.append(NotExamined(subject.path, f"{probe.name} crashed: {type(error).__name__}: {error}"))
    return list(merged.values()), failed


def _joined(known: Trait, more: Trait) -> Trait:
    values = tuple(dict.fromkeys((*known.values, *more.values))) if more.values else known.values
    return replace(known, count=known.count + more.count, values=values)


def do_unpack(job: dict[str, Any]) -> dict[str, Any]:
    """Open one artifact."""
    spool = Path(job["spool"]) if job["spool"] else None
    try:
        return listing_to(unpack(Path(job["source"]), job["name"], spool, Limits(**job["limits"])))
    except DoorwardError as error:
        told = {
            "check": error.check,
            "expected": error.expected,
            "found": error.found,
            "next": error.next_step,
        }
        return {"error": type(error).__name__, **told}


def rule_probes(files: tuple[str, ...]) -> list[Probe]:
    """The probe of the caller's own rules, if there are any."""
    if not files:
        return []
    from doorward.inspect.probes.yara_rules import RulesProbe  # noqa: PLC0415 -- 60 ms that only --rules needs

    return [RulesProbe(files)]


def do_probe(job: dict[str, Any]) -> dict[str, Any]:
    """Examine one file."""
    subject = Subject(job["path"], Path(job["file"]), job["size"], Limits(**job["limits"]))
    return traits_to(*examine(subject, rule_probes(tuple(job["rules"]))))


def do_search(job: dict[str, Any]) -> dict[str, Any]:
    """Tell which files hold which tokens, as ASCII or as UTF-16 text."""
    tokens = job["tokens"][:SEARCH_TOKENS]
    needles = [
        (t, t.encode("utf-8", "surrogatepass"), t.encode("utf-16-le", "surrogatepass")) for t in tokens
    ]
    found: dict[str, list[int]] = {token: [] for token in tokens}
    for index, file in enumerate(job["files"]):
        data = Path(file).read_bytes()
        for token, narrow, wide in needles:
            if narrow in data or wide in data:
                found[token].append(index)
    return {"found": found}


def do_sketch(job: dict[str, Any]) -> dict[str, Any]:
    """Sketch the content of files, for pairing by similarity."""
    return {"sketches": [list(sketch(Path(file).read_bytes())) for file in job["files"]]}


def do_strip(job: dict[str, Any]) -> dict[str, Any]:
    """Entropy strips of files, for the report."""
    return {"strips": [list(strip(Path(file).read_bytes())) for file in job["files"]]}


def do_churn(job: dict[str, Any]) -> dict[str, Any]:
    """How much of each new file is new."""
    return {"churn": [churn(Path(old).read_bytes(), Path(new).read_bytes()) for old, new in job["pairs"]]}


def do_strange(job: dict[str, Any]) -> dict[str, Any]:
    """Names in compiled Python that its source does not have; null where one cannot be read."""
    found: list[list[str] | None] = []
    for compiled, source in job["pairs"]:
        try:
            names = names_of_code(Path(compiled).read_bytes()) - names_of_source(Path(source).read_bytes())
        except CannotRead:
            found.append(None)
        else:
            found.append(sorted(names))
    return {"strange": found}


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "unpack": do_unpack,
    "probe": do_probe,
    "search": do_search,
    "sketch": do_sketch,
    "strip": do_strip,
    "churn": do_churn,
    "strange": do_strange,
}


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer jobs until the other side hangs up."""
    while header := source.read(HEADER.size):
        (length,) = HEADER.unpack(header)
        job = decode(source.read(length))
        answer = encode(JOBS[job["do"]](job))
        sink.write(HEADER.pack(len(answer)) + answer)
        sink.flush()


def main() -> None:
    """Serve on the real standard streams; whatever a library prints goes to standard error."""
    with os.fdopen(os.dup(0), "rb") as source, os.fdopen(os.dup(1), "wb") as sink:
        os.dup2(2, 1)
        sys.setrecursionlimit(5_000)
        serve(source, sink)


if __name__ == "__main__":
    main()
