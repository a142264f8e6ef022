"""What the models written in Python have in common: a text in, an answer out, CPU time spent."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from time import thread_time
from typing import Any

from pareta_plan.errors import RowsError
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import Model, Prediction
from pareta_plan.platform.models.pricing import on_cpu

CONTEXT_K = 100
_MAX_CHARS = CONTEXT_K * 1000 * 4  # about four characters a token

# They hold Python's lock while they work: with more of them at once all of them, and whoever
# waits for anything else, would only be slower. One processor is left to the others.
_TURNS = BoundedSemaphore(max(1, (os.cpu_count() or 1) - 1))


def text_of(value: str | Document) -> str:
    """The text of a request. Raises RowsError for a document."""
    if isinstance(value, Document):
        raise RowsError("this model reads text, and was given a document")
    return value


class TextModel(Model):
    """A deterministic model around `answer`.

    `cpu_seconds` is the time of the calling thread, which does all the work.
    """

    deterministic = True

    def __init__(self, name: str, context_k: int, answer: Callable[[str], Any]) -> None:
        self.name = name
        self.context_k = context_k
        self._answer = answer

    def predict(self, value: str | Document) -> Prediction:
        """The answer to a text. Raises RowsError for a document."""
        text = text_of(value)
        with _TURNS:
            started = thread_time()
            output = self._answer(text)
            return on_cpu(output, thread_time() - started)

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The answer as one piece, objects as JSON: it is known only as a whole."""
        prediction = self.predict(value)
        output = prediction.output
        yield output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        yield prediction


def classifier(name: str, classify: Callable[[str], str]) -> TextModel:
    """A classifier of texts; reads the first 400,000 characters."""
    return TextModel(name, CONTEXT_K, lambda text: classify(text[:_MAX_CHARS]))
