"""Findings and the report they stand in: what `doorward inspect` tells people and programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from doorward.model.artifact import Artifact, NotExamined
from doorward.model.trait import Evidence

__all__ = ["Change", "ChangeKind", "Coverage", "Finding", "Report", "Severity", "Verdict"]

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """What to do with the release. Order: block, review, undecided, clear."""

    CLEAR = "clear"
    UNDECIDED = "undecided"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for clear up to 3 for block, to take the worst of several."""
        return list(Verdict).index(self)


class Severity(StrEnum):
    """How much one finding weighs."""

    NOTE = "note"
    REVIEW = "review"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is new and unexplained."""

    rule: str
    """Stable rule name: a trait kind or an irregularity's rule."""
    severity: Severity
    title: str
    path: str
    evidence: Evidence
    explanation: str
    """Why it matters, what else it could be, what would settle it: whole sentences."""
    rarity: str
    """`in 3 of 1,912 benign updates`; empty for rules that are not weighed."""
    attack: tuple[str, ...] = ()
    """MITRE ATT&CK technique ids."""
    scope: str = ""
    channel: str = ""
    weight: float = 0.0
    """Contribution to the score, in points of 100."""
    innocent: str = ""
    settle: str = ""
    fingerprint: str = ""
    """Stable over runs and line moves, for SARIF and suppressions: `sha256:<hex>`."""
    suppressed_by: str = ""
    """`owner: reason (until date)` of the suppression that silences it; empty if none."""


class ChangeKind(StrEnum):
    """What happened to a member between the releases."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """Same content under another path."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed member, for the tree of changes."""

    path: str
    kind: ChangeKind
    old_path: str = ""
    old_size: int = 0
    new_size: int = 0
    weight: float = 0.0
    """Unexplained weight, in points of 100: what the tree is coloured by."""
    old_entropy: tuple[int, ...] = ()
    """Entropy of consecutive windows, eighths of a bit (0 to 64), at most 64 of them."""
    new_entropy: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at. Counts equal the lists behind them."""

    members: int = 0
    bytes: int = 0
    unchanged: int = 0
    examined: int = 0
    not_examined: tuple[NotExamined, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The answer for one pair: old releases against a new one."""

    verdict: Verdict
    score: float
    """0 to 100."""
    old: tuple[Artifact, ...]
    """Forerunners, oldest first; empty if the package is new and was inspected against nothing."""
    new: Artifact
    findings: tuple[Finding, ...]
    """Worst first; suppressed ones last."""
    coverage: Coverage
    summary: str = ""
    """One plain sentence."""
    assumptions: tuple[str, ...] = ()
    """What the verdict rests on that was not checked (a forerunner assumed good)."""
    changes: tuple[Change, ...] = ()
    timings: tuple[tuple[str, float], ...] = ()
    """(phase, seconds) in order."""
    notes: tuple[str, ...] = field(default=())
    """What inspection cannot see here, said every time."""
