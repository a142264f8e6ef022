"""JSON Schemas of the file formats, generated from the models that read them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from pareta_plan.lockfile import Lockfile
from pareta_plan.manifest import Manifest
from pareta_plan.plan import SavedPlan

SCHEMAS: dict[str, type[BaseModel]] = {
    "manifest": Manifest,
    "lockfile": Lockfile,
    "plan": SavedPlan,
}


def schema(which: str) -> dict[str, Any]:
    """The schema of one format, in JSON Schema 2020-12."""
    generated = SCHEMAS[which].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated}
