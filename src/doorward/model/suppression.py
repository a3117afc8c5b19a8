"""A suppression: somebody answers for silencing a finding, for a reason, until a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = ["Suppression"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry of a suppressions file."""

    rule: str
    """The finding's rule, exactly."""
    path: str
    """Glob over logical paths: `*` and `?` stay within a component, `**` crosses `/`."""
    reason: str
    owner: str
    expires: dt.date
    """The last day on which it applies."""
    fingerprint: str = ""
    """`sha256:<hex>` of the one finding meant; empty for any that rule and path match."""
    line: int = 0
    """Where it stands in its file, for messages; 0 if not known."""

    @property
    def said(self) -> str:
        """`owner: reason (until date)`, as a suppressed finding carries it."""
        return f"{self.owner}: {self.reason} (until {self.expires.isoformat()})"
