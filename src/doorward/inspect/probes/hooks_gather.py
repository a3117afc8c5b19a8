"""Gathering: one trait for each kind and key of a file, with a count and the first evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from doorward.inspect.probes.interface import Subject
from doorward.model.trait import EXCERPT_LIMIT, Evidence, Trait, TraitKind

__all__ = ["depth", "gathered", "hook", "one_line", "text_of"]

SPACE = re.compile(r"\s+")
KEY_LIMIT = 400


def gathered(traits: Iterable[Trait], limit: int) -> Iterator[Trait]:
    """Each identity once; counts are summed, the first evidence is kept."""
    found: dict[tuple[str, str], Trait] = {}
    for trait in traits:
        identity = (trait.kind, trait.key)
        before = found.get(identity)
        if before is not None:
            found[identity] = replace(before, count=before.count + trait.count)
        elif len(found) < limit:
            found[identity] = trait
    yield from found.values()


def hook(kind: TraitKind, key: str, excerpt: str = "", *, line: int | None = None, token: str = "") -> Trait:
    """A trait of one file with its quoted line; keys and excerpts are cut to a bounded length."""
    return Trait(
        kind.name, key[:KEY_LIMIT], evidence=Evidence(line=line, excerpt=excerpt[:EXCERPT_LIMIT]), token=token
    )


def one_line(text: str) -> str:
    """The text with each run of white space as one blank."""
    return SPACE.sub(" ", text).strip()


def text_of(subject: Subject) -> str:
    """The content as text: UTF-8 (with or without mark) or UTF-16; undecodable bytes kept visible."""
    data = subject.data
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")


def depth(path: str) -> int:
    """How many directories stand above the file in its innermost container."""
    return path.rsplit("!/", 1)[-1].removeprefix("./").count("/")
