"""Compiled Python beside its source: does the `.pyc` say what the `.py` says?

The interpreter runs the `.pyc` and reviewers read the `.py`. Rule (PEP 3147): both
`a/__pycache__/b.cpython-311.pyc` and the older `a/b.pyc` belong to `a/b.py`; a name that the code uses
and its source does not have was not compiled from it: two readings that disagree, which blocks.
What is *not* seen: changed constants and control flow under the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from doorward.model.artifact import Member
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["KINDS", "SOURCELESS", "UNLIKE", "compiled_drifts", "source_of"]

UNLIKE = TraitKind(
    name="bytecode.unlike-source",
    channel=Channel.SOURCE,
    suspicion=Suspicion.STRONG,
    title="uses names that its source does not have: {key}",
    why=(
        "The interpreter runs the compiled file, people read the source: "
        "a change of the one alone is not seen."
    ),
    innocent="A compiled file that was left over from an older version of the source.",
    settle="Compile the source and compare; delete the compiled file, which is made anew when needed.",
    attack=("T1027", "T1036"),
    always_block=True,
)
SOURCELESS = TraitKind(
    name="bytecode.without-source",
    channel=Channel.SOURCE,
    suspicion=Suspicion.MEDIUM,
    title="is compiled Python without its source",
    why="Code that nobody can read is a place for what nobody should read.",
    innocent="A product that ships compiled files only.",
    settle="Ask for the source; look at the names and constants in the compiled file.",
    attack=("T1027",),
)
KINDS = (UNLIKE, SOURCELESS)
CACHED = re.compile(r"(?:^|(?<=/))__pycache__/([^/]+?)\.[^/.]+(?:\.opt-\d)?\.pyc$")
SHOWN = 12
"""Names shown of those that the source lacks."""


def source_of(path: str) -> str:
    """The path of the source that a `.pyc` belongs to."""
    cached = CACHED.search(path)
    return f"{path[: cached.start()]}{cached[1]}.py" if cached else path.removesuffix("c")


def compiled_drifts(
    compiled: Iterable[Member], members: Mapping[str, Member], strange: Mapping[str, Sequence[str]]
) -> list[Drift]:
    """Drifts of compiled files that are new or changed.

    Args:
        compiled: `.pyc` members that changed.
        members: every member of the release, by path.
        strange: path of a `.pyc` → names that its source lacks; absent where it could not be told.
    """
    found = []
    for member in compiled:
        if source_of(member.path) not in members:
            found.append(Drift(member.path, "", Scope.PACKAGE, Trait(SOURCELESS.name, "no source")))
        elif strange.get(member.path):
            names = ", ".join(strange[member.path][:SHOWN])
            trait = Trait(UNLIKE.name, names, len(strange[member.path]), Evidence(excerpt=names))
            found.append(Drift(member.path, member.path, Scope.PACKAGE, trait))
    return found
