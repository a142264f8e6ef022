"""SmolLM2-135M-Instruct through llama.cpp, held to the task's answers by a grammar.

A classification is answered by one of the labels, an extraction by a JSON object of the
task's fields. An input too long for the context loses its end. Options: `shots`, how many
dev rows are shown as examples, one per label in turn (default 0).

Every answer is well formed, so a model out of its depth answers everything with the same
label: boards count the labels for that reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.model import Document, Prediction, Progress
from pareta_plan.platform.models.llama.llama import CONTEXT, Engine, Reply, engine
from pareta_plan.platform.models.runtimes.classifier import text_of

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.catalog import CatalogTask
    from pareta_plan.platform.catalog.spec import FieldSpec, TaskSpec

_ANSWER_TOKENS = 512  # of an extraction
_MAX_CHARACTERS = {"text": 60, "name": 60, "date": 20, "money": 24, "number": 12}
_LIST_ITEMS = 8
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


class SmolLM:
    """The model with one task's fixed messages, which stay in the prompt cache."""

    deterministic = False  # thread timing and the CPU's vector width change its sums
    context_k = CONTEXT // 1000

    def __init__(self, spec: TaskSpec, engine: Engine, fixed: list[Message]) -> None:
        self.name = f"SmolLM2-135M-Instruct Q4_1, xllamacpp {version('xllamacpp')}"
        self._spec = spec
        self._engine = engine
        self._fixed = fixed
        self._constraint = constraint(spec)
        fixed_tokens = engine.count("\n".join(message["content"] for message in fixed))
        overhead = _MESSAGE_TOKENS * (len(fixed) + 2)
        self._room = CONTEXT - self._constraint["max_tokens"] - fixed_tokens - overhead
        if self._room < _LEAST_ROOM:
            raise ParetaError(f"the instruction and examples of {spec.id} fill the model's context")

    def predict(self, value: str | Document) -> Prediction:
        """Answer a text. Raises ParetaError for a document, or when the answer was cut."""
        return self._prediction(self._engine.chat(self._request(text_of(value))))

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
        return Prediction(
            output=_parse(self._spec, reply),
            cpu_seconds=reply.cpu_seconds,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
        )


def constraint(spec: TaskSpec) -> dict[str, Any]:
    """What bounds the answer: a grammar of the labels or a JSON schema, and a number of tokens."""
    if spec.labels is not None:
        choices = " | ".join(json.dumps(label, ensure_ascii=False) for label in spec.labels)
        longest = max(len(label.encode()) for label in spec.labels)  # a token is a byte or more
        return {"grammar": f"root ::= {choices}", "max_tokens": longest + 1}
    return {"json_schema": _object(spec.fields or {}), "max_tokens": _ANSWER_TOKENS}


def _object(fields: Mapping[str, FieldSpec]) -> dict[str, Any]:
    properties = {name: _value(field) for name, field in fields.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _value(field: FieldSpec) -> dict[str, Any]:
    """A field's schema with an end to it: a small model goes on writing for as long as it may."""
    if field.type == "list":
        items = _object(field.fields) if field.fields else {"type": "string", "maxLength": 60}
        return {"type": "array", "items": items, "maxItems": _LIST_ITEMS}
    return {"type": ["string", "null"], "maxLength": _MAX_CHARACTERS[field.type]}


def _examples(task: CatalogTask, shots: int) -> list[Message]:
    messages: list[Message] = []
    for row in _in_turn(task.spec, task.rows("dev") if shots else [])[:shots]:
        expected = row["expected"]
        answer = expected if isinstance(expected, str) else json.dumps(expected)
        messages += [Message(role="user", content=row["input"])]
        messages += [Message(role="assistant", content=answer)]
    return messages


def _in_turn(spec: TaskSpec, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows so that labels take turns, each label's rows in their order."""
    if spec.labels is None:
        return list(rows)
    labels = list(spec.labels)
    seen = dict.fromkeys(labels, 0)
    keyed = []
    for row in rows:
        label = row["expected"]
        keyed.append((seen[label], labels.index(label), row))
        seen[label] += 1
    return [row for *_, row in sorted(keyed, key=lambda item: item[:2])]


def _parse(spec: TaskSpec, reply: Reply) -> Any:
    if spec.labels is not None:
        return reply.text
    try:
        return json.loads(reply.text)
    except ValueError:
        cut = f"was cut after {reply.completion_tokens} tokens" if reply.cut else "is no JSON"
        raise ParetaError(f"the language model's answer {cut}") from None
