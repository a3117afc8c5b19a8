"""From a report to the format asked for; each output is a pure function in `inspect.explain`."""

from __future__ import annotations

import importlib
import shutil

from doorward.cli.output import coloured
from doorward.model.finding import Report, Verdict

__all__ = ["exit_code", "render", "told"]

RENDERERS = {
    "json": "doorward.inspect.explain.document",
    "markdown": "doorward.inspect.explain.markdown",
    "sarif": "doorward.inspect.explain.sarif",
    "html": "doorward.inspect.explain.html",
}

EXIT = {Verdict.CLEAR: 0, Verdict.REVIEW: 1, Verdict.BLOCK: 1, Verdict.UNDECIDED: 3}


def exit_code(verdict: Verdict) -> int:
    """What the process says about a verdict."""
    return EXIT[verdict]


def render(report: Report, form: str, *, verbose: bool, to_file: bool) -> str:
    """The report as text.

    Args:
        report: what was found.
        form: one of `doorward.formats.settings.FORMATS`.
        verbose: show every finding and list, where the format leaves out any.
        to_file: it goes to a file, where a terminal's colours and width mean nothing.
    """
    if form == "table":
        terminal = importlib.import_module("doorward.inspect.explain.terminal")
        width = 100 if to_file else min(shutil.get_terminal_size((100, 24)).columns, 140)
        rendered = terminal.render(report, colour=coloured() and not to_file, width=width, verbose=verbose)
    else:
        rendered = importlib.import_module(RENDERERS[form]).render(report)
    return str(rendered)


def told(report: Report) -> str:
    """The verdict in one line, for stderr when the report itself goes to a file."""
    return f"{report.verdict.value} ({report.score:.0f}/100): {report.summary}"
