"""The manifest that `init` writes, from what it was told: one that can be planned as it stands."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pareta_plan.client.remote import Reader
from pareta_plan.errors import ProjectError, UsageError, meant
from pareta_plan.lock.resolve import RECOMMENDED
from pareta_plan.manifest import reading
from pareta_plan.project import layout
from pareta_plan.project.project import Project
from pareta_plan.wire import Leaderboard, Task


class Given(NamedTuple):
    """What is told of the workload before anybody is asked; no rows are an empty name."""

    task: Task | None = None
    rows: str | None = None
    model: str | None = None


class Answers(NamedTuple):
    """What is known of the workload, its task at least; no rows are an empty name too."""

    task: Task
    rows: str | None = None
    model: str | None = None


HEAD = """\
# One workload: a job for a model. `pareta-plan plan` shows what it means.
version: 1
name: {name}
task: {task}
intent: {intent}
model: {model}        # recommended, or one of the task's models
frontier: benchmarked     # the baselines beside it: none, all, or a list of ids
"""
DEPLOY = "deploy: {state: live}\n"
EVAL = """\
eval:
  items: {rows}
  max_cost_usd: 1.00
  gates:
    min_quality: 0.5      # a model that does worse on your rows isn't deployed
"""


def text(answers: Answers) -> str:
    """The manifest of a task. Words are written in quotes where YAML might read them otherwise."""
    task = answers.task
    head = HEAD.format(
        name=re.sub("[^a-z0-9]+", "-", task.id.lower()).strip("-")[:40] or "workload",
        task=_scalar(task.id),
        intent=_scalar(task.title or task.id),
        model=_scalar(answers.model or "auto"),
    )
    deploy = DEPLOY if answers.model else ""  # a platform that ranks no models deploys none
    return head + deploy + (EVAL.format(rows=_scalar(answers.rows)) if answers.rows else "")


def _scalar(word: str) -> str:
    return word if re.fullmatch("[A-Za-z][A-Za-z0-9 _./-]*[A-Za-z0-9]", word) else json.dumps(word)


def known_task(tasks: Iterable[Task], word: str) -> Task:
    """The task of a name. Raises UsageError with the nearest one."""
    by_id = {task.id: task for task in tasks}
    if word not in by_id:
        raise UsageError(
            f"no task {word!r} in the catalog{meant(word, by_id)}",
            hint="`pareta-plan catalog list` lists them.",
        )
    return by_id[word]


def known_model(board: Leaderboard, word: str) -> str:
    """A model that a manifest may name. Raises UsageError with the nearest one."""
    known = [RECOMMENDED, *(model.name for model in board.models if model.kind == "open")]
    if word not in known:
        raise UsageError(f"{board.task_id} has no open model {word!r}{meant(word, known)}")
    return word


def settled(project: Project, reader: Reader, answers: Answers) -> Answers:
    """The answers as they stand in the manifest: rows from its folder, and always a model.

    A platform that ranks no models has none to name. Raises ParetaError for one of no use.
    """
    board = reader.leaderboard(answers.task.id)
    model = known_model(board, answers.model or RECOMMENDED) if board else None
    return Answers(answers.task, eval_rows(project, answers, answers.rows), model)


def eval_rows(project: Project, answers: Answers, file: str | None) -> str:
    """A file of rows as the manifest names it; empty for none.

    Raises RowsError, or another ProjectError, when it isn't there or the task can't take its rows.
    """
    if not file:
        return ""
    from pareta_plan.project import rows

    named = Path(os.path.relpath(file, project.root)).as_posix()
    manifest = text(answers._replace(rows=named)).encode()
    (located,) = reading.parse(manifest, layout.MANIFEST)
    try:
        rows.check(rows.read(project.root, located), answers.task, located)
    except ProjectError as bad:
        if bad.location and bad.location.path == layout.MANIFEST:  # which isn't written yet
            raise ProjectError(bad.message, hint=bad.hint) from None
        raise
    return named
