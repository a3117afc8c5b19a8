"""Several updates as one JSON object: `formats/schemas/updates.schema.json`."""

from __future__ import annotations

from typing import Any

from doorward.inspect.explain.document import document as report_document
from doorward.inspect.explain.document import dump, finding_document, timings_document
from doorward.inspect.explain.many.wording import sentence
from doorward.model.finding import SCHEMA_VERSION
from doorward.model.update import Update, Updates

__all__ = ["document", "render"]


def render(updates: Updates) -> str:
    """The updates as JSON text of one object, worst first.

    Raises:
        ValueError: a number in it is not finite, which no reader of JSON could take.
    """
    return dump(document(updates))


def document(updates: Updates) -> dict[str, Any]:
    """The updates as JSON values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": updates.verdict.value,
        "old": updates.old,
        "new": updates.new,
        "updates": [_update(update) for update in updates.worst_first],
        "notes": list(updates.notes),
        "timings": timings_document(updates.timings),
    }


def _update(update: Update) -> dict[str, Any]:
    return {
        "name": update.name,
        "ecosystem": update.ecosystem,
        "old_version": update.old_version,
        "new_version": update.new_version,
        "files": list(update.files),
        "verdict": update.verdict.value,
        "score": round(update.score, 2),
        "summary": sentence(update),
        "reason": update.reason,
        "findings": [finding_document(finding) for finding in update.findings],
        "unexamined": update.unexamined,
        "reports": [report_document(report) for report in update.reports],
    }
