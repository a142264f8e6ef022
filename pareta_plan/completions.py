"""Chats and models as OpenAI's format has them, which both ends of the wire speak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pareta_plan.wire import Wire


class Message(Wire):
    """A chat message, or a stream's delta."""

    role: str | None = None
    content: Any = None


class Choice(Wire):
    """One alternative of a completion."""

    index: int = 0
    message: Message | None = None
    delta: Message | None = None
    finish_reason: str | None = None


class Usage(Wire):
    """Tokens counted by the model that served the request."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class ChatCompletion(Wire):
    """An answer in OpenAI's wire format."""

    id: str
    model: str | None = None
    object: str = "chat.completion"
    created: int | None = None
    choices: list[Choice] = []  # noqa: RUF012 - pydantic copies its defaults
    usage: Usage | None = None


class ChatCompletionChunk(ChatCompletion):
    """A piece of a streamed answer: `choices[0].delta.content` is its text."""


class Model(Wire):
    """A deployed endpoint as OpenAI's model list shows it."""

    id: str
    owned_by: str | None = None
    created: int | None = None
    object: str = "model"


class ModelList(Wire):
    """OpenAI's model list; iterating gives the models."""

    data: list[Model] = []  # noqa: RUF012

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Model]:  # type: ignore[override]
        return iter(self.data)
