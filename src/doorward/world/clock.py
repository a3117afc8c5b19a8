"""The time of day, for whoever hands it on as a value: nothing below reads it for itself."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["now"]


def now() -> datetime:
    """The present moment, in UTC and aware of it, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
