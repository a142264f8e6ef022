"""What the models written in Python have in common: a text in, an answer out, CPU time spent."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from time import thread_time
from typing import Any

from pareta_plan.errors import RowsError
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import Answered, Model, Prediction
from pareta_plan.platform.models.pricing import on_cpu
from pareta_plan.platform.models.turns import Lane, Turns

CONTEXT_K = 100
_MAX_CHARS = CONTEXT_K * 1000 * 4  # about four characters a token
BATCH = 128
"""Texts a call: its overhead is little beside them, and a live request waits some 50 ms at most."""

# They hold Python's lock while they work: with more of them at once all of them, and whoever
# waits for anything else, would only be slower. One processor is left to the others.
_TURNS = Turns(max(1, (os.cpu_count() or 1) - 1))

Answer = Callable[[str], Any]
AnswerAll = Callable[[list[str]], Sequence[Any]]


def text_of(value: str | Document) -> str:
    """The text of a request. Raises RowsError for a document."""
    if isinstance(value, Document):
        raise RowsError("this model reads text, and was given a document")
    return value


class TextModel(Model):
    """A deterministic model around `answer`, or around `answer_all` where many texts are faster.

    `cpu_seconds` is the time of the calling thread, which does all the work.
    """

    deterministic = True

    def __init__(
        self,
        name: str,
        context_k: int,
        answer: Answer,
        answer_all: AnswerAll | None = None,
        batch: int = BATCH,
    ) -> None:
        self.name = name
        self.context_k = context_k
        self.batch = batch if answer_all else 1
        self._answer = answer
        self._answer_all = answer_all

    def predict(self, value: str | Document) -> Prediction:
        """The answer to a text. Raises RowsError for a document."""
        return self._predict(value, Lane.LIVE)

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The answer as one piece, objects as JSON: it is known only as a whole."""
        prediction = self.predict(value)
        output = prediction.output
        yield output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        yield prediction

    def predict_many(self, values: Sequence[str | Document]) -> list[Answered]:
        """Answers to texts: one by one where the model can't do otherwise, or can't do one."""
        texts = [value for value in values if isinstance(value, str)]
        if self._answer_all and len(texts) == len(values) > 1:
            try:
                return self._predict_all(self._answer_all, texts)
            except Exception:  # noqa: S110  (one of them: which it is, asking each tells)
                pass
        return [self._answered(value, Lane.ROWS) for value in values]

    def _predict(self, value: str | Document, lane: Lane) -> Prediction:
        text = text_of(value)
        with _TURNS.taken(lane):
            started = thread_time()
            output = self._answer(text)
            return on_cpu(output, thread_time() - started)

    def _predict_all(self, answer_all: AnswerAll, texts: list[str]) -> list[Answered]:
        """The answers of one call, each with its share of the CPU time: that of its length."""
        with _TURNS.taken(Lane.ROWS):
            started = thread_time()
            outputs = answer_all(texts)
            spent = thread_time() - started
        second = spent / sum(len(text) + 1 for text in texts)
        return [
            on_cpu(output, second * (len(text) + 1))
            for text, output in zip(texts, outputs, strict=True)
        ]


def classifier(
    name: str, classify: Callable[[str], str], classify_all: AnswerAll | None = None
) -> TextModel:
    """A classifier of texts; reads the first 400,000 characters."""

    def start(text: str) -> str:
        return text[:_MAX_CHARS]

    all_starts = classify_all and (lambda texts: classify_all([start(text) for text in texts]))
    return TextModel(name, CONTEXT_K, lambda text: classify(start(text)), all_starts)
