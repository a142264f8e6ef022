"""Extraction: the answer is an object of the task's fields.

A row's score is the F1 of its fields, as `fields` counts them; `field-f1` is the mean of the rows'
scores, with a bootstrap interval. An answer that isn't an object scores 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pareta_plan.platform.kinds.fields import FieldSpec, count_fields
from pareta_plan.platform.kinds.kind import Fields, Kind, Parts
from pareta_plan.platform.kinds.misfit import Misfit, misfits

_TYPES = {"money": ["string", "number", "null"], "number": ["string", "number", "null"]}
_ANSWER_TOKENS = 512
_MAX_CHARACTERS = {"text": 60, "name": 60, "date": 20, "money": 24, "number": 12}
_LIST_ITEMS = 8


class Extraction(Kind):
    """A task with fields."""

    name = "extraction"
    made_of = "fields"
    scorers = ("field-f1",)
    actions = """
        analyse analysis capture collect detail detect digitise extract extractor fetch field find
        gather grab identify information json lift locate metadata parse parser pull read recognise
        recognition retrieve scrape structure structured value
        """
    prompt_field = "recommended_system_prompt"

    def _take(self, parts: Parts) -> None:
        self._fields = parts.fields or {}

    def schema(self) -> dict[str, Any]:
        """An object of the fields, any of them null or missing."""
        return _object(self._fields)

    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """Fields that the task hasn't got, and values that their types can't have."""
        yield from misfits(self._fields, expected)

    def shows(self, expected: Any) -> list[str]:
        """The fields that have a value."""
        return [name for name in self._fields if expected.get(name) not in (None, "", [])]

    def score(self, expected: Any, output: Any) -> float:
        if not isinstance(output, Mapping):
            return 0.0
        return count_fields(self._fields, expected or {}, output).f1

    def constraint(self) -> dict[str, Any]:
        """A JSON schema of all the fields."""
        return {"json_schema": _bounded(self._fields), "max_tokens": _ANSWER_TOKENS}

    def read(self, text: str) -> Any:
        return json.loads(text)


def _object(fields: Fields) -> dict[str, Any]:
    properties = {name: _value(field) for name, field in fields.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(field: FieldSpec) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(field.type, ["string", "null"])}
    if field.type == "list":
        items = _object(field.fields) if field.fields else {"type": "string"}
        schema = {"type": ["array", "null"], "items": items}
    if field.type == "object":
        schema = _object(field.fields or {}) | {"type": ["object", "null"]}
    return schema | {"description": field.description}


def _bounded(fields: Fields) -> dict[str, Any]:
    properties = {name: _bounded_value(field) for name, field in fields.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _bounded_value(field: FieldSpec) -> dict[str, Any]:
    """A field's schema with an end to it: a small model goes on writing for as long as it may."""
    if field.type == "list":
        items = _bounded(field.fields) if field.fields else {"type": "string", "maxLength": 60}
        return {"type": "array", "items": items, "maxItems": _LIST_ITEMS}
    if field.type == "object":
        return _bounded(field.fields or {})
    return {"type": ["string", "null"], "maxLength": _MAX_CHARACTERS[field.type]}
