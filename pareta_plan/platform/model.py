"""Models that run on the CPU, behind one small interface.

A runtime is a module of this package with
`load(task, options, progress) -> Model`; the catalog names it in `task.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from pareta_plan.errors import ParetaError

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.catalog import CatalogTask

Progress = Callable[[str, str, float | None], None]
"""Told of a slow step: its stage ("training"), a label, and the share done in [0, 1] or None."""


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF or an image, as bytes with its MIME type."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer (a label, or an object of fields) and what it took."""

    output: Any
    cpu_seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Model(Protocol):
    """A loaded model. Safe to call from several threads."""

    name: str  # real name and version: provenance only, never on the wire
    deterministic: bool  # same input, same output, on any machine
    context_k: int

    def predict(self, value: str | Document) -> Prediction:
        """Answer one request."""

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """Yield the answer's text in pieces as they come, then the whole Prediction."""


def load(task: CatalogTask, runtime: str, options: dict[str, Any], progress: Progress) -> Model:
    """Load a model of `task`; slow the first time (weights, training), cheap afterwards."""
    try:
        module = import_module(f"pareta_plan.platform.models.runtimes.{runtime}")
    except ModuleNotFoundError as missing:
        raise ParetaError(f"{task.id}: the runtime {runtime!r} can't be used: {missing}") from None
    model: Model = module.load(task, options, progress)
    return model
