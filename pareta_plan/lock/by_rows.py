"""What rows say of an intent that words alone leave open."""

from __future__ import annotations

from collections.abc import Mapping

from pareta_plan.project.rows import EvalData
from pareta_plan.project.whose_rows import shape_of
from pareta_plan.wire import Task, TaskMatch, TaskMatchCandidate


def decided(match: TaskMatch, tasks: Mapping[str, Task], data: EvalData | None) -> TaskMatch:
    """The match; with the one task that is plausible and has such rows, where it was open."""
    if data is None or (match.matched and not match.ambiguous):
        return match
    plausible = {one.task_id: one for one in _plausible(match) if one.task_id in tasks}
    if not plausible:
        return match
    fitting = shape_of(data).alike([tasks[id] for id in plausible])
    if len(fitting) != 1:
        return match
    settled = {
        "matched": True,
        "ambiguous": False,
        "chosen": plausible[fitting[0].id],
        "matcher": f"{match.matcher}+rows",
    }
    return match.model_copy(update=settled)


def whose(tasks: Mapping[str, Task], data: EvalData | None) -> str:
    """The sentence that names the task whose rows these are; empty where none or several are."""
    if data is None:
        return ""
    found = shape_of(data)
    fitting = found.alike([*tasks.values()])
    if len(fitting) != 1:
        return ""
    id = fitting[0].id
    return f"The rows have {found.words}, as those of {id} have: if that is it, `task: {id}`. "


def _plausible(match: TaskMatch) -> list[TaskMatchCandidate]:
    """Those that were told apart too little, and those that aren't improbable."""
    close = match.candidates[:2] if match.ambiguous else []
    return [*close, *(one for one in match.candidates if one.confidence != "low")]
