"""Rows answered by a model and scored, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.fleet import ModelFailed
from pareta_plan.platform.models.model import Prediction


class Row(NamedTuple):
    """A row to score: its index, what the model gets, and what it should answer."""

    idx: int
    value: str | Document
    expected: Any


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A row's prediction with its score in [0, 1], or why there is none."""

    idx: int
    expected: Any
    prediction: Prediction | None = None
    score: float | None = None
    error: str | None = None


Predict = Callable[[str | Document], Prediction]
"""Answers one request, or raises ParetaError or ModelFailed."""


def scored(task: TaskSpec, predict: Predict, rows: Iterable[Row]) -> Iterator[ScoredRow]:
    """The rows as a model's answers to them are scored; a row is taken when its turn comes."""
    for row in rows:
        try:
            prediction = predict(row.value)
        except (ParetaError, ModelFailed) as error:
            yield ScoredRow(row.idx, row.expected, error=str(error))
        else:
            score = task.answers.score(row.expected, prediction.output)
            yield ScoredRow(row.idx, row.expected, prediction, score)
