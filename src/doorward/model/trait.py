"""A trait: one thing a file can do or contains, with the evidence for it.

Traits are compared by (kind, key). A probe states what is there, never whether it is bad: the
judge weighs only what is *new* against the forerunners, by how rare that is in benign updates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Channel", "Evidence", "Suspicion", "Trait", "TraitKind"]

EXCERPT_LIMIT = 2000
"""Characters of an excerpt that a probe may quote; longer ones are cut there."""


class Channel(StrEnum):
    """A kind of evidence. Two findings count as independent only across channels."""

    STRUCTURE = "structure"
    """Unaccounted bytes, readings that disagree."""
    SIGNATURE = "signature"
    """Signer, certificate table, provenance."""
    HOOK = "hook"
    """Code that runs unasked: at install, at start-up, at log-on."""
    PAYLOAD = "payload"
    """Opaque content: encrypted or packed blobs, embedded executables, carriers."""
    CAPABILITY = "capability"
    """What code can do: network, DNS, process, dynamic code, native memory, credentials."""
    REACH = "reach"
    """Names and addresses."""
    CONCEALMENT = "concealment"
    """Indirection and obfuscation: computed names, decoders, bidi, homoglyphs, packing."""
    DEPENDENCY = "dependency"
    """What else is pulled in."""
    NATIVE = "native"
    """Structure of executables: imports, sections, initialisers, code blocks."""
    SOURCE = "source"
    """What the source does not explain."""
    TWIN = "twin"
    """What one build of a release has and its twin has not."""


class Suspicion(StrEnum):
    """How often back doors of public record show a trait of this kind: a documented prior."""

    STRONG = "strong"
    """Central to most (a decoder feeding dynamic code, a new unasked hook)."""
    MEDIUM = "medium"
    """Common in them (a new network capability, a new opaque blob)."""
    WEAK = "weak"
    """Seen in them, and everywhere else (a new import, a new URL)."""
    CONTEXT = "context"
    """Says something about the update, nothing about guilt; never scored by itself."""


@dataclass(frozen=True, slots=True)
class TraitKind:
    """What a kind of trait means. Each probe declares its own, and the catalogue gathers them."""

    name: str
    """Stable dotted name, `script.capability`: the rule name of findings and of weights."""
    channel: Channel
    suspicion: Suspicion
    title: str
    """One line for the finding; `{key}` is the trait's key."""
    why: str
    """Why a back door needs this; one or two sentences."""
    innocent: str
    """What else it could be."""
    settle: str
    """What would settle it: the next thing to look at or to run."""
    attack: tuple[str, ...] = ()
    """MITRE ATT&CK technique ids."""
    closed_keys: bool = False
    """True if keys are a small fixed set, each weighed separately (`network`, `dns`)."""
    always_block: bool = False
    """True if newly appearing in the package blocks by rule, whatever the score."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a trait was seen and what was seen there."""

    where: str = ""
    """Function, class, section, field or stream; empty for the whole file."""
    line: int | None = None
    """1-based line."""
    offset: int | None = None
    """Byte offset in the file."""
    excerpt: str = ""
    """The literal, the import, the lines themselves; raw: every output escapes it."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing a file can do or contains."""

    kind: str
    """A `TraitKind.name`."""
    key: str
    """Identity within the kind: `socket.getaddrinfo`, a host, a digest of a blob."""
    count: int = 1
    """How often; growth against the forerunner is drift too."""
    evidence: Evidence = Evidence()
    token: str = ""
    """A string that must occur in the bytes of any file having this trait, or empty if none must.

    The comparison uses it to find, in the unchanged rest of the old package, files that may
    already have the trait, without probing all of them.
    """
    values: tuple[str, ...] = ()
    """For set-valued traits (hashes of code blocks): drift is the values that are new."""
