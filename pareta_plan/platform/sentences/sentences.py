"""The process's sentence model, loaded when it is first asked for."""

from __future__ import annotations

import os
from threading import Lock

from threadpoolctl import threadpool_limits

from pareta_plan.errors import ParetaError
from pareta_plan.platform.pulled import Told, pulled
from pareta_plan.platform.sentences.minilm import MiniLM
from pareta_plan.platform.sentences.onnx import initializers
from pareta_plan.platform.sentences.tokens import vocabulary
from pareta_plan.platform.sentences.weights import MODEL, TOKENIZER

ENV_SEMANTIC = "PARETA_PLAN_SEMANTIC"
OFF = "off"

_LOADING = Lock()
_loaded: list[MiniLM] = []


def model(progress: Told | None = None) -> MiniLM:
    """The model for matching intents: as `loaded`.

    Raises ParetaError when `PARETA_PLAN_SEMANTIC` is `off`, too.
    """
    if os.environ.get(ENV_SEMANTIC) == OFF:
        raise ParetaError(f"{ENV_SEMANTIC} is {OFF}")
    return loaded(progress)


def loaded(progress: Told | None = None) -> MiniLM:
    """The model, its weights pulled where the user's cache hasn't them.

    Matrices are multiplied on one thread from then on: a text's are so small that threads wait
    for each other longer than they compute, and thirty times as long on a busy machine.
    Raises ParetaError where they can't be had.
    """
    with _LOADING:
        if not _loaded:
            told = progress or _quietly
            weights, tokenizer = (pulled(pinned, told) for pinned in (MODEL, TOKENIZER))
            threadpool_limits(1, user_api="blas")
            pieces = vocabulary(tokenizer.read_bytes())
            _loaded.append(MiniLM(initializers(weights.read_bytes()), pieces))
        return _loaded[0]


def _quietly(_stage: str, _label: str, _share: float | None) -> None:
    """Progress of a pull that nobody waits for at a terminal."""
