"""Rows of an eval that are development rows of its task too.

The catalog's models are trained, written or prompted with those: on them they prove little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pareta_plan.canonical import digest_json
from pareta_plan.client.remote import Reader, each
from pareta_plan.plan.model import Change, Plan
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project
from pareta_plan.wire import Task

NAMED = 5
MOST = 100_000
"""Rows that are asked for; of a task that has more, none is known."""


def counted(
    project: Project, reader: Reader, tasks: Mapping[str, Task], made: Plan, lockfile: Lockfile
) -> Plan:
    """The plan with, of the rows that it scores, how many are such.

    `tasks` are the platform's, by id. Of one that doesn't say how many there are nothing is known.
    """
    scored = {c.workload: lockfile.workloads[c.workload].task.id for c in made.changes if c.rows}
    known = _known(reader, (tasks[id] for id in {*scored.values()} & tasks.keys()))
    if not known:
        return made

    def told(change: Change) -> Change:
        such = known.get(scored.get(change.workload, ""))
        if not such:
            return change
        data = project.data[change.workload]
        rows = data.rows
        digests = (_digest(row.value, documents=data.field is not None) for row in rows)
        places = [str(row.at) for row, digest in zip(rows, digests, strict=True) if digest in such]
        told = {"development_rows": len(places), "development_named": places[:NAMED]}
        return change.model_copy(update=told)

    return made.model_copy(update={"changes": [*map(told, made.changes)]})


def _known(reader: Reader, tasks: Iterable[Task]) -> dict[str, set[str | None]]:
    """The digests of the development rows, by task."""
    known = {task.id: task for task in tasks if 0 < (task.development_rows or 0) <= MOST}
    rows = each(partial(_rows, reader, known), known)
    return {
        id: {_digest(row, documents=known[id].has_blob_input) for row in found} - {None}
        for id, found in rows.items()
    }


def _rows(reader: Reader, tasks: Mapping[str, Task], id: str) -> list[dict[str, Any]]:
    return reader.task(id, tasks[id].development_rows or 0).examples or []


def _digest(row: Mapping[str, Any], *, documents: bool) -> str | None:
    """What tells a row from others: its input, or all the fields that its document holds.

    A document may be drawn in many ways; of one with a single word for an answer nothing is known.
    """
    found = row.get("expected" if documents else "input")
    if found is None or (documents and not isinstance(found, Mapping)):
        return None
    return digest_json(found)
