"""Suppressions meet findings: which are silenced today, by whom, and which suppressions are over.

Pure. A suppressed finding keeps its severity and its weight and is listed with who answers for it;
what that does to the verdict is the judge's business, who weighs findings without `suppressed_by`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from doorward.model.finding import Finding
from doorward.model.suppression import Suppression

__all__ = ["apply", "expired", "matches", "remarks", "unused"]


def apply(
    findings: Sequence[Finding], suppressions: Sequence[Suppression], today: dt.date
) -> tuple[Finding, ...]:
    """The findings, those silenced today marked and put last; the order is kept otherwise.

    Args:
        findings: as judged.
        suppressions: in the file's order; the first that matches speaks.
        today: a suppression applies up to and on its last day.
    """
    living = [suppression for suppression in suppressions if suppression.expires >= today]
    told = [_silenced(finding, living) for finding in findings]
    loud = [finding for finding in told if not finding.suppressed_by]
    return tuple(loud + [finding for finding in told if finding.suppressed_by])


def _silenced(finding: Finding, living: Sequence[Suppression]) -> Finding:
    for suppression in living:
        if matches(suppression, finding):
            return replace(finding, suppressed_by=suppression.said)
    return finding


def matches(suppression: Suppression, finding: Finding) -> bool:
    """Whether rule, path and, if given, fingerprint are the finding's."""
    if suppression.rule != finding.rule:
        return False
    if suppression.fingerprint and suppression.fingerprint != finding.fingerprint:
        return False
    return _glob(suppression.path).fullmatch(finding.path) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    """`**` any run, `*` a run within a component, `?` one character of it; all else literally.

    Brackets mean nothing: a path of the accused may hold them, and whoever suppresses it quotes it.
    """
    meaning = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*+|\*|\?)", pattern)
    return re.compile("".join(meaning.get(part[:2], re.escape(part)) for part in parts if part), re.DOTALL)


def expired(suppressions: Sequence[Suppression], today: dt.date) -> tuple[Suppression, ...]:
    """Suppressions whose last day is past: they silence nothing."""
    return tuple(suppression for suppression in suppressions if suppression.expires < today)


def unused(
    findings: Sequence[Finding], suppressions: Sequence[Suppression], today: dt.date
) -> tuple[Suppression, ...]:
    """Living suppressions that match none of the findings, and could be removed."""
    living = [suppression for suppression in suppressions if suppression.expires >= today]
    return tuple(one for one in living if not any(matches(one, finding) for finding in findings))


def remarks(suppressions: Sequence[Suppression], today: dt.date) -> tuple[str, ...]:
    """One sentence for each suppression that is over, for the report's notes."""
    return tuple(
        f"A suppression of {one.rule} in {one.path} ({one.owner}: {one.reason}) expired on "
        f"{one.expires.isoformat()} and silences nothing."
        for one in expired(suppressions, today)
    )
