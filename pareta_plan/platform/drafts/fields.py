"""The fields of answers that are objects, each with the narrowest type that its values have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pareta_plan.platform.kinds.fields import FieldSpec, FieldType
from pareta_plan.platform.kinds.normalise import day, money, number

Fields = dict[str, FieldSpec]

_CURRENCY = re.compile(r"[$€£¥]|\b[A-Z]{3}\b")
_NAMES = re.compile(r"name|vendor|supplier|customer|company|party|sender|recipient|person|city")


def holds(value: Any) -> bool:
    """Whether fields can hold what an object has: neither yes and no, nor lists of lists."""
    if isinstance(value, Mapping):
        return all(map(holds, value.values()))
    if isinstance(value, list):
        return all(holds(item) and not isinstance(item, list) for item in value)
    return not isinstance(value, bool)


def fields_of(values: Sequence[Mapping[str, Any]]) -> Fields:
    """The fields that some of the objects have a value of."""
    names = dict.fromkeys(name for value in values for name in value)
    given = {name: [v for value in values if _is_given(v := value.get(name))] for name in names}
    return {name: _field(name, found) for name, found in given.items() if found}


def _field(name: str, values: Sequence[Any]) -> FieldSpec:
    kind = _type(name, values)
    inner = [value for value in values if isinstance(value, Mapping)]
    items = [item for value in values if isinstance(value, list) for item in value]
    objects = inner or (items if all(isinstance(item, Mapping) for item in items) else [])
    return FieldSpec(
        type=kind,
        description=f"{name.replace('_', ' ').capitalize()}, {_such_as(values)}.",
        fields=fields_of(objects) if objects else None,
    )


def _type(name: str, values: Sequence[Any]) -> FieldType:
    """The narrowest type that all values have."""
    if any(isinstance(value, list) for value in values):
        return "list"
    if any(isinstance(value, Mapping) for value in values):
        return "object"
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
    if isinstance(first, Mapping):
        return f"with its {', '.join(map(str, first))}"
    return f"such as {' '.join(str(first).split())[:60]}"


def _is_given(value: Any) -> bool:
    return value not in (None, "", [], {})
