"""`doorward completion`: the script that teaches a shell to complete Doorward's commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from doorward.errors import Misuse

__all__ = ["command"]


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell.

    \b
    bash   eval "$(doorward completion bash)"                    in ~/.bashrc
    zsh    eval "$(doorward completion zsh)"                     in ~/.zshrc
    fish   doorward completion fish > ~/.config/fish/completions/doorward.fish
    """  # noqa: D301 -- click reads the backspace as "keep these lines"
    root = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    if kind is None:  # click knows all three; a future click may not
        raise Misuse(f"completion for {shell}", expected="bash, zsh or fish", found=shell)
    click.echo(kind(root, {}, "doorward", "_DOORWARD_COMPLETE").source())
    return 0
