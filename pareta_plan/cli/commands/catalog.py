"""`pareta-plan catalog`: tasks, models and baselines; and the measuring of the built-in ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from pareta_plan.cli.completed import completed, folders
from pareta_plan.cli.connection import connect, not_installed
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.main import Commands
from pareta_plan.cli.options import env_option, json_option
from pareta_plan.client.remote import Reader
from pareta_plan.errors import NotFoundError, UsageError, meant
from pareta_plan.render.catalog import board_text, match_text, roster_text, task_text, tasks_text
from pareta_plan.wire import Leaderboard


@contextmanager
def known_task(reader: Reader, task_id: str) -> Iterator[None]:
    """Says where tasks are listed, and which is nearest, when the platform has none of this id."""
    try:
        yield
    except NotFoundError:
        near = meant(task_id, [task.id for task in reader.tasks()])
        raise UsageError(
            f"no task {task_id!r} in the catalog{near}",
            hint="`pareta-plan catalog list` lists them.",
        ) from None


def _named(_console: Console, _parameter: click.Parameter, task_id: str) -> str:
    if not task_id.strip():
        raise UsageError("the task is empty", hint="`pareta-plan catalog list` lists them.")
    return task_id


def _ranked(reader: Reader, task_id: str) -> Leaderboard:
    board = reader.leaderboard(task_id)
    if board is None:
        raise UsageError(
            f"{reader.name} has no leaderboards",
            hint="Its model is `auto`; `pareta-plan catalog frontier TASK` lists the baselines.",
        )
    return board


KINDS = ("classification", "labelling", "extraction", "structure", "ranking", "prose")
"""Of tasks: known here too, as they may not be installed."""

task_argument = click.argument(
    "task_id", metavar="TASK", callback=_named, shell_complete=completed("tasks")
)


@click.group("catalog", cls=Commands)
def command() -> None:
    """Look at tasks, models and baselines."""


@command.command("list")
@json_option
@pass_console
def list_tasks(console: Console, as_json: bool) -> None:
    """List every benchmark task."""
    with connect(console.project, keep_state=False) as reader:
        tasks = reader.tasks()
    console.show(as_json, [task.to_dict() for task in tasks], tasks_text(tasks))


@command.command("show")
@task_argument
@click.option("--examples", type=click.IntRange(0, 50), default=2, show_default=True)
@json_option
@pass_console
def show_task(console: Console, task_id: str, examples: int, as_json: bool) -> None:
    """Show a task: what rows look like, with examples, and its models."""
    with connect(console.project, keep_state=False) as reader, known_task(reader, task_id):
        task, board = reader.task(task_id, examples), reader.leaderboard(task_id)
    data = {**task.to_dict(), "leaderboard": board and board.to_dict()}
    console.show(as_json, data, task_text(task, board, console.paint, console.width))


@command.command("match")
@click.argument("intent")
@click.option(
    "--rows",
    "source",
    metavar="FILE",
    help="Labelled rows, as an eval has them: what their shape says of it.",
)
@json_option
@pass_console
def match_intent(console: Console, intent: str, source: str | None, as_json: bool) -> None:
    """Show which task an intent in plain words matches.

    With --rows also which tasks have rows of that shape, and whether they contradict the intent.
    """
    if not intent.strip():
        raise UsageError("the intent is empty", hint="Say the job in plain words.")
    rows = _rows(console, source) if source else None
    with connect(console.project, keep_state=False) as reader:
        match = reader.match(intent)
        contract = reader.contract(items=rows, prompt=intent) if rows else None
    data = match.to_dict() | ({"rows": contract.to_dict()} if contract else {})
    console.show(as_json, data, match_text(match, contract))


def _rows(console: Console, source: str) -> list[Mapping[str, Any]]:
    from pareta_plan.project.rows import of_file

    if rows := of_file(console.project.root, source):
        return rows
    raise UsageError(f"{source} has no rows", hint='A row is {"input": ..., "expected": ...}.')


@command.command("leaderboard")
@task_argument
@json_option
@pass_console
def leaderboard(console: Console, task_id: str, as_json: bool) -> None:
    """Rank a task's models by measured quality."""
    with connect(console.project, keep_state=False) as reader, known_task(reader, task_id):
        board = _ranked(reader, task_id)
    console.show(as_json, board.to_dict(), board_text(board))


@command.command("frontier")
@task_argument
@json_option
@pass_console
def frontier(console: Console, task_id: str, as_json: bool) -> None:
    """List the baselines that can be used on a task."""
    with connect(console.project, keep_state=False) as reader, known_task(reader, task_id):
        roster = reader.roster(task_id)
    console.show(as_json, [model.to_dict() for model in roster], roster_text(roster))


@command.command("new")
@click.argument("name")
@click.option(
    "--from",
    "source",
    required=True,
    metavar="FILE",
    help="Labelled rows: CSV, JSON lines, or Parquet where pyarrow is installed.",
)
@click.option("--input", "text", required=True, metavar="COLUMN", help="What comes in.")
@click.option(
    "--expected",
    required=True,
    multiple=True,
    metavar="COLUMN",
    help="The answer: a label, a text or an object; or several columns, each a field.",
)
@click.option("--candidates", metavar="COLUMN", help="What is to be put in order, of a ranking.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="The kind of task; without it the answers tell."
)
@pass_console
def new(
    console: Console,
    name: str,
    source: str,
    text: str,
    expected: tuple[str, ...],
    candidates: str | None,
    kind: str | None,
) -> None:
    """Make a task of your own from labelled rows.

    It finds out what the answers are (a label, several labels, fields, JSON, candidates in order,
    or text), splits the rows into those that models learn from and those that are held out, and
    writes catalog/NAME. Fifty rows are a beginning.
    """
    try:
        from pareta_plan.cli.task_new import Source
        from pareta_plan.cli.task_new import new as make

        make(console, name, Source(Path(source), text, expected, candidates, kind))
    except ImportError as missing:
        raise not_installed(missing) from None


@command.command("check")
@click.argument("folder", required=False, metavar="[FOLDER]", shell_complete=folders)
@json_option
@pass_console
def check(console: Console, folder: str | None, as_json: bool) -> None:
    """Check tasks of your own: every mistake, with its place.

    FOLDER is a task's, or has tasks' folders in it; without one it is the project's own tasks, and
    those of PARETA_PLAN_CATALOG.
    """
    try:
        from pareta_plan.cli.task_check import check as look_through

        look_through(console, folder, as_json=as_json)
    except ImportError as missing:
        raise not_installed(missing) from None


@command.command("bench")
@click.argument("task_ids", metavar="[TASK]...", nargs=-1, shell_complete=completed("tasks"))
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model of yours.")
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="USD",
    help="Stop before a row that could pass it.",
)
@click.option(
    "--repeat",
    type=click.IntRange(1, 100),
    default=1,
    metavar="N",
    help="Ask each row N times, and tell how often an answer flips.",
)
@env_option
@pass_console
def bench(
    console: Console,
    task_ids: tuple[str, ...],
    models: tuple[str, ...],
    max_cost: float | None,
    repeat: int,
) -> None:
    """Measure models on tasks' held-out rows.

    In a project with models of its own it measures those, and writes the project's boards:
    leaderboards/TASK.json; of the project's own tasks it first measures the models that they name.
    Elsewhere it measures the models that tasks name and writes their leaderboards: every quality
    and price of the embedded catalog comes from here.
    """
    try:
        from pareta_plan.cli.own_bench import Wanted, has_own_models
        from pareta_plan.cli.own_bench import bench as bench_own

        wanted = Wanted(models, max_cost, repeat)
        if has_own_models(console):
            bench_own(console, task_ids, wanted)
        elif wanted != Wanted():
            raise UsageError(
                "--model, --max-cost and --repeat are for a project's own models, and it has none",
                hint="Declare them under `providers` and `models` in pareta-project.yaml.",
            )
        else:
            from pareta_plan.cli.task_bench import bench as bench_tasks

            bench_tasks(console, task_ids)
    except ImportError as missing:
        raise not_installed(missing) from None
