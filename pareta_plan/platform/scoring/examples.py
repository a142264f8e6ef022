"""A task with example rows, and with the documents of those where they are wanted."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from typing import Any

from pareta_plan.errors import RowsError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.wire import Task


def shown(task: CatalogTask, count: int, documents: int) -> Task:
    """The task as clients see it, with `count` of its dev rows; `documents` is 0 or 1."""
    wire, field = task.task_wire(count), task.spec.blob_field
    if not (documents and field and wire.examples):
        return wire
    rows = task.rows("dev")[:count]
    drawn = [
        example | {"input": {field: _url(row)}}
        for example, row in zip(wire.examples, rows, strict=True)
    ]
    return wire.model_copy(update={"examples": drawn})


def _url(row: dict[str, Any]) -> str | None:
    """The row's document; None when nothing says how it is drawn."""
    from pareta_plan.platform.invoices.invoices import render_as_text

    with suppress(RowsError):
        document = render_as_text(row)
        return f"data:{document.mime};base64,{b64encode(document.data).decode()}"
    return None
