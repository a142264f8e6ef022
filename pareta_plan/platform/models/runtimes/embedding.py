"""What the models on sentence vectors have in common: texts in, labels by their vectors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.models.model import Progress
from pareta_plan.platform.models.runtimes.labels import Labels, labels_of
from pareta_plan.platform.models.runtimes.text_model import TextModel
from pareta_plan.platform.models.trained import Arrays, kept_of
from pareta_plan.platform.sentences import passages
from pareta_plan.platform.sentences.exact import Floats
from pareta_plan.platform.sentences.sentences import loaded

MODEL = "all-MiniLM-L6-v2, eight bits"
CONTEXT_K = 1
"""Of a text 640 words are read at most."""
BATCH = 8
"""Texts a call, for which a live request waits."""

_STAGE = "training"
_GROUP = 32

Embed = Callable[[Sequence[str]], Floats]


class Examples(NamedTuple):
    """A task's dev rows: their vectors and answers, and the labels that those are made of."""

    vectors: Floats
    answers: list[Any]
    labels: Labels


def embedder(progress: Progress) -> Embed:
    """What turns texts into vectors, in the thread that asks and in no other.

    Raises ParetaError where the weights can't be had.
    """
    model = loaded(progress)
    _one_thread()
    return lambda texts: passages.vectors(model, texts)


def examples(task: CatalogTask, embed: Embed, progress: Progress) -> Examples:
    """The dev rows, their vectors from the user's cache where they are.

    Raises ParetaError for a task of texts that has no labels.
    """
    labels, rows = labels_of(task), task.rows("dev")
    texts = [row["input"] for row in rows]

    def embedded() -> Arrays:
        parts = []
        for at in range(0, len(texts), _GROUP):
            progress(_STAGE, MODEL, at / len(texts))
            parts.append(embed(texts[at : at + _GROUP]))
        return {"vectors": np.concatenate(parts)}

    vectors = kept_of([MODEL, texts], embedded)["vectors"]
    return Examples(vectors, [row["expected"] for row in rows], labels)


def text_model(name: str, embed: Embed, answers: Callable[[Floats], Sequence[Any]]) -> TextModel:
    """The model that answers texts by their vectors."""

    def answer_all(texts: Sequence[str]) -> Sequence[Any]:
        return answers(embed(texts))

    def answer(text: str) -> Any:
        return answer_all([text])[0]

    return TextModel(f"{name} on {MODEL}", CONTEXT_K, answer, answer_all, BATCH)


@cache
def _one_thread() -> None:
    """Have matrices multiplied by the thread that asks: its time is what a request costs."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
