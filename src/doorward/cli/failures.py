"""Every failure becomes one exit code and one message: the check, what was expected, found, and what next.

This is the only place that knows both the error tree and the exit codes of the process. A crash of
Doorward itself is 70 and never 1, since a crash is not a finding; what could not be decided is 3
and never 0, since silence is not a verdict.
"""

from __future__ import annotations

import platform
import sys
import traceback
from dataclasses import dataclass

import click

from doorward import __version__
from doorward.cli.extras import extra_of
from doorward.errors import DoorwardError, Misuse, Outside, Undecided
from doorward.inspect.explain.escape import visible

__all__ = ["EXIT_CODES", "ExitCode", "Stopped", "failure", "show"]


@dataclass(frozen=True, slots=True)
class ExitCode:
    """One exit code and what it means."""

    code: int
    meaning: str
    examples: str


EXIT_CODES = (
    ExitCode(0, "verified, clean, allowed", "nothing new and unexplained in the release"),
    ExitCode(1, "findings, refused, denied", "verdict `review` or `block`"),
    ExitCode(2, "usage or configuration (`Misuse`)", "unknown option, unknown key in `doorward.toml`"),
    ExitCode(
        3,
        "undecided (`Undecided`, `Outside`)",
        "an archive that cannot be opened, a registry that does not answer, a full disk",
    ),
    ExitCode(4, "not authenticated or not authorised (`Denied`)", "a registry that refuses the credentials"),
    ExitCode(5, "waiting (`Waiting`)", "an approval that is still to come"),
    ExitCode(70, "an error of Doorward itself", "never 1: a crash is not a finding"),
    ExitCode(130, "interrupted", "Ctrl-C; 143 when asked to terminate, 129 when the terminal hangs up"),
)


class Stopped(BaseException):
    """The process was asked to stop; not an `Exception`, so that nothing on the way swallows it."""

    def __init__(self, signal_number: int) -> None:
        self.exit_code = 128 + signal_number
        super().__init__(signal_number)


@dataclass(frozen=True, slots=True)
class Failure:
    """What to say, and with which code to leave."""

    exit_code: int
    lines: tuple[str, ...]


def failure(error: BaseException, *, debug: bool) -> Failure:
    """What an exception means to whoever started the process."""
    if isinstance(error, Stopped):
        return Failure(error.exit_code, ("stopped before a verdict; nothing was left behind",))
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Failure(130, ("interrupted before a verdict; nothing was left behind",))
    if isinstance(error, click.UsageError):
        return Failure(2, usage(error))
    if isinstance(error, click.ClickException):
        return Failure(2, (error.format_message(),))
    known = understood(error)
    if known is None:
        return Failure(70, own(error, debug=debug))
    trace = tuple(traceback.format_exception(error)) if debug else ()
    return Failure(known.exit_code, (*said(known), *trace))


def show(failed: Failure) -> None:
    """Write a failure to stderr, each line harmless to a terminal."""
    shown = [line for text in failed.lines for line in map(visible, text.split("\n"))]
    click.echo("\n".join(["doorward: " + shown[0], *shown[1:]]), err=True)


def understood(error: BaseException) -> DoorwardError | None:
    """The error as one of the tree, or None if it is a fault of Doorward itself."""
    if isinstance(error, DoorwardError):
        return error if error.exit_code != DoorwardError.exit_code else None
    if isinstance(error, ModuleNotFoundError) and extra_of(error.name or ""):
        extra = extra_of(error.name or "")
        return Misuse(
            f"loading `{error.name}`",
            expected=f"the extra `{extra}` to be installed",
            found=f"no module `{error.name}`",
            next_step=f"pip install 'doorward[{extra}]'",
        )
    if isinstance(error, MemoryError):
        return Undecided(
            "keeping the inspection in memory",
            expected="enough of it",
            found="no more to be had",
            next_step="try again with --jobs 1, or on a larger machine",
        )
    if isinstance(error, OSError):
        place = f" `{error.filename}`" if error.filename else ""
        return Outside(
            f"asking the system for{place or ' a file'}",
            expected="to read or write it",
            found=error.strerror or str(error) or type(error).__name__,
            next_step="see whether file, folder and disk allow it; `doorward doctor` checks the machine",
        )
    return None


def said(error: DoorwardError) -> tuple[str, ...]:
    rows = (("expected", error.expected), ("found", error.found), ("next", error.next_step))
    told = (error.check, *(f"  {name + ':':<9} {text}" for name, text in rows if text))
    return tuple(
        line.replace("\n", r"\n") for line in told
    )  # a name with a line break tells no line of its own


def usage(error: click.UsageError) -> tuple[str, ...]:
    path = error.ctx.command_path if error.ctx else "doorward"
    command = path.partition(" ")[2]
    told = f"{command}: " if command else ""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return (f"{told}a command is needed, one of these", "", error.format_message())
    return (f"{told}{error.format_message()}", f"  {'next:':<9} {path} --help")


def own(error: BaseException, *, debug: bool) -> tuple[str, ...]:
    trace = traceback.format_exception(error)
    where = traceback.extract_tb(error.__traceback__)
    place = f"{where[-1].name}, line {where[-1].lineno}" if where else "nowhere known"
    told = (
        f"an error of its own: {type(error).__name__}: {error} (in {place})",
        f"  {'found:':<9} doorward {__version__}, Python {platform.python_version()} on {sys.platform}",
        "            this says nothing about the release: it was not judged",
    )
    if debug:
        return (*told, f"  {'next:':<9} report it with what follows", "", *trace)
    return (*told, f"  {'next:':<9} run it again as `doorward --debug …`, and report the traceback it prints")
