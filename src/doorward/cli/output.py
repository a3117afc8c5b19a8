"""Results go to stdout, or whole to a file: its readers see the old report or the new one, never half.

The place for the file is taken before the work begins, so that an unwritable folder is known in the
first second and not after the last. Whatever happens in between, the temporary file is gone.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from doorward.errors import Misuse, Outside

__all__ = ["coloured", "destination"]

Write = Callable[[str], None]


@contextmanager
def destination(output: str) -> Iterator[Write]:
    """A function that writes the result, to be called once.

    Args:
        output: the file to write; empty or `-` for stdout.

    Raises:
        Misuse: the file's folder does not exist, or it names a folder.
        Outside: it cannot be written, or the disk is full; the old file is untouched.
    """
    if output in {"", "-"}:
        yield lambda text: click.echo(text, nl=not text.endswith("\n"))
        return
    path = Path(output)
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        yield lambda text: special(path, text)  # /dev/stdout, a pipe: cannot be replaced, only written to
        return
    path = Path(os.path.realpath(path))  # a link stays, what it points to is replaced
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}.part")
    try:
        with refused(output):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb", buffering=0) as stream:

            def write(text: str) -> None:
                with refused(output):
                    rest = memoryview(text.encode("utf-8", "backslashreplace"))
                    while rest:
                        rest = rest[stream.write(rest) :]
                    os.fsync(stream.fileno())
                    temporary.replace(path)

            yield write
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):  # written, or never begun
            temporary.unlink()


def special(path: Path, text: str) -> None:
    if path.is_dir():
        raise Misuse(
            f"writing {path}",
            expected="a file",
            found="a folder",
            next_step=f"--output {path / 'report'}",
        )
    with refused(str(path)), path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)


@contextmanager
def refused(output: str) -> Iterator[None]:
    """Say which file the system refused, and what to do."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Misuse(
            f"writing {output}",
            expected="an existing folder",
            found=error.strerror or str(error),
            next_step=f"mkdir -p {Path(output).parent}",
        ) from error
    except OSError as error:
        raise Outside(
            f"writing {output}",
            expected="to be written",
            found=error.strerror or str(error),
            next_step="name another file with --output; what was there before is untouched",
        ) from error


def coloured(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether stdout wants colour: a terminal, and NO_COLOR (no-color.org) not set to anything."""
    return sys.stdout.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
