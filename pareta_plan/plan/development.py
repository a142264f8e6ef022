"""Rows of an eval that are development rows of its task too.

The catalog's models are trained, written or prompted with those: on them they prove little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pareta_plan.canonical import digest_json
from pareta_plan.client.remote import Reader, each
from pareta_plan.plan.model import Change, Plan
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project
from pareta_plan.wire import Task

MOST = 100_000
"""Rows that are asked for; of a task that has more, none is known."""


def counted(
    project: Project, reader: Reader, tasks: Mapping[str, Task], made: Plan, lockfile: Lockfile
) -> Plan:
    """The plan with, of the rows that it scores, how many are such: those of the same input.

    `tasks` are the platform's, by id. Of one that doesn't say how many there are, and of
    documents, nothing is known.
    """
    scored = {c.workload: lockfile.workloads[c.workload].task.id for c in made.changes if c.rows}
    known = _known(reader, (tasks[id] for id in {*scored.values()} & tasks.keys()))
    if not known:
        return made

    def told(change: Change) -> Change:
        inputs = known.get(scored.get(change.workload, ""))
        if not inputs:
            return change
        rows = _inputs(row.value for row in project.data[change.workload].rows)
        return change.model_copy(update={"development_rows": sum(one in inputs for one in rows)})

    return made.model_copy(update={"changes": [*map(told, made.changes)]})


def _known(reader: Reader, tasks: Iterable[Task]) -> dict[str, set[str]]:
    """The digests of the development rows' inputs, by task."""
    sizes = {task.id: task.development_rows or 0 for task in tasks if not task.has_blob_input}
    ids = [id for id, size in sizes.items() if 0 < size <= MOST]
    rows = each(lambda task: reader.task(task, sizes[task]).examples or [], ids)
    return {id: {*_inputs(found)} for id, found in rows.items()}


def _inputs(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (digest_json(row["input"]) for row in rows if "input" in row)
