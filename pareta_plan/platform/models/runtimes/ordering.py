"""Candidates in the order of how much they have in common with a query, for tasks of that kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pareta_plan.errors import ParetaError, RowsError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.kinds.ranking import Candidates, Ranking, candidates
from pareta_plan.platform.models.runtimes.text_model import TextModel

_DIGITS = 6
"""Of a cosine; nearer candidates stand in their order in the row."""

Cosines = Callable[[str, Sequence[str]], NDArray[Any]]
"""Of a query's vector with those of texts."""


def check(task: CatalogTask) -> None:
    """Raises ParetaError for a task that doesn't put candidates of a text in order."""
    if task.spec.kind != Ranking.name or task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} ranks no candidates: this model can't do it")


def asked(text: str) -> Candidates:
    """A row's query and candidates. Raises RowsError where it has another form."""
    try:
        return candidates(text)
    except ValueError as bad:
        raise RowsError(f"this model can't read the candidates: {bad}") from None


def ordering(name: str, context_k: int, cosines: Cosines) -> TextModel:
    """The model that puts the nearest first."""

    def answer(text: str) -> list[str]:
        query, texts = asked(text)
        near = np.round(cosines(query, [*texts.values()]), _DIGITS)
        return [[*texts][n] for n in np.argsort(-near, kind="stable")]

    return TextModel(name, context_k, answer)
