"""From a report to the format asked for; each output is a pure function in `inspect.explain`."""

from __future__ import annotations

import importlib
import shutil

from doorward.cli.output import coloured
from doorward.inspect.explain.many.wording import headline
from doorward.model.finding import Report, Verdict
from doorward.model.update import Updates

__all__ = ["exit_code", "render", "told_of"]

MODULES = {
    "table": "terminal",
    "json": "document",
    "markdown": "markdown",
    "sarif": "sarif",
    "html": "html",
}
"""Format → the module that writes it; the one of that name in `many` writes several updates."""

EXIT = {Verdict.CLEAR: 0, Verdict.REVIEW: 1, Verdict.BLOCK: 1, Verdict.UNDECIDED: 3}


def exit_code(verdict: Verdict) -> int:
    """What the process says about a verdict."""
    return EXIT[verdict]


def render(answer: Report | Updates, form: str, *, verbose: bool, to_file: bool) -> str:
    """The answer as text.

    Args:
        answer: what was found, in one pair of releases or in a lock file's updates.
        form: one of `doorward.formats.settings.FORMATS`.
        verbose: show every finding and list, where the format leaves out any.
        to_file: it goes to a file, where a terminal's colours and width mean nothing.
    """
    room = "doorward.inspect.explain.many" if isinstance(answer, Updates) else "doorward.inspect.explain"
    module = importlib.import_module(f"{room}.{MODULES[form]}")
    if form != "table":
        return str(module.render(answer))
    width = 100 if to_file else min(shutil.get_terminal_size((100, 24)).columns, 140)
    return str(module.render(answer, colour=coloured() and not to_file, width=width, verbose=verbose))


def told_of(answer: Report | Updates) -> str:
    """The verdict in one line, for stderr when the report itself goes to a file."""
    if isinstance(answer, Updates):
        return f"{answer.verdict.value}: {headline(answer)}"
    return f"{answer.verdict.value} ({answer.score:.0f}/100): {answer.summary.rstrip('.')}"
