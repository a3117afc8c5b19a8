"""What a pickle that names or calls code means when it is new."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["BROKEN", "CALL", "GLOBAL", "KINDS"]

GLOBAL = TraitKind(
    "pickle.global",
    Channel.CAPABILITY,
    Suspicion.WEAK,
    "a pickle imports {key}",
    "Loading a pickle imports whatever it names, and that module's code runs.",
    "Classes of the library that made the file.",
    "Load it with a restricted unpickler, or ask for another format.",
    ("T1059.006",),
)
CALL = TraitKind(
    "pickle.call",
    Channel.CAPABILITY,
    Suspicion.STRONG,
    "a pickle calls {key} when it is loaded",
    "A pickle is a program: its REDUCE opcode calls any function with any arguments, before anybody asked.",
    "Classes with constructors of their own; old formats of scientific libraries.",
    "Look at the arguments with `python -m pickletools`, which does not load it.",
    ("T1059.006", "T1204.002"),
)
BROKEN = TraitKind(
    "pickle.broken",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "a pickle that breaks off after it has called something",
    "A pickle runs as far as it goes: a payload needs no valid end, and scanners that give up miss it.",
    "A truncated file.",
    "Look at it with `python -m pickletools`, which does not load it.",
    ("T1027",),
    closed_keys=True,
)
KINDS = (GLOBAL, CALL, BROKEN)
