"""`pareta-plan completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from pareta_plan.cli.main import COMPLETE, PROGRAM, cli
from pareta_plan.cli.outlet import data


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what completes commands and names in a shell.

    For bash and zsh: `eval "$(pareta-plan completion bash)"` in ~/.bashrc or ~/.zshrc; for fish the
    script goes into ~/.config/fish/completions/pareta-plan.fish.
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - Click has the three
    data(made(cli, {}, PROGRAM, COMPLETE).source())
