"""Trains a scikit-learn pipeline on a task's dev rows."""

from __future__ import annotations

from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.text_model import classifier


def train(task: CatalogTask, name: str, pipeline: Any, progress: Progress) -> Model:
    """Fit `pipeline` on all dev rows; takes about a second for a few hundred.

    Raises ParetaError when `task` is no text classification or its dev rows have only one label.
    """
    import sklearn

    if task.spec.labels is None or task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} is no text classification: this model can't do it")
    rows = task.rows("dev")
    if len({row["expected"] for row in rows}) < 2:
        raise ParetaError(f"{task.id} needs dev rows of two labels or more to train on")
    progress("training", f"{name}, {len(rows)} rows", None)
    pipeline.fit([row["input"] for row in rows], [row["expected"] for row in rows])
    return classifier(
        f"{name}, scikit-learn {sklearn.__version__}", lambda text: str(pipeline.predict([text])[0])
    )
