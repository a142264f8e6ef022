"""Reads a document to text and hands it to the runtime named in `options["inner"]`.

Text that was not in a document goes to that runtime as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.document import Document
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Answered, Model, Prediction, Progress
from pareta_plan.platform.models.pricing import and_cpu
from pareta_plan.platform.models.reading.readers import readers


class DocumentReader(Model):
    """A model of text that is given a document's text."""

    def __init__(self, inner: Model) -> None:
        self.inner = inner
        self.name = f"{readers.ocr()}+{inner.name}"
        self.deterministic = inner.deterministic
        self.context_k = inner.context_k

    def predict(self, value: str | Document) -> Prediction:
        """Read and answer. Raises RowsError for a document that can't be read."""
        text, seconds = _read(value)
        return and_cpu(self.inner.predict(text), seconds)

    def predict_many(self, values: Sequence[str | Document]) -> list[Answered]:
        """Read each and answer, where the inner model lets live requests go first."""
        return [self._read_and_answered(value) for value in values]

    def _read_and_answered(self, value: str | Document) -> Answered:
        try:
            text, seconds = _read(value)
        except ParetaError as error:
            return error
        (answer,) = self.inner.predict_many([text])
        return and_cpu(answer, seconds) if isinstance(answer, Prediction) else answer

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The inner model's stream, its last prediction with the time of reading."""
        text, seconds = _read(value)
        for piece in self.inner.stream(text):
            yield and_cpu(piece, seconds) if isinstance(piece, Prediction) else piece


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """Load the inner runtime; `options` but for `inner` are its options."""
    inner_options = {key: value for key, value in options.items() if key != "inner"}
    return DocumentReader(loading.load(task, options["inner"], inner_options, progress))


def _read(value: str | Document) -> tuple[str, float]:
    if isinstance(value, str):
        return value, 0.0
    reading = readers.read(value)
    return reading.text, reading.cpu_seconds
