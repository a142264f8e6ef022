"""What a model is asked and what it replied, whatever protocol its server speaks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pareta_plan.platform.document import Document
from pareta_plan.platform.providers.schemas import closed, is_strict

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Content = str | tuple[str | Document, ...]
"""Text, or texts and images in their order."""
Finish = Literal["stop", "length", "content_filter", "tool_calls"]
LABEL = "label"
ANSWER = "answer"
"""The member that holds a label, or a list: servers hold objects to a schema, nothing else."""

_HELD_BY_NOBODY = ("array", "string", "number", "integer", "boolean")
_BYTES_A_TOKEN = 3
_TOKENS_A_MESSAGE = 16
_TOKENS_OF_A_TEMPLATE = 1024
"""What a server says before the first message, the most for the use of a tool."""
_TOKENS_AN_IMAGE = 1600


@dataclass(frozen=True)
class Wanted:
    """What an answer must be: one of the labels, or JSON that fits the schema.

    One is asked for many times, so what follows from it is made once.
    """

    labels: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if bool(self.labels) == (self.schema is not None):
            raise ValueError("an answer is held to labels or to a schema")

    @cached_property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of what the model writes."""
        if self.member is None:
            return dict(self.schema or {})
        label = {"type": "string", "enum": list(self.labels)}
        return {
            "type": "object",
            "properties": {self.member: self.schema if self.schema is not None else label},
            "required": [self.member],
            "additionalProperties": False,
        }

    @property
    def member(self) -> str | None:
        """The member that holds the answer; None where that is an object itself."""
        if self.schema is None:
            return LABEL
        return ANSWER if self.schema.get("type") in _HELD_BY_NOBODY else None

    @cached_property
    def closed_schema(self) -> dict[str, Any]:
        """The part of it that vendors hold an answer to."""
        return closed(self.json_schema)

    @cached_property
    def is_strict(self) -> bool:
        """Whether that part is one that OpenAI calls strict."""
        return is_strict(self.closed_schema)

    @cached_property
    def instruction(self) -> str:
        """The demand in words, for servers that don't tell the model of a schema."""
        schema = json.dumps(self.json_schema, ensure_ascii=False, separators=(",", ":"))
        return f"Answer with JSON alone, valid under this JSON Schema:\n{schema}"

    @cached_property
    def validator(self) -> Validator:
        """What an answer under the schema is held against."""
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.json_schema)

    def written(self, output: Any) -> str:
        """An answer as the model is to write it."""
        value = {self.member: output} if self.member else output
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Example:
    """A row as the model is shown it, with its right answer."""

    content: Content
    output: Any


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. `max_tokens` bounds the answer, and so what it can cost."""

    content: Content
    max_tokens: int
    system: str = ""
    examples: tuple[Example, ...] = ()
    wanted: Wanted | None = None
    temperature: float = 0.0
    seed: int | None = 0

    def texts(self) -> list[str]:
        """Every text that the model reads."""
        contents = [one.content for one in self.examples] + [self.content]
        said = [self.wanted.written(e.output) if self.wanted else "" for e in self.examples]
        demand = self.wanted.instruction if self.wanted else ""
        texts = [part for content in contents for part in parts(content) if isinstance(part, str)]
        return [self.system, demand, *texts, *said]

    def images(self) -> int:
        """How many images the model reads."""
        contents = [one.content for one in self.examples] + [self.content]
        return sum(isinstance(part, Document) for content in contents for part in parts(content))

    def most_prompt_tokens(self, context_tokens: int | None) -> int | None:
        """As many tokens as the prompt can have; None when nothing bounds an image.

        A token is at least one byte of text; a schema may be told twice, by us and by the server.
        What a model reads is never more than its context.
        """
        if self.images():
            return context_tokens
        schema = _size([self.wanted.instruction]) if self.wanted else 0
        messages = _TOKENS_A_MESSAGE * (2 * len(self.examples) + 2) + _TOKENS_OF_A_TEMPLATE
        most = _size(self.texts()) + schema + messages
        return min(most, context_tokens) if context_tokens else most

    def likely_tokens(self) -> int:
        """About how many tokens prompt and answer have: for pacing alone, never for money."""
        return (
            _size(self.texts()) // _BYTES_A_TOKEN
            + self.images() * _TOKENS_AN_IMAGE
            + self.max_tokens
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them: all of the prompt, those of it that a cache had or took.

    `completion_tokens` includes what a model thought without showing it.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `usage` is None where the provider told none, or nonsense.

    `model` and `fingerprint` are what the server says that it ran. `seconds` is the last try's.
    `lost` is how many earlier tries broke after the provider may have begun to bill them.
    """

    text: str = field(repr=False)
    finish: Finish
    refused: bool = False
    usage: Usage | None = None
    model: str | None = None
    fingerprint: str | None = None
    tries: int = 1
    lost: int = 0
    seconds: float = 0.0


def parts(content: Content) -> tuple[str | Document, ...]:
    """The parts of a content."""
    return (content,) if isinstance(content, str) else content


def _size(texts: Iterable[str]) -> int:
    """Bytes of UTF-8; what UTF-8 has no bytes for is sent as an escape."""
    return sum(len(text.encode(errors="backslashreplace")) for text in texts)
