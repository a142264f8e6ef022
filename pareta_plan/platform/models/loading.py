"""Loads the models of tasks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pareta_plan.errors import ParetaError

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.model import Model, Progress


def load(task: CatalogTask, runtime: str, options: dict[str, Any], progress: Progress) -> Model:
    """Load a model of `task`; slow the first time (weights, training), cheap afterwards."""
    try:
        module = import_module(f"pareta_plan.platform.models.runtimes.{runtime}")
    except ModuleNotFoundError as missing:
        raise ParetaError(f"{task.id}: the runtime {runtime!r} can't be used: {missing}") from None
    model: Model = module.load(task, options, progress)
    return model
