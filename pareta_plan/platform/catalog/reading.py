"""The files of the catalog, read and held against what they must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from pareta_plan.errors import Location, ParetaError
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.written.yaml_source import read_documents

_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")


def refused(path: Path, words: str, line: int = 0, column: int = 0) -> ParetaError:
    """An error with the place."""
    return ParetaError(words, location=Location(str(path), line, column))


def definition(path: Path) -> TaskSpec:
    """A task's definition; words such as yes and no are words, as in manifests.

    Raises ParetaError with the file's path.
    """
    try:
        document = next(read_documents(path.read_bytes(), str(path)))
    except OSError as error:
        raise refused(path, str(error)) from None
    return _fitting(path, document.data, TypeAdapter(TaskSpec))


def read(path: Path, adapter: TypeAdapter[T]) -> T:
    """The contents of a file of YAML or JSON. Raises ParetaError with the file's path."""
    try:
        data = yaml.load(path.read_bytes(), _YAML_LOADER)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = (mark.line + 1, mark.column + 1) if mark else ()
        raise refused(path, f"not valid YAML: {error.problem}", *at) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise refused(path, str(error)) from None
    return _fitting(path, data, adapter)


def _fitting(path: Path, data: Any, adapter: TypeAdapter[T]) -> T:
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        words = f"{place}: {first['msg']}" if place else first["msg"]
        raise refused(path, words) from None
