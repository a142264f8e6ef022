"""JSON Schemas of files that are read and of objects that are printed, from their models."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Union

from pydantic import BaseModel, TypeAdapter, create_model

from pareta_plan.lock.provenance import Provenance
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.project_file import OWN, ProjectFile
from pareta_plan.plan.model import Plan
from pareta_plan.plan.saved import SavedPlan
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.reports import shapes
from pareta_plan.reports.events import EVENTS
from pareta_plan.reports.report import Kind
from pareta_plan.reports.row_shapes import ResultsShape

FILES: dict[str, type[BaseModel]] = {
    "manifest": Manifest,
    "lockfile": Lockfile,
    "plan": SavedPlan,
    "project": ProjectFile,
    "provenance": Provenance,
}
REPORTS = {f"{kind}-report": kind for kind in Kind}
"""The objects that commands print, by the names of their schemas."""
WHOLE_PLAN = "PlanReport"
SHAPES: dict[Kind, type[BaseModel]] = {
    Kind.APPLY: shapes.ApplyShape,
    Kind.DRIFT: shapes.DriftShape,
    Kind.VALIDATE: shapes.ValidateShape,
    Kind.LOCK: shapes.LockShape,
    Kind.EXPLAIN: shapes.ExplainShape,
    Kind.OUTPUT: shapes.OutputShape,
    Kind.RESULTS: ResultsShape,
}
"""All but a plan's, which is put together when it is asked for."""
EVENT = "event"
"""A line of `--events`."""
SCHEMAS = (*FILES, *REPORTS, EVENT)
MODULES = (
    "manifest.manifest",
    "project.lockfile",
    "plan.model",
    "plan.steps",
    "plan.saved",
    "manifest.project_file",
    "manifest.rules",
    "gates.gates",
    "reports.shapes",
    "reports.row_shapes",
    "reports.events",
    "lock.provenance",
)
"""Where the fields have their docstrings."""


def _whole_plan() -> type[BaseModel]:
    """What `plan` prints: a plan, and what there is to say of it."""
    own: dict[str, Any] = {
        name: (field.annotation, field) for name, field in Plan.model_fields.items()
    }
    return create_model(WHOLE_PLAN, __base__=shapes.PlanShape, **own)


def _shape(kind: Kind) -> tuple[type[BaseModel], ...]:
    """What the object of a kind may be."""
    return (_whole_plan() if kind is Kind.PLAN else SHAPES[kind], shapes.Failed)


def schema(which: str) -> dict[str, Any]:
    """The schema of one format, in JSON Schema 2020-12, with the fields' docstrings."""
    printed = _shapes(which)
    generated = _either(printed) if printed else _read(which)
    modules = [f"pareta_plan.{module}" for module in MODULES]
    return described(generated, modules, _heirs(printed))


def described(
    generated: dict[str, Any], modules: Iterable[str], heirs: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """A generated schema with the docstrings that fields have in modules.

    `heirs` are the objects that have the fields of a class, by its name.
    """
    objects = {generated.get("title"): generated, **generated.get("$defs", {})}
    for module in modules:
        for name, field, text in _docstrings(module):
            for each in (name, *heirs.get(name, ())):
                if field in objects.get(each, {}).get("properties", {}):
                    objects[each]["properties"][field]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated}


def _read(which: str) -> dict[str, Any]:
    generated = FILES[which].model_json_schema()
    return _with_parts(generated) if which == "project" else generated


def _shapes(which: str) -> tuple[type[BaseModel], ...]:
    """What a printed object may be; nothing for what is read."""
    if which == EVENT:
        return EVENTS
    return _shape(REPORTS[which]) if which in REPORTS else ()


def _either(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    either: Any = Union[models]  # noqa: UP007 - of as many as there are
    return TypeAdapter(either).json_schema(mode="serialization")


def _heirs(models: tuple[type[BaseModel], ...]) -> dict[str, list[str]]:
    """The objects that have the fields of a class, by its name."""
    found: dict[str, list[str]] = {Plan.__name__: [WHOLE_PLAN]}
    for model in models:
        for base in model.__mro__:
            found.setdefault(base.__name__, []).append(model.__name__)
    return found


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
