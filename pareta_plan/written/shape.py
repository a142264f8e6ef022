"""What labelled rows look like, and whose job that is: labels, fields and documents tell.

An answer that may be any text tells nothing, so a task that takes any is nobody's in particular.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pareta_plan.errors import listed
from pareta_plan.wire import Task

LIKE = 0.9
"""The share of rows that a task must be able to have for their job to be its own."""
MOST = 200
"""Different answers that are looked at."""
MOST_LABELS = 24
NAMED = 8
_TYPES = {str: "texts", bool: "yes or no", int: "numbers", float: "numbers", list: "lists"}


class Row(NamedTuple):
    """The first of the rows with an answer, and how many they are."""

    input: Any
    expected: Any
    often: int


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows by their answers; `documents` is whether they bring documents."""

    rows: tuple[Row, ...]
    documents: bool

    @property
    def words(self) -> str:
        """What the answers are, such as `the labels billing, sales`."""
        answers = [row.expected for row in self.rows]
        fields = dict.fromkeys(key for one in answers if isinstance(one, dict) for key in one)
        if fields and all(isinstance(answer, dict) for answer in answers):
            return f"the fields {listed([*fields], NAMED)}"
        if all(isinstance(answer, str) for answer in answers) and self._repeats:
            return f"the labels {listed(answers, NAMED)}"
        return " and ".join(dict.fromkeys(map(_type, answers))) + " for answers"

    @property
    def _repeats(self) -> bool:
        many = sum(row.often for row in self.rows)
        return len(self.rows) <= MOST_LABELS and len(self.rows) * 2 <= many

    def share(self, task: Task) -> float:
        """How many of the rows are of the task's job, in [0, 1]; 0 where it takes any answer."""
        return self.held(task) if _tells(task.output_schema or {}) else 0.0

    def held(self, task: Task) -> float:
        """How many of the rows the task can have, in [0, 1]."""
        if task.has_blob_input != self.documents:
            return 0.0
        fitting = sum(row.often for row in self.rows if _fits(row, task))
        return fitting / max(1, sum(row.often for row in self.rows))

    def alike(self, tasks: Iterable[Task]) -> list[Task]:
        """The tasks whose job these rows are, best first."""
        shares = {task.id: self.share(task) for task in tasks}
        fitting = [task for task in tasks if shares[task.id] >= LIKE]
        return sorted(fitting, key=lambda task: (-shares[task.id], task.id))


def shape(rows: Iterable[Mapping[str, Any]], *, documents: bool) -> Shape:
    """Of rows with `input` and `expected`, which are JSON values."""
    met: dict[str, Row] = {}
    for row in rows:
        key = json.dumps(row["expected"], sort_keys=True)
        first = met.get(key)
        if first is not None or len(met) < MOST:
            met[key] = Row(
                *(first[:2] if first else (row.get("input"), row["expected"])),
                (first.often if first else 0) + 1,
            )
    return Shape(tuple(met.values()), documents)


def _type(answer: Any) -> str:
    return _TYPES.get(type(answer), "objects" if isinstance(answer, dict) else "nothing")


def _tells(schema: Mapping[str, Any]) -> bool:
    """Whether a schema allows few answers: labels, or fields of its own."""
    items = schema.get("items")
    return bool(
        "enum" in schema or schema.get("properties") or (isinstance(items, dict) and _tells(items))
    )


def _fits(row: Row, task: Task) -> bool:
    """A schema that is none is nobody's."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, UnknownType
    from referencing.exceptions import Unresolvable

    parts = [(task.output_schema, row.expected)]
    if not task.has_blob_input:
        parts.append((task.input_schema, row.input))
    try:
        return all(Draft202012Validator(schema or {}).is_valid(value) for schema, value in parts)
    except (SchemaError, UnknownType, Unresolvable, ValueError, TypeError, AttributeError):
        return False
