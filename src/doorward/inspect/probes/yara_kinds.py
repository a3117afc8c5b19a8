"""The kind of trait that other people's YARA rules give."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["MATCH"]

MATCH = TraitKind(
    name="rules.match",
    channel=Channel.CAPABILITY,
    suspicion=Suspicion.MEDIUM,
    title="matches the rule {key}",
    why="A rule of the pack you gave matches this file, and matched nothing in the forerunner.",
    innocent="Rules describe what files hold, and honest files hold much of it too.",
    settle="Read the rule and look at what it matched.",
)
