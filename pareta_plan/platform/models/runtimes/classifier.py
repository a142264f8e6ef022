"""What the small text classifiers have in common: a text in, one of the task's labels out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import thread_time

from pareta_plan.errors import ParetaError
from pareta_plan.platform.model import Document, Prediction

CONTEXT_K = 100
_MAX_CHARS = CONTEXT_K * 1000 * 4  # about four characters a token


def text_of(value: str | Document) -> str:
    """The text of a request. Raises ParetaError for a document."""
    if isinstance(value, Document):
        raise ParetaError("this model reads text, not documents")
    return value


class TextClassifier:
    """A deterministic classifier around `classify`; reads the first 400,000 characters.

    `cpu_seconds` is the time of the calling thread, which does all the work.
    """

    deterministic = True
    context_k = CONTEXT_K

    def __init__(self, name: str, classify: Callable[[str], str]) -> None:
        self.name = name
        self._classify = classify

    def predict(self, value: str | Document) -> Prediction:
        """The label of a text. Raises ParetaError for a document."""
        text = text_of(value)[:_MAX_CHARS]
        started = thread_time()
        label = self._classify(text)
        return Prediction(label, thread_time() - started)

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The label as one piece: it is known only as a whole."""
        prediction = self.predict(value)
        yield str(prediction.output)
        yield prediction
