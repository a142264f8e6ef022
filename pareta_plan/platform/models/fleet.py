"""The models in use, each loaded once a process, and what may be said about them."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from pareta_plan.errors import APIConnectionError, APIStatusError, ParetaError
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec, OwnModelSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import (
    Answered,
    Interrupted,
    Model,
    Prediction,
    RowFlight,
    Unanswered,
    Unreachable,
    Value,
)

log = logging.getLogger(__name__)

OnStage = Callable[[str, float | None], None]
"""Told of a slow step: one of STAGES, and the share done in [0, 1] or None."""

STAGES: Mapping[str, str] = {
    "pulling weights": "Getting the model's files",
    "training": "Training on the task's examples",
    "loading": "Loading the model",
}
FAILED = "the model failed on this request"
NOT_LOADED = "the model could not be loaded"


class ModelFailed(Exception):
    """A model could not be loaded or could not answer; the words are fit for clients.

    `status` is HTTP's: 422 when the model says that it can't do this input, 503 when it can't
    be had or reached, 500 when it broke.
    """

    def __init__(self, message: str, status: int = 503) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Served:
    """A loaded model of a task under its public name."""

    spec: ModelSpec | FrontierSpec
    model: Model

    def predict(self, value: str | Document) -> Prediction:
        """The model's answer. Raises ModelFailed, Interrupted."""
        with self.telling():
            return self.model.predict(value)

    @property
    def concurrency(self) -> int:
        """How many calls of `predict_many` at once make sense."""
        return self.model.concurrency

    @property
    def batch(self) -> int:
        """How many values a call of `predict_many` is best given."""
        return self.model.batch

    @property
    def worst_cost(self) -> Fraction | None:
        """What no request costs more than, in micro-USD, where something bounds it."""
        return self.model.worst_cost

    def predict_many(self, values: Sequence[Value]) -> list[Answered]:
        """The model's answers to an eval's rows: of each a Prediction or a ModelFailed.

        Raises Interrupted, and Unreachable in words fit for clients.
        """
        try:
            answers = self.model.predict_many(values)
        except Unreachable as error:
            raise self.explained(error) from error
        return [a if isinstance(a, Prediction) else self.explained(a) for a in answers]

    def flight(self) -> RowFlight | None:
        """Another way to ask an eval's rows; what fails in it is to be `explained`."""
        return self.model.flight()

    def explained(self, error: Exception) -> Exception:
        """What befell a row, in words fit for clients: Unreachable, Interrupted, ModelFailed."""
        if isinstance(error, Unreachable):
            return Unreachable(self._words(error))
        return error if isinstance(error, Interrupted) else self._failure(error)

    def identity(self) -> str | None:
        """A digest of what the model's server says that it serves; None where nobody says.

        Raises ModelFailed when it can't be asked.
        """
        try:
            said = self.model.identity()
        except Exception as error:
            raise self._failure(error) from error
        return said and f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The model's answer in pieces, then whole. Raises ModelFailed, Interrupted."""
        with self.telling():
            yield from self.model.stream(value)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the model raises into ModelFailed; Interrupted stays."""
        try:
            yield
        except Interrupted:
            raise
        except Exception as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> ModelFailed:
        log.debug("a request failed", exc_info=error)
        if not isinstance(error, ParetaError):
            return ModelFailed(FAILED, 500)
        is_away = isinstance(error, APIConnectionError | APIStatusError | Unanswered)
        status = 503 if is_away else 422
        return ModelFailed(self._words(error), status)

    def _words(self, error: ParetaError) -> str:
        return FAILED if self._names_a_secret(error.message) else error.message

    def _names_a_secret(self, text: str) -> bool:
        """Whether `text` tells which model an open alias stands for."""
        if isinstance(self.spec, FrontierSpec):
            return False
        real = self.model.name
        secrets = [*self.spec.secrets, real]
        if not isinstance(self.spec, OwnModelSpec):
            secrets += real.split()
        return any(len(secret) > 2 and secret.casefold() in text.casefold() for secret in secrets)


class Fleet:
    """Loads models when they are first needed and keeps them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._served: dict[tuple[str, str], Served] = {}
        self._guards: dict[tuple[str, str], threading.Lock] = {}

    def get(
        self,
        task: CatalogTask,
        model_id: str,
        on_stage: OnStage | None = None,
        deployed: OwnModelSpec | None = None,
    ) -> Served:
        """The task's model with this alias or baseline id, or one that was deployed before.

        Raises ModelFailed.
        """
        spec = deployed or self._catalog.candidate(task, model_id)
        if spec is None:
            raise ModelFailed(f"the task {task.id} has no model {model_id} any more")
        key = (task.content.digest, spec.model_dump_json())
        with self._guards.setdefault(key, threading.Lock()):
            if key not in self._served:
                self._served[key] = self._load(task, spec, on_stage)
            return self._served[key]

    def identity(self, task: CatalogTask, model_id: str) -> str | None:
        """What a project's own model is served as, as a digest; None of any other.

        Raises ModelFailed when its server can't be asked.
        """
        return self.get(task, model_id).identity() if task.own(model_id) else None

    def close(self) -> None:
        """Let go of every model."""
        served, self._served = self._served, {}
        for one in served.values():
            one.model.close()

    def _load(
        self, task: CatalogTask, spec: ModelSpec | FrontierSpec, on_stage: OnStage | None
    ) -> Served:
        def progress(stage: str, _label: str, share: float | None) -> None:
            if on_stage:
                on_stage(stage if stage in STAGES else "loading", share)

        try:
            model = loading.load(task, spec.runtime, spec.options, progress)
        except Exception as error:
            log.debug("loading failed", exc_info=True)
            hidden = isinstance(spec, ModelSpec) and not isinstance(spec, OwnModelSpec)
            if hidden or not isinstance(error, ParetaError):
                raise ModelFailed(NOT_LOADED) from error  # an open model's words may name it
            raise ModelFailed("; ".join(filter(None, (error.message, error.hint)))) from error
        return Served(spec, model)
