"""The command line: arguments, environment, printing, exit codes.

This module and what it imports stay light: `--version` and `--help` load no command.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pareta_plan.cli.completed import completed, folders
from pareta_plan.cli.examples import epilog
from pareta_plan.errors import EXIT_ERROR, EXIT_STOPPED, ManyErrors, ParetaError, UsageError, meant
from pareta_plan.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PROGRAM = "pareta-plan"
COMPLETE = "_PARETA_PLAN_COMPLETE"
"""The environment's variable in which a shell's completion says what it wants."""
COMMANDS = {
    "init": "Write a first manifest to start from.",
    "validate": "Check manifests and eval rows; needs no platform.",
    "lock": "Resolve the manifests into pareta.lock.",
    "plan": "Show what apply would change; spends nothing.",
    "apply": "Evaluate, gate and deploy what the plan says.",
    "destroy": "Delete everything that is deployed.",
    "force-unlock": "Take away the lock that an apply left behind.",
    "show": "Show a saved plan.",
    "drift": "Tell where the platform moved away from pareta.lock.",
    "explain": "Tell the whole story of one workload.",
    "results": "Show an eval row by row.",
    "output": "Print the ids of what is deployed, for the next step.",
    "catalog": "Look at tasks, models and baselines.",
    "serve": "Run the embedded platform on its own.",
    "schema": "Print the JSON Schemas of the file formats.",
    "completion": "Print what completes commands and names in a shell.",
}


def _no_color(ctx: click.Context, _option: click.Parameter, said: bool) -> None:
    ctx.obj["no_color"] = ctx.obj["no_color"] or said


NO_COLOR = click.Option(
    ["--no-color"], is_flag=True, expose_value=False, callback=_no_color, help="No colour."
)


def _furnish(command: click.Command, name: str) -> None:
    """Let an option of the whole program stand after the command too, and end its help."""
    command.epilog = epilog(name)
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            _furnish(inner, f"{name} {part}")
    elif NO_COLOR not in command.params:
        command.params.append(NO_COLOR)


class Commands(click.Group):
    """Names the nearest command to one that there isn't."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with. Raises UsageError when there is none."""
        known, word = self.list_commands(ctx), args[0]
        if word in known or word.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"No such command {word!r}{meant(word, known)}", ctx)


class LazyCommands(Commands):
    """Imports a command's module only when it is called."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a pipe whose reader went away stops it, where Click would exit 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(EXIT_STOPPED) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"pareta_plan.cli.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        _furnish(command, cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, without importing them, and the options before them."""
        from click.shell_completion import CompletionItem

        found = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in found), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.option(
    "-C",
    "--project",
    metavar="FOLDER",
    envvar="PARETA_PLAN_PROJECT",
    shell_complete=folders,
    help="The folder with the manifests.  [default: this one, or the next above that is a project]",
)
@click.option(
    "--env",
    metavar="NAME",
    envvar="PARETA_PLAN_ENV",
    shell_complete=completed("environments"),
    help="The environment of pareta-project.yaml; also after the command.",
)
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.pass_context
def cli(ctx: click.Context, project: str | None, env: str | None, no_color: bool) -> None:
    """Choose, prove and deploy models by pull request.

    Manifests say what job a model must do. A plan shows which open model and which baselines
    that means; apply measures them on your rows, holds the gates, and deploys what passes.

    Exit codes: 0 success, 1 error, 2 changes (with --detailed-exitcode), 3 gate or
    policy failed, 4 gate inconclusive, 5 lockfile or plan stale, 6 cost cap reached,
    130 stopped by Ctrl-C, SIGTERM or SIGHUP.
    """
    ctx.obj.update(project=project, env=env or None, no_color=no_color)


def process() -> None:
    """Be the whole process: `main`, without the garbage collection that a short one can spare."""
    from pareta_plan.cli.signals import interrupt_on_signals

    try:
        _mend_streams()
        interrupt_on_signals()
        main()
    except KeyboardInterrupt:  # where `main` doesn't catch it: while it handles another
        from pareta_plan.cli.outlet import say

        say("stopped")
        sys.exit(EXIT_STOPPED)
    finally:
        gc.freeze()


def _mend_streams() -> None:
    """Have all three standard streams, and let them print whatever there is.

    One that the caller closed would be None, and its number that of the next file opened.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # in this order each gets its own number back
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - kept open
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line and end the process with the design's exit code."""
    from pareta_plan.cli.outlet import guarded

    if COMPLETE in os.environ:
        _complete()
    with guarded():
        code = _code()
    sys.exit(code)


def _code() -> int:
    """Run the command line, tell how it ended, and give the exit code."""
    given: dict[str, Any] = {}
    code, error = _ended(
        lambda: cli.main(prog_name=PROGRAM, standalone_mode=False, obj=given), given
    )
    if reporting := given.get("reporting"):
        unwritten, _ = _ended(lambda: reporting.finish(code, error), given)
        code = code or unwritten
    return code


def _ended(run: Callable[[], Any], given: dict[str, Any]) -> tuple[int, ParetaError | None]:
    """Run something, tell what it fails with, and give that and the exit code."""
    error: ParetaError
    try:
        code = run()
        return (code if isinstance(code, int) else 0), None
    except ParetaError as bad:
        error = bad
    except click.ClickException as bad:
        _show(bad)
        return EXIT_ERROR, UsageError(bad.format_message())
    except (click.Abort, KeyboardInterrupt):
        stopped = "stopped; run the same command again to go on"
        from pareta_plan.cli.outlet import say

        say(stopped)
        return EXIT_STOPPED, ParetaError(stopped)
    except OSError as bad:  # a full disk, a folder that can't be written
        parts = (bad.strerror or str(bad), bad.filename)
        error = ParetaError(": ".join(str(part) for part in parts if part))
    report(error, options_at_hand(given))
    return error.exit_code, error


def _show(bad: click.ClickException) -> None:
    """Print what Click says of a command line, which may come from anywhere."""
    from io import StringIO

    from pareta_plan.cli.outlet import say

    said = StringIO()
    bad.show(said)
    for line in said.getvalue().splitlines():
        say(line)


def _complete() -> NoReturn:
    """Answer a shell that completes a line, without a word of what may go wrong."""
    with suppress(Exception):
        cli.main(prog_name=PROGRAM, complete_var=COMPLETE, obj={})
    sys.exit(EXIT_ERROR)


def options_at_hand(given: dict[str, Any]) -> str:
    """The options before a command that name the project and the environment at hand."""
    from shlex import join

    project, env = given.get("project"), given.get("env")
    folder = [] if project in (None, ".") else ["-C", project]
    return join([*folder, *(["--env", env] if env else [])])


def report(error: ParetaError, options: str = "") -> None:
    """Print an error, or several, with the place and the hint, to stderr.

    `options` are those of the commands in a hint.
    """
    from pareta_plan.cli.outlet import say
    from pareta_plan.words import with_options

    for one in error.told if isinstance(error, ManyErrors) else (error,):
        say(f"error: {one}")
        if one.hint:
            say(f"  {with_options(one.hint, options)}")
