"""Who reads the riddle? A script that newly names a file which newly holds opaque data.

An opaque file does nothing by itself, and a script that opens a file is like a thousand others. xz
(2024) had both: a test file of random bytes, and a build script that took it by name. Rule: where a new
or changed file carries opaque data and a changed script names it that did not name it before, the two
belong together, and the script answers for both. What is *not* seen: a name put together at run time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["READS", "carriers", "reading_drifts"]

READS = TraitKind(
    name="payload.read-by-script",
    channel=Channel.PAYLOAD,
    suspicion=Suspicion.STRONG,
    title="now names {key}, which newly holds opaque data",
    why="A payload in a data file needs somebody to read it: xz's back door had these two parts.",
    innocent="A program that came with its own model, table or picture.",
    settle="Read what the script does with the file, and find out what made the file.",
    attack=("T1027.009", "T1140"),
)
OPAQUE = frozenset(
    {"payload.opaque-file", "payload.carrier", "payload.encoded", "payload.embedded", "payload.disguised"}
)
"""Kinds of traits that make a file a riddle."""
LEAST = 6
"""Letters of a base name that is looked for: shorter ones stand in every script."""


def carriers(drifts: Iterable[Drift]) -> dict[str, str]:
    """Base name → path of every file that newly holds opaque data."""
    found: dict[str, str] = {}
    for drift in drifts:
        base = drift.path.rsplit("/", 1)[-1]
        if drift.trait.kind in OPAQUE and len(base) >= LEAST:
            found.setdefault(base, drift.path)
    return found


def reading_drifts(
    scripts: Sequence[str],
    named: Mapping[str, str],
    now: Mapping[str, Collection[int]],
    before: Mapping[str, Collection[int]],
) -> list[Drift]:
    """One drift for each script and carrier that it newly names.

    Args:
        scripts: paths of the changed scripts.
        named: base name → path of the carriers.
        now: base name → indices of the scripts that hold it.
        before: the same for their forerunners.
    """
    return [
        Drift(
            scripts[index],
            scripts[index],
            Scope.PACKAGE,
            Trait(READS.name, path, evidence=Evidence(excerpt=f"{base}: {path}")),
        )
        for base, path in sorted(named.items())
        for index in sorted(set(now.get(base, ())) - set(before.get(base, ())))
        if scripts[index] != path
    ]
