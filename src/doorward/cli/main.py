"""Where the program begins and ends: one command in, one exit code out.

Exit codes stand in `doorward.cli.failures.EXIT_CODES`. A command returns its code (0 clear, 1 review
or block, 3 undecided); everything else that can happen is mapped here and nowhere else.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from doorward import __version__
from doorward.cli.failures import Failure, Stopped, failure, show
from doorward.cli.sections import LazyGroup, ReaderGone

__all__ = ["main", "root"]

INSISTING = 3.0
"""Seconds in which a second Ctrl-C says nothing new: the first one is being heeded."""

EPILOG = """Exit codes: 0 clear, 1 review or block, 2 usage, 3 undecided, 4 denied, 5 waiting,
70 an error of Doorward itself, 130 interrupted."""


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="doorward", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Print a traceback with every failure.")
def root(debug: bool) -> None:
    """What does this release do that its forerunners did not, and is it a back door?"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; the process's own if None.

    Returns:
        The exit code.
    """
    open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words[:1] or os.environ.get("DOORWARD_DEBUG") == "1"
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a hostile name must not end the report
    try:
        with stoppable():
            answer = root.main(words, prog_name="doorward", standalone_mode=False)
            sys.stdout.flush()
        return answer if isinstance(answer, int) else 0
    except SystemExit as asked:  # click's own, once it has answered a shell's completion
        return asked.code if isinstance(asked.code, int) else 0
    except (ReaderGone, BrokenPipeError):
        silence()
        return 3  # nobody has read the verdict to its end
    except BaseException as error:  # noqa: BLE001 - the one place where everything ends
        failed = failure(error, debug=debug)
    return leave(failed)


def open_streams() -> None:
    """Open what the caller has closed (`>&-`) on nothing: Python leaves it None, and a write would crash."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for good


def leave(failed: Failure) -> int:
    """Say what failed, even if stdout or stderr themselves are what failed."""
    try:
        show(failed)
        sys.stderr.flush()
        sys.stdout.flush()
    except OSError:
        silence()
    return failed.exit_code


def silence() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail and change the code."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the signals that end a process into an exception, so that spools and workers are removed."""
    stopped = -INSISTING

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        if time.monotonic() - stopped < INSISTING:
            return  # what it began to remove must go on being removed
        stopped = time.monotonic()
        raise KeyboardInterrupt if number == signal.SIGINT else Stopped(number)

    kept = {number: signal.signal(number, stop) for number in heeded()}
    try:
        yield
    finally:
        for number, handler in kept.items():
            # One that was stopped is about to end: a second signal must not change how.
            signal.signal(number, handler if stopped < 0 else signal.SIG_IGN)


def heeded() -> list[signal.Signals]:
    """Signals to act on: one that the caller told us to ignore (`nohup`, a shell's `&`) stays ignored."""
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return [number for number in ending if signal.getsignal(number) != signal.SIG_IGN]


if __name__ == "__main__":
    sys.exit(main())
