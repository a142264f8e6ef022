"""Whose job a workload's rows are: they are held against its task, and then against all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pareta_plan.errors import ParetaError, RowsError
from pareta_plan.project import rows
from pareta_plan.written.shape import shape

if TYPE_CHECKING:
    from pareta_plan.manifest.reading import Located
    from pareta_plan.project.rows import EvalData
    from pareta_plan.wire import Task
    from pareta_plan.written.shape import Shape


def shape_of(data: EvalData) -> Shape:
    """What a workload's rows look like."""
    return shape((row.value for row in data.rows), documents=data.field is not None)


def check(
    data: EvalData, task: Task, located: Located, tasks: Callable[[], Iterable[Task]]
) -> None:
    """Hold rows against their task; `tasks` gives the whole catalog, where it is needed.

    Raises RowsError, or ManyErrors, with file and line: for each row that doesn't fit, or one for
    all where they are another task's.
    """
    try:
        rows.check(data, task, located)
    except ParetaError as misfit:
        raise _another_job(data, task, located, [*tasks()]) or misfit from None


def _another_job(
    data: EvalData, task: Task, located: Located, tasks: list[Task]
) -> RowsError | None:
    found = shape_of(data)
    whose = [other.id for other in found.alike(tasks)]
    if not whose or task.id in whose:
        return None
    pinned = located.manifest.task is not None
    said = f"`task` says {task.id}" if pinned else f"the intent was taken for {task.id}"
    return RowsError(
        f"{located.manifest.name}: {said}, but the rows have {found.words} "
        f"(from {data.rows[0].at} on): that is {' or '.join(whose)}",
        location=located.at("task" if pinned else "intent"),
        hint=f"Where the rows are right, write `task: {whose[0]}`"
        + ("" if pinned else ", or say their job in `intent`")
        + f". Where they aren't: `pareta-plan catalog show {task.id}` prints what its rows have.",
    )
