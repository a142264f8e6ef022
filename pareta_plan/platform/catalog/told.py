"""A task as clients see it."""

from __future__ import annotations

from typing import Any

from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.kinds.kind import SCORER_VERSION
from pareta_plan.wire import Task


def told(spec: TaskSpec, development_rows: int, shown: list[dict[str, Any]] | None) -> Task:
    """What it takes and gives, with `shown` of its development rows."""
    values: dict[str, Any] = {
        "id": spec.id,
        "default_scorer": spec.scorer,
        "scorer_version": SCORER_VERSION,
        "has_blob_input": spec.blob_field is not None,
        "title": spec.title,
        "description": spec.description,
        "input_schema": _input_schema(spec),
        "output_schema": spec.answers.schema(),
        "development_rows": development_rows,
        "rows": spec.origin,
    }
    if shown is not None:  # a document is attached, never part of the row
        blank = {"input": {spec.blob_field: None}} if spec.blob_field else {}
        values["examples"] = [row | blank for row in shown]
    return Task.model_validate(values)


def _input_schema(spec: TaskSpec) -> dict[str, Any]:
    """Of a text, or of an object whose document is attached later."""
    if spec.blob_field is None:
        return {"type": "string"}
    document = {
        "type": ["string", "null"],
        "description": "A PDF or an image, attached to the row after its upload.",
    }
    return {"type": "object", "properties": {spec.blob_field: document}}
