"""What the answers of labelled rows are: labels, or fields with their types.

Values that are objects are extractions. Single values are labels where few of them are different,
each three times or more; where most of them stand in their input, they are a field of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pareta_plan.errors import RowsError
from pareta_plan.platform.kinds.fields import FieldSpec, FieldType
from pareta_plan.platform.kinds.normalise import day, money, number

MOST_LABELS = 50
LEAST_ROWS = 3
"""Of a label: two to train on and one to measure on."""
_CURRENCY = re.compile(r"[$€£¥]|\b[A-Z]{3}\b")
_NAMES = re.compile(r"name|vendor|supplier|customer|company|party|sender|recipient|person|city")


class Example(NamedTuple):
    """A labelled row, with its line in the file that it came from."""

    line: int
    input: str
    expected: Any


class Answers(NamedTuple):
    """The labels, or the fields, of a task."""

    labels: list[str] | None = None
    fields: dict[str, FieldSpec] | None = None

    @property
    def kind(self) -> str:
        """The kind of task that has them."""
        return "classification" if self.labels else "extraction"


def answers_of(examples: Sequence[Example], column: str) -> tuple[Answers, list[Example]]:
    """What the answers are, and the examples with answers of that kind; `column` had them.

    Raises RowsError for what is neither labels nor fields.
    """
    values = [example.expected for example in examples]
    if all(isinstance(value, Mapping) for value in values):
        return Answers(fields=_fields(values)), [*examples]
    if any(isinstance(value, Mapping | list) for value in values):
        raise RowsError(
            f"the values of {column!r} are of several sorts: some are objects or lists",
            hint="Labels are single values, fields are objects.",
        )
    plain = [one._replace(expected=_word(one.expected)) for one in examples]
    times = Counter(one.expected for one in plain)
    few = len(times) <= min(MOST_LABELS, len(plain) // LEAST_ROWS)
    if few and len(times) > 1:
        return Answers(labels=_labels(times)), plain
    inside = sum(one.expected.casefold() in one.input.casefold() for one in plain)
    if len(times) > 1 and inside * 2 > len(plain):
        fields = _fields([{column: value} for value in values])
        return Answers(fields=fields), [
            one._replace(expected={column: one.expected}) for one in plain
        ]
    raise _neither(column, times, len(plain))


def _neither(column: str, times: Counter[str], rows: int) -> RowsError:
    if len(times) == 1:
        return RowsError(
            f"all {rows} values of {column!r} are {next(iter(times))[:40]!r}: there is no choice",
            hint="A classification needs rows of two labels or more.",
        )
    return RowsError(
        f"{len(times)} different values of {column!r} in {rows} rows are no labels, and most of "
        "them don't stand in their input as a field would",
        hint="A task's answers are labels, at most a third as many as rows, or fields.",
    )


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _labels(times: Counter[str]) -> list[str]:
    """The labels in their order. Raises RowsError for one that too few rows have."""
    rare = {label: n for label, n in times.items() if n < LEAST_ROWS}
    if rare:
        told = ", ".join(f"{label[:40]!r} ({n})" for label, n in sorted(rare.items())[:10])
        raise RowsError(
            f"labels that fewer than {LEAST_ROWS} rows have: {told}",
            hint="Two are needed to train on and one to measure on: add rows, or leave these out.",
        )
    return sorted(times)


def _fields(values: Sequence[Mapping[str, Any]]) -> dict[str, FieldSpec]:
    names = dict.fromkeys(name for value in values for name in value)
    given = {name: [v for value in values if _is_given(v := value.get(name))] for name in names}
    return {name: _field(name, found) for name, found in given.items() if found}


def _field(name: str, values: Sequence[Any]) -> FieldSpec:
    kind = _type(name, values)
    objects = [item for value in values if isinstance(value, list) for item in value]
    nested = kind == "list" and objects and all(isinstance(item, Mapping) for item in objects)
    return FieldSpec(
        type=kind,
        description=f"{name.replace('_', ' ').capitalize()}, {_such_as(values)}.",
        fields=_fields(objects) if nested else None,
    )


def _type(name: str, values: Sequence[Any]) -> FieldType:
    """The narrowest type that all values have."""
    if any(isinstance(value, list) for value in values):
        return "list"
    texts = [str(value) for value in values]
    if all(_CURRENCY.search(text) and money(text) is not None for text in texts):
        return "money"
    if all(number(text) is not None for text in texts):
        return "number"
    if all(day(text) is not None for text in texts):
        return "date"
    return "name" if _NAMES.search(name.lower()) else "text"


def _such_as(values: Iterable[Any]) -> str:
    first = next(iter(values))
    if isinstance(first, list):
        return "all of them in order"
    return f"such as {' '.join(str(first).split())[:60]}"


def _is_given(value: Any) -> bool:
    return value not in (None, "", [])
