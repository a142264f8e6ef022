"""Extraction by hand-written rules: patterns for values, keywords for their places."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pareta_plan.errors import PlatformError, RowsError
from pareta_plan.platform.model import Document, Model, Prediction, Progress
from pareta_plan.platform.models.extraction import contract_rules, invoice_rules

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.catalog import CatalogTask

_CONTEXT_K = 128

_EXTRACTORS: dict[str, Callable[[str], dict[str, Any]]] = {
    "contract-key-fields": contract_rules.extract,
    "invoice-extraction": invoice_rules.extract,
}


class Rules:
    """The rules of one task."""

    deterministic = True
    context_k = _CONTEXT_K

    def __init__(self, task_id: str, extract: Callable[[str], dict[str, Any]]) -> None:
        self.name = f"rules-{task_id}-1.0"
        self._extract = extract

    def predict(self, value: str | Document) -> Prediction:
        """The fields found in a text. Raises RowsError for a document."""
        if isinstance(value, Document):
            raise RowsError("this model reads text, and was given a document")
        start = time.thread_time()
        output = self._extract(value)
        return Prediction(output, time.thread_time() - start)

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The fields as JSON in one piece, then the prediction."""
        prediction = self.predict(value)
        yield json.dumps(prediction.output, ensure_ascii=False)
        yield prediction


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """The rules of `task`. Raises PlatformError for a task that has none."""
    extract = _EXTRACTORS.get(task.id)
    if extract is None:
        raise PlatformError(
            f"no extraction rules for task {task.id}",
            hint=f"there are rules for: {', '.join(_EXTRACTORS)}",
        )
    return Rules(task.id, extract)
