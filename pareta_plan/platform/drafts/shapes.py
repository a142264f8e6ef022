"""The JSON Schema that values fit: the narrowest of types, members and items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"),
    (Mapping, "object"),
)  # fmt: skip


def schema_of(values: Sequence[Any]) -> dict[str, Any]:
    """The schema of all the values. A member is required that all objects have."""
    types = sorted({_type(value) for value in values})
    if "number" in types and "integer" in types:
        types.remove("integer")
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    if objects := [value for value in values if isinstance(value, Mapping)]:
        schema |= _members(objects)
    if items := [item for value in values if isinstance(value, list) for item in value]:
        schema["items"] = schema_of(items)
    return schema


def _members(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for one in objects for name in one)
    having = {name: [one[name] for one in objects if name in one] for name in names}
    return {
        "properties": {name: schema_of(found) for name, found in having.items()},
        "required": [name for name, found in having.items() if len(found) == len(objects)],
        "additionalProperties": False,
    }


def _type(value: Any) -> str:
    return next((name for type, name in _TYPES if isinstance(value, type)), "null")
