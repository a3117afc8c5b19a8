"""A drift: a trait that the new release has and its forerunners have not, and how far that goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from doorward.model.trait import Trait

__all__ = ["Drift", "Scope", "Step"]


class Scope(StrEnum):
    """How new a trait is. Each scope includes the ones before it."""

    GROWN = "grown"
    """The file had it, and now has more of it."""
    FILE = "file"
    """New for this file; other files of the package had it."""
    PACKAGE = "package"
    """New for the whole package, against the last forerunner."""
    HISTORY = "history"
    """In none of several forerunners given or accepted."""


class Step(StrEnum):
    """Size of the version step, which widens what is expected."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Drift:
    """One new trait at one place."""

    path: str
    """Logical path in the new release."""
    forerunner: str
    """Logical path of the member it was paired with; empty for a new file."""
    scope: Scope
    trait: Trait
    amount: int = 1
    """How much came in: count of new occurrences, or new values of a set-valued trait."""
    total: int = 1
    """How much there is now."""
