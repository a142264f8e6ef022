"""What scikit-learn's pipelines are trained on, and the models that they become."""

from __future__ import annotations

from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Model
from pareta_plan.platform.models.runtimes.text_model import classifier

STAGE = "training"


def examples(task: CatalogTask) -> tuple[list[str], list[str]]:
    """The texts of all dev rows, and their labels.

    Raises ParetaError when `task` is no text classification or its dev rows have only one label.
    """
    if task.spec.labels is None or task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} is no text classification: this model can't do it")
    rows = task.rows("dev")
    if len({row["expected"] for row in rows}) < 2:
        raise ParetaError(f"{task.id} needs dev rows of two labels or more to train on")
    return [row["input"] for row in rows], [row["expected"] for row in rows]


def trained(name: str, pipeline: Any) -> Model:
    """The model of a pipeline that is fitted."""
    import sklearn

    def labels(texts: list[str]) -> list[str]:
        return [str(label) for label in pipeline.predict(texts)]

    full_name = f"{name}, scikit-learn {sklearn.__version__}"
    return classifier(full_name, lambda text: labels([text])[0], labels)
