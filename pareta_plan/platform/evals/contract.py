"""Which task could grade rows under a prompt: what `/v1/eval-sets/propose-contract` answers.

The rows' shape says which tasks could, and the prompt which of them is meant. Nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pareta_plan.platform.bodies import Proposing
from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matching import Matching
from pareta_plan.platform.evals.sets import Item, read_rows
from pareta_plan.platform.refusal import bad_request
from pareta_plan.wire import Contract, Task, TaskMatch
from pareta_plan.written.shape import LIKE, Shape, shape

APART = 0.1
"""The share of rows from which on another job among them is told."""
SURE = ("high", "medium", "low")


def propose(catalog: Catalog, matching: Matching, asked: Proposing, items: bytes) -> dict[str, Any]:
    """The proposals, and what speaks against them. Raises Refusal (400) for a bad row."""
    numbered = [*read_rows(items)]
    if bad := next((number for number, row in numbered if "expected" not in row), None):
        raise bad_request(f"items line {bad}: expected is missing")
    rows = [row for _, row in numbered]
    tasks = {task.id: task.task_wire() for task in catalog.tasks()}
    prompt = asked.prompt.strip()
    match = matching.match(prompt) if prompt else TaskMatch(query="", matched=False)
    found = shape(rows, documents=all(map(_is_document, rows)))
    return _Proposing(tasks, found, match).contract.to_dict()


def _is_document(row: Item) -> bool:
    """Whether a row's input is a document, which is attached later."""
    value = row.get("input")
    return value is None or (isinstance(value, dict) and not any(value.values()))


@dataclass(frozen=True)
class _Proposing:
    """Rows and what a prompt matched, held against a catalog."""

    tasks: dict[str, Task]
    rows: Shape
    match: TaskMatch

    @property
    def contract(self) -> Contract:
        """The answer."""
        proposals = sorted(
            (self._proposal(id) for id in self._able),
            key=lambda one: (SURE.index(one["confidence"]), one["task_id"]),
        )
        closest = [one["task_id"] for one in proposals] + [c.task_id for c in self.match.candidates]
        return Contract(
            proposals=proposals,
            homogeneous=not self._split,
            split=self._split or None,
            conflict=self._conflict,
            closest_task=closest[0] if closest else None,
            prompt=self.match.query,
            message=self._message(proposals),
        )

    @cached_property
    def _alike(self) -> list[str]:
        return [task.id for task in self.rows.alike([*self.tasks.values()])]

    @property
    def _intended(self) -> str | None:
        chosen = self.match.chosen
        return chosen.task_id if chosen and self.match.matched else None

    @cached_property
    def _able(self) -> list[str]:
        """The tasks with such rows; the intended one too where it takes any answer."""
        meant = self._intended
        takes = meant and meant not in self._alike and self.rows.held(self.tasks[meant]) >= LIKE
        return [*self._alike, *([meant] if meant and takes else [])]

    def _proposal(self, id: str) -> dict[str, Any]:
        plausible = [one.task_id for one in self.match.candidates if one.confidence != "low"]
        if id == self._intended:
            sure = "high" if id in self._alike else "medium"
        elif id in plausible or self._alike == [id]:
            sure = "medium"
        else:
            sure = "low"
        warnings = " ".join(self._warnings(id))
        return {"task_id": id, "confidence": sure, **({"warning": warnings} if warnings else {})}

    def _warnings(self, id: str) -> Iterator[str]:
        if id not in self._alike:
            yield "It takes any such answer, so only the prompt says that this is the job."
        share = self.rows.held(self.tasks[id])
        if share < 1:
            yield f"{1 - share:.1%} of the rows don't fit it."

    @property
    def _conflict(self) -> dict[str, str] | None:
        """What the prompt asks for and the rows' shape doesn't support."""
        meant = self._intended
        if meant is None or meant in self._able:
            return None
        whose = f", as those of {' or '.join(self._alike)} have" if self._alike else ""
        why = f"The prompt asks for {meant}, but the rows have {self.rows.words}{whose}."
        return {"intended_task": meant, "reasoning": why}

    @cached_property
    def _split(self) -> list[dict[str, Any]]:
        """The jobs of a mixed set, by how many rows each has; empty where they are of one."""
        if self._able or not self.rows.rows:
            return []
        parts: Counter[str] = Counter()
        for row in self.rows.rows:
            one = Shape((row,), self.rows.documents)
            parts[" or ".join(task.id for task in one.alike([*self.tasks.values()]))] += row.often
        large = [(job, n) for job, n in parts.most_common() if n >= APART * parts.total()]
        if len(large) < 2:
            return []
        return [{"task_id": job or None, "rows": n} for job, n in large]

    def _message(self, proposals: Sequence[dict[str, Any]]) -> str:
        if self._conflict:
            return self._conflict["reasoning"]
        if proposals:
            return f"The rows have {self.rows.words}, which {proposals[0]['task_id']} can grade."
        if self._split:
            parts = ", ".join(f"{p['rows']} of {p['task_id'] or 'no task'}" for p in self._split)
            return f"The rows are of several jobs: {parts}. Send each in a set of its own."
        return (
            f"No task has such rows: they have {self.rows.words}. GET /v1/tasks has the schemas of "
            "all; `pareta-plan catalog new` makes a task of labelled rows."
        )
