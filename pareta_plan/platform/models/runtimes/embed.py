"""Logistic regression on sentence vectors, trained on the dev rows; of one label or several.

Of several labels each is decided by itself. Option: `C`, the inverse strength of the
regularisation; without it the best of STRENGTHS by cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.embedding import Examples, embedder, examples, text_model
from pareta_plan.platform.models.runtimes.folds import Fold, chosen
from pareta_plan.platform.models.runtimes.labels import Labels, Marks, labels_of
from pareta_plan.platform.models.runtimes.training import STAGE
from pareta_plan.platform.models.trained import Arrays, kept
from pareta_plan.platform.sentences.exact import Floats

STRENGTHS = (0.1, 1.0, 10.0, 100.0)
NAME = "logistic regression"
_SURE = 1e3
"""The score of a label that every row has to learn from; of one that none has, its negative."""

Weights = NDArray[Any]
"""A row for each label: a weight for each number of a vector, and a bias."""


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Train the model, or take it as it was trained before.

    Raises ParetaError where the weights can't be had, and for a task of texts without labels.
    """
    labels, embed = labels_of(task), embedder(progress)

    def train() -> Arrays:
        learnt = examples(task, embed, progress)
        progress(STAGE, NAME, None)
        strength = options.get("C") or _strength(task, learnt)
        weights = _fitted(learnt.vectors, labels.marks(learnt.answers), strength, labels)
        return {"weights": weights, "C": np.array(strength)}

    found = kept(task, "embed", options, train)
    weights = found["weights"]
    name = f"{NAME}, C={found['C']:g}, scikit-learn {sklearn.__version__},"
    return text_model(name, embed, lambda vectors: _answers(labels, weights, vectors))


def _strength(task: CatalogTask, learnt: Examples) -> float:
    vectors, marks = learnt.vectors, learnt.labels.marks(learnt.answers)

    def answered(strength: float, fold: Fold) -> Sequence[Any]:
        weights = _fitted(vectors[fold.learnt], marks[fold.learnt], strength, learnt.labels)
        return _answers(learnt.labels, weights, vectors[fold.asked])

    return chosen(STRENGTHS, task.spec.answers, learnt.answers, answered)


def _answers(labels: Labels, weights: Weights, vectors: Floats) -> list[Any]:
    return labels.answers(vectors @ weights[:, :-1].T + weights[:, -1], 0)


def _fitted(vectors: Floats, marks: Marks, strength: float, labels: Labels) -> Weights:
    weights = np.zeros((len(labels.names), vectors.shape[1] + 1))
    weights[:, -1] = np.where(marks.all(axis=0), _SURE, -_SURE)
    if labels.several:
        for n in np.flatnonzero(marks.any(axis=0) & ~marks.all(axis=0)):
            weights[n] = _regression(vectors, marks[:, n], strength)[0]
    else:
        said = marks.argmax(axis=1)
        named = np.unique(said)
        if len(named) > 1:
            found = _regression(vectors, said, strength)
            weights[named] = found if len(named) > 2 else np.concatenate([-found, found])
    return weights


def _regression(vectors: Floats, target: NDArray[Any], strength: float) -> Weights:
    """Of two values one row, which speaks for the higher; else one for each value."""
    regression = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000)
    regression.fit(vectors, target)
    return np.column_stack([regression.coef_, regression.intercept_])
