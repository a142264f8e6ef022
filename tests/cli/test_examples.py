"""The examples that each command's help ends with are real."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import pytest

from pareta_plan.cli.examples import EXAMPLES
from pareta_plan.cli.main import cli as program

if TYPE_CHECKING:
    from tests.conftest import Cli


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*words, name)
        inner = group.get_command(context, name)
        if isinstance(inner, click.Group):
            yield from commands(inner, (*words, name))


def test_every_command_has_two() -> None:
    assert sorted(EXAMPLES) == sorted(" ".join(words) for words in commands(program))


def leaf(words: list[str]) -> click.Command:
    """The command that a line runs."""
    context, command = click.Context(program), None
    group: click.Group = program
    for word in words:
        if found := group.get_command(context, word):
            command = found
            if not isinstance(command, click.Group):
                break
            group = command
    assert command is not None
    return command


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_they_end_the_help_and_are_understood(
    name: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write({"services/support/pareta.yaml": ""})
    said = cli(*name.split(), "--help").out
    assert max(map(len, said.splitlines())) <= 80
    for example in EXAMPLES[name]:
        assert example in said
        within = re.search(r"\$\(pareta-plan (.*)\)", example)
        words = shlex.split(within[1] if within else example.partition(" >")[0])
        called: list[dict[str, object]] = []
        command = leaf(words)
        monkeypatch.setattr(
            command, "callback", lambda called=called, **given: called.append(given)
        )
        assert cli(*words).code == 0
        assert called
        assert name.rsplit(maxsplit=1)[-1] in (command.name, "catalog")
