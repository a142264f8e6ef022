"""The labels of the nearest dev rows, by the cosine of sentence vectors; of one label or several.

A neighbour's vote counts as much as it is near. One label is that of the most votes; of several
each is given that has more than half of them. Option: `k`, how many neighbours vote; without it
the best of NEAREST by cross-validation.

Source: T. Cover and P. Hart, "Nearest neighbor pattern classification", IEEE Transactions on
Information Theory 13 (1967); votes weighted as in S. Dudani, "The distance-weighted k-nearest-
neighbor rule", IEEE Transactions on Systems, Man, and Cybernetics 6 (1976), but by the cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.embedding import Examples, embedder, examples, text_model
from pareta_plan.platform.models.runtimes.folds import Fold, chosen
from pareta_plan.platform.models.runtimes.labels import Marks
from pareta_plan.platform.models.runtimes.training import STAGE
from pareta_plan.platform.models.trained import kept
from pareta_plan.platform.sentences.exact import Floats

NEAREST = (1, 3, 5, 9, 15, 25)
NAME = "nearest neighbours"
_HALF = 0.5
_LEAST = 1e-12
_DIGITS = 6
"""Of a cosine: further ones hang on how many texts are compared at once."""


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Take the dev rows' vectors.

    Raises ParetaError where the weights can't be had, and for a task of texts without labels.
    """
    embed = embedder(progress)
    learnt = examples(task, embed, progress)
    marks = learnt.labels.marks(learnt.answers)

    def choose() -> dict[str, NDArray[Any]]:
        progress(STAGE, NAME, None)
        return {"k": np.array(options.get("k") or _nearest(task, learnt))}

    k = int(kept(task, "neighbours", options, choose)["k"])

    def answers(vectors: Floats) -> list[Any]:
        return learnt.labels.answers(_votes(learnt.vectors, marks, vectors, k), _HALF)

    return text_model(f"{k} {NAME}", embed, answers)


def _nearest(task: CatalogTask, learnt: Examples) -> int:
    vectors, marks = learnt.vectors, learnt.labels.marks(learnt.answers)

    def answered(k: int, fold: Fold) -> Sequence[Any]:
        known, asked = fold
        votes = _votes(vectors[known], marks[known], vectors[asked], k)
        return learnt.labels.answers(votes, _HALF)

    return chosen(NEAREST, task.spec.answers, learnt.answers, answered)


def _votes(known: Floats, marks: Marks, asked: Floats, k: int) -> NDArray[Any]:
    """The share of the votes for each label."""
    cosines = np.round(asked @ known.T, _DIGITS).astype(np.float64)
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    weights = np.clip(np.take_along_axis(cosines, near, axis=1), 0, None)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), _LEAST)
    return np.asarray(np.einsum("nk,nkl->nl", weights, marks[near]))
