"""Every published JSON Schema: those of the reports' room, and a task's, which the platform has."""

from __future__ import annotations

from typing import Any

from pareta_plan.reports import schemas as others

TASK = "task"
SCHEMAS = (*others.SCHEMAS, TASK)
_MODULES = ("catalog.spec", "kinds.fields")


def schema(which: str) -> dict[str, Any]:
    """The schema of one format. Raises ImportError for a task's without the embedded platform."""
    if which != TASK:
        return others.schema(which)
    from pareta_plan.platform.catalog.spec import TaskFile

    modules = [f"pareta_plan.platform.{module}" for module in _MODULES]
    return others.described(TaskFile.model_json_schema(), modules, {})
