"""SmolLM2-135M-Instruct through llama.cpp, held to the task's answers by a grammar.

A classification is answered by one of the labels, an extraction by a JSON object of the
task's fields. An input too long for the context loses its end. Options: `shots`, how many
dev rows are shown as examples, one per label in turn (default 0).

Every answer is well formed, so a model out of its depth answers everything with the same
label: boards count the labels for that reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.llama.llama import CONTEXT, Engine, Reply, engine
from pareta_plan.platform.models.model import Model, Prediction, Progress
from pareta_plan.platform.models.pricing import on_cpu
from pareta_plan.platform.models.runtimes.text_model import text_of
from pareta_plan.platform.models.turns import Lane

_MESSAGE_TOKENS = 8  # what the chat template adds to a message
_LEAST_ROOM = 256  # tokens that must be left for an input

Message = dict[str, str]


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> SmolLM:
    """Load the model. Raises ParetaError without weights, or when the examples don't fit."""
    shots = int(options.get("shots", 0))
    if shots and task.spec.blob_field is not None:
        raise ParetaError(f"{task.id} reads documents: its rows can't be shown as examples")
    fixed = [Message(role="system", content=task.spec.prompt), *_examples(task, shots)]
    return SmolLM(task.spec, engine(progress), fixed)


class SmolLM(Model):
    """The model with one task's fixed messages, which stay in the prompt cache."""

    deterministic = False  # thread timing and the CPU's vector width change its sums
    context_k = CONTEXT // 1000

    def __init__(self, spec: TaskSpec, engine: Engine, fixed: list[Message]) -> None:
        self.name = f"SmolLM2-135M-Instruct Q4_1, xllamacpp {version('xllamacpp')}"
        self._spec = spec
        self._engine = engine
        self._fixed = fixed
        self._constraint = spec.answers.constraint()
        fixed_tokens = engine.count("\n".join(message["content"] for message in fixed))
        overhead = _MESSAGE_TOKENS * (len(fixed) + 2)
        self._room = CONTEXT - self._constraint["max_tokens"] - fixed_tokens - overhead
        if self._room < _LEAST_ROOM:
            raise ParetaError(f"the instruction and examples of {spec.id} fill the model's context")

    def predict(self, value: str | Document) -> Prediction:
        """Answer a text. Raises ParetaError for a document."""
        return self._predict(value, Lane.LIVE)

    def _predict(self, value: str | Document, lane: Lane) -> Prediction:
        return self._prediction(self._engine.chat(self._request(text_of(value)), lane))

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """The answer's text as llama.cpp writes it, then the Prediction; raises as `predict`."""
        for item in self._engine.stream(self._request(text_of(value))):
            yield self._prediction(item) if isinstance(item, Reply) else item

    def _request(self, text: str) -> dict[str, Any]:
        messages = [*self._fixed, Message(role="user", content=self._fitting(text))]
        options = {"temperature": 0, "cache_prompt": True}
        return {"messages": messages, **options, **self._constraint}

    def _fitting(self, text: str) -> str:
        """The start of `text` that leaves room for the answer."""
        text = text[: self._room * 16]  # hardly a token is longer; spares counting novels
        while len(text.encode()) > self._room and (tokens := self._engine.count(text)) > self._room:
            text = text[: len(text) * self._room // tokens]
        return text

    def _prediction(self, reply: Reply) -> Prediction:
        tokens = reply.prompt_tokens, reply.completion_tokens
        try:
            output = self._spec.answers.read(reply.text)
        except ValueError:
            answer = on_cpu(reply.text, reply.cpu_seconds, *tokens)
            return replace(answer, fault="cut" if reply.cut else "not_json")
        return on_cpu(output, reply.cpu_seconds, *tokens)


def _examples(task: CatalogTask, shots: int) -> list[Message]:
    messages: list[Message] = []
    for row in task.spec.answers.in_turn(task.rows("dev") if shots else [])[:shots]:
        expected = row["expected"]
        answer = expected if isinstance(expected, str) else json.dumps(expected)
        messages += [Message(role="user", content=row["input"])]
        messages += [Message(role="assistant", content=answer)]
    return messages
