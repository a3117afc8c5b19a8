"""Commands are loaded when they are called, and listed by who needs them.

`doorward --help` must answer at once on every server, so the group knows of each command only its
line in `COMMANDS`; its module, and the libraries behind it, are imported when it runs. A test holds
each line against the command's own docstring.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click
from click.shell_completion import CompletionItem

__all__ = ["COMMANDS", "CommandLine", "LazyGroup", "ReaderGone", "Section"]


class Section(StrEnum):
    """Who needs a command."""

    BOTH = "Vendor and customer"
    VENDOR = "Vendor"
    CUSTOMER = "Customer"
    SET_UP = "Set-up"


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One line of the help: a command, where it lives and what it is for."""

    name: str
    module: str
    section: Section
    purpose: str


COMMANDS = (
    CommandLine(
        "inspect",
        "doorward.cli.inspect",
        Section.BOTH,
        "Say what changed between releases, and whether it is a back door.",
    ),
    CommandLine(
        "accept", "doorward.cli.accept", Section.BOTH, "Write down that a release is known to be good."
    ),
    CommandLine(
        "contract", "doorward.cli.contract", Section.VENDOR, "Write down the names a release may reach."
    ),
    CommandLine(
        "completion", "doorward.cli.completion", Section.SET_UP, "Print the completion script of a shell."
    ),
    CommandLine(
        "config", "doorward.cli.config", Section.SET_UP, "Show the settings and where they come from."
    ),
    CommandLine(
        "doctor", "doorward.cli.doctor", Section.SET_UP, "Check this machine, with a fix for each failure."
    ),
)


class ReaderGone(Exception):
    """Whoever read our output has closed it; raised in place of EPIPE, which click would turn into exit 1."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, in the order of the help."""
        return [line.name for line in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Import one command; None if there is no such name."""
        for line in COMMANDS:
            if line.name == cmd_name:
                command: click.Command = importlib.import_module(line.module).command
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """Write the commands, a heading for each section that has any."""
        for section in Section:
            rows = [(line.name, line.purpose) for line in COMMANDS if line.section is section]
            if rows:
                with formatter.section(section.value):
                    formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names without importing any command: a shell waits for the answer."""
        names = [
            CompletionItem(line.name, help=line.purpose)
            for line in COMMANDS
            if line.name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """As click does, keeping a closed pipe apart from every other failure."""
        try:
            return super().make_context(*arguments, **options)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, keeping a closed pipe apart from every other failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error
