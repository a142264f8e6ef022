"""JSON Schemas of a task's rows: what `input` and `expected` look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.spec import FieldSpec, TaskSpec

Schema = dict[str, Any]

_TYPES = {"money": ["string", "number", "null"], "number": ["string", "number", "null"]}


def of_input(spec: TaskSpec) -> Schema:
    """The schema of a row's `input`: a text, or an object whose document is attached later."""
    if spec.blob_field is None:
        return {"type": "string"}
    document = {
        "type": ["string", "null"],
        "description": "A PDF or an image, attached to the row after its upload.",
    }
    return {"type": "object", "properties": {spec.blob_field: document}}


def of_output(spec: TaskSpec) -> Schema:
    """The schema of a row's `expected` and of every model's answer."""
    if spec.kind == "classification":
        labels = spec.labels or {}
        meanings = "; ".join(f"{label}: {meaning}" for label, meaning in labels.items())
        return {"type": "string", "enum": list(labels), "description": meanings}
    return _of_fields(spec.fields or {})


def _of_fields(fields: Mapping[str, FieldSpec]) -> Schema:
    return {
        "type": "object",
        "properties": {name: _of_field(field) for name, field in fields.items()},
        "additionalProperties": False,
    }


def _of_field(field: FieldSpec) -> Schema:
    schema: Schema = {"type": _TYPES.get(field.type, ["string", "null"])}
    if field.type == "list":
        items = _of_fields(field.fields) if field.fields else {"type": "string"}
        schema = {"type": ["array", "null"], "items": items}
    return schema | {"description": field.description}
