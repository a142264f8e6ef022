"""What `init` asks on a terminal: the task, a file of rows, the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from pareta_plan.cli.first_manifest import Answers, Given, eval_rows, known_model, known_task
from pareta_plan.cli.main import report
from pareta_plan.cli.outlet import say
from pareta_plan.client.remote import Reader
from pareta_plan.errors import ManyErrors, ParetaError
from pareta_plan.project.project import Project
from pareta_plan.wire import Leaderboard, Task
from pareta_plan.words import quality, table

T = TypeVar("T")


def interview(project: Project, reader: Reader, given: Given) -> Answers:
    """Ask for what isn't given, each until the answer is of use."""
    tasks = reader.tasks()
    if (task := given.task) is None:
        _list("Tasks:", [(str(n), task.id, task.title or "") for n, task in enumerate(tasks, 1)])
        task = _asked("Task: a number, a name, or the job in your words", "", _task(reader, tasks))
    known, rows = Answers(task, given.rows, given.model), given.rows
    if rows is None and not task.has_blob_input:  # whose rows are nothing without documents
        question = "Your rows to judge models by: a file in the project, or Enter for none"
        rows = _asked(question, "", lambda said: _rows(project, known, said))
    model, board = given.model, reader.leaderboard(task.id)
    if model is None and board is not None:
        _list("Models:", _models(board))
        said = "The model: `recommended` follows the ranking"
        model = _asked(said, "recommended", lambda word: known_model(board, word))
    return Answers(task, rows, model)


def _task(reader: Reader, tasks: list[Task]) -> Callable[[str], Task]:
    def chosen(said: str) -> Task:
        if said.isdecimal() and 1 <= int(said) <= len(tasks):
            return tasks[int(said) - 1]
        if " " in said:
            match = reader.match(said)
            if match.matched and match.chosen is not None:
                say(f"  {match.chosen.task_id} does that")
                return known_task(tasks, match.chosen.task_id)
        return known_task(tasks, said)

    return chosen


def _rows(project: Project, known: Answers, said: str) -> str:
    eval_rows(project, known, said)
    return said


def _models(board: Leaderboard) -> list[tuple[str, ...]]:
    return [(m.name, m.kind, quality(m.quality)) for m in board.models if m.kind == "open"]


def _list(heading: str, rows: list[tuple[str, ...]]) -> None:
    say(heading)
    for line in table(rows):
        say(f"  {line}")


def _asked(question: str, default: str, of_use: Callable[[str], T]) -> T:
    while True:
        said = click.prompt(question, default=default, show_default=bool(default), err=True)
        try:
            return of_use(said.strip())
        except ManyErrors as several:
            report(several.errors[0])
        except ParetaError as bad:
            report(bad)
