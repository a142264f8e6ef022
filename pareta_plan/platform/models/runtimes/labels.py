"""A task's labels as the columns of a table: one of a row's is right, or any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask

Marks = NDArray[np.bool_]
"""A row for each text, a column for each label: whether it is right."""
Scores = NDArray[Any]
"""Likewise: how much speaks for it."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels, by their columns; `several` where a row may have any number of them."""

    names: tuple[str, ...]
    several: bool

    def marks(self, answers: Sequence[Any]) -> Marks:
        """Which labels are in rows' answers."""
        sets = [set(answer) if self.several else {answer} for answer in answers]
        return np.array([[name in said for name in self.names] for said in sets], np.bool_)

    def answers(self, scores: Scores, least: float) -> list[Any]:
        """The label of the highest score, the first of equals; or all with more than `least`."""
        if self.several:
            return [self._above(row, least) for row in scores]
        return [self.names[n] for n in scores.argmax(axis=1)]

    def _above(self, row: Scores, least: float) -> list[str]:
        return [name for name, score in zip(self.names, row, strict=True) if score > least]


def labels_of(task: CatalogTask) -> Labels:
    """A task's labels. Raises ParetaError for a task of texts that has none."""
    if task.spec.labels is None or task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} labels no texts: this model can't do it")
    return Labels(tuple(task.spec.labels), task.spec.kind == "labelling")
