"""JSON Schemas of the file formats, generated from the models that read them."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.project_file import OWN, ProjectFile
from pareta_plan.plan.saved import SavedPlan
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.reports.row_shapes import ResultsShape

SCHEMAS: dict[str, type[BaseModel]] = {
    "manifest": Manifest,
    "lockfile": Lockfile,
    "plan": SavedPlan,
    "project": ProjectFile,
    "results": ResultsShape,
}


def schema(which: str) -> dict[str, Any]:
    """The schema of one format, in JSON Schema 2020-12, with the fields' docstrings."""
    model = SCHEMAS[which]
    generated = model.model_json_schema()
    if model is ProjectFile:
        generated = _with_parts(generated)
    objects = {model.__name__: generated, **generated.get("$defs", {})}
    for module in (
        "manifest.manifest",
        "project.lockfile",
        "plan.model",
        "plan.steps",
        "plan.saved",
        "manifest.project_file",
        "manifest.rules",
        "reports.row_shapes",
    ):
        for name, field, text in _docstrings(f"pareta_plan.{module}"):
            if field in objects.get(name, {}).get("properties", {}):
                objects[name]["properties"][field]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated}


def _with_parts(generated: dict[str, Any]) -> dict[str, Any]:
    """A project file's schema, with what a part of a manifest may be."""
    part = Manifest.model_json_schema()
    sections = part.pop("$defs")
    for name in OWN:
        del part["properties"][name]
    part["description"] = "Fields of a manifest, which is whole only once they are merged."
    for section in (part, *sections.values()):
        for whole in ("required", "oneOf", "anyOf"):
            section.pop(whole, None)
    filled: dict[str, Any] = _refer(generated)
    filled["$defs"] |= {**sections, _PART: part}
    return filled


_PART = "ManifestPart"


def _refer(value: Any) -> Any:
    """A schema in which the parts of manifests are references."""
    if not isinstance(value, dict):
        return value
    if value.get("title") == _PART:
        return {"$ref": f"#/$defs/{_PART}"}
    return {key: _refer(inner) for key, inner in value.items()}


def _docstrings(module: str) -> Iterator[tuple[str, str, str]]:
    """Class, field and text of every docstring that follows a field.

    Pydantic would read them itself, but at import, and at a price for every command.
    """
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    for node in (n for n in tree.body if isinstance(n, ast.ClassDef)):
        for field, after in pairwise(node.body):
            match field, after:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    yield node.name, name, text
