"""Loads the models of tasks."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.runtimes import RUNTIMES
from pareta_plan.platform.models.model import Model, Progress


def load(task: CatalogTask, runtime: str, options: dict[str, Any], progress: Progress) -> Model:
    """Load a model of `task`; slow the first time (weights, training), cheap afterwards.

    Raises ParetaError for an unknown runtime, for one whose libraries are missing, and what the
    runtime does.
    """
    try:
        module = import_module(RUNTIMES[runtime])
    except ModuleNotFoundError as missing:
        raise ParetaError(f"{task.id}: the runtime {runtime!r} can't be used: {missing}") from None
    model: Model = module.load(task.telling(progress), options, progress)
    return model
