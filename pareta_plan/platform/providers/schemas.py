"""A JSON Schema as vendors hold answers to it: their structured outputs know a part of it.

OpenAI and Anthropic want every object closed and every property required, and know no bounds. The
answer is held against the whole schema afterwards, so nothing is lost by what is left out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KNOWN = ("type", "enum", "const", "description", "title", "$ref")
_LISTS = ("anyOf", "allOf")
_TABLES = ("properties", "$defs")


def closed(schema: Mapping[str, Any], *, unions: bool = False) -> dict[str, Any]:
    """The schema of known words, with objects closed and properties that may be null required.

    `unions` writes several types as alternatives, as Anthropic has them.
    """
    kept: dict[str, Any] = {name: schema[name] for name in _KNOWN if name in schema}
    for name in _LISTS:
        if name in schema:
            kept[name] = [closed(one, unions=unions) for one in schema[name]]
    for name in _TABLES:
        if name in schema:
            kept[name] = {key: closed(one, unions=unions) for key, one in schema[name].items()}
    if isinstance(schema.get("items"), Mapping):
        kept["items"] = closed(schema["items"], unions=unions)
    if "properties" in kept:
        kept["additionalProperties"] = False
        kept["required"] = [
            name
            for name, one in schema["properties"].items()
            if name in schema.get("required", ()) or _may_be_null(one)
        ]
    return _alternatives(kept) if unions and isinstance(kept.get("type"), list) else kept


def is_strict(schema: Any) -> bool:
    """Whether every object in a closed schema requires all of its properties."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and set(properties) != set(schema.get("required", ())):
        return False
    return all(map(is_strict, schema.values()))


def _may_be_null(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type")
    return "null" in (types if isinstance(types, list) else [types])


def _alternatives(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of several types as one of each; what is said of a type stays with it."""
    of_type = {"array": ("items",), "object": ("properties", "required", "additionalProperties")}
    moved = {name for names in of_type.values() for name in names}
    rest = {name: value for name, value in schema.items() if name not in {"type", *moved}}
    each = [
        {"type": one, **{name: schema[name] for name in of_type.get(one, ()) if name in schema}}
        for one in schema["type"]
    ]
    return rest | {"anyOf": each}
