"""Candidates by what they mean: the cosine of their sentence vectors with the query's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.embedding import CONTEXT_K, MODEL, embedder
from pareta_plan.platform.models.runtimes.ordering import check, ordering


def load(task: CatalogTask, _options: dict[str, Any], progress: Progress) -> Model:
    """The model, which learns nothing of the task.

    Raises ParetaError where the weights can't be had, and for a task that ranks no candidates.
    """
    check(task)
    embed = embedder(progress)

    def cosines(query: str, texts: Sequence[str]) -> NDArray[Any]:
        vectors = embed([query, *texts])
        found: NDArray[Any] = vectors[1:] @ vectors[0]
        return found

    return ordering(f"cosine on {MODEL}", CONTEXT_K, cosines)
