"""The protocols that providers speak, seen from chat completions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from pydantic import SecretStr

from pareta_plan.hosts.vendors import VENDORS
from pareta_plan.platform.providers import chat_completions, messages
from pareta_plan.platform.providers.abilities import Abilities
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.request import Request
from pareta_plan.platform.providers.sse import Event


class Dialect(Protocol):
    """How one protocol asks, and how it answers."""

    path: str

    def headers(self, key: SecretStr | None) -> dict[str, str]:
        """The headers that a request needs."""

    def asked(self, request: Request, model: str, abilities: Abilities) -> dict[str, Any]:
        """The body that asks a request."""

    def passed(self, body: Mapping[str, Any], abilities: Abilities) -> dict[str, Any]:
        """The body that passes a body of chat completions on. Raises ValueError."""

    def completion(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A whole answer as a completion. Raises NotAnswered."""

    def chunks(self, events: AsyncIterator[Event]) -> AsyncIterator[dict[str, Any]]:
        """A stream as chunks of a completion. Raises ValueError."""


class OpenAI:
    """OpenAI's chat completions, and what calls itself compatible."""

    path = "/chat/completions"

    def __init__(self, *, tells: bool) -> None:
        self._tells = tells

    def headers(self, key: SecretStr | None) -> dict[str, str]:
        """A bearer's."""
        return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}

    def asked(self, request: Request, model: str, abilities: Abilities) -> dict[str, Any]:
        """As it is documented."""
        return chat_completions.body_of(request, model, abilities, tells=self._tells)

    def passed(self, body: Mapping[str, Any], abilities: Abilities) -> dict[str, Any]:
        """As it is, a stream with its usage."""
        more = {"stream_options": {"include_usage": True}} if body.get("stream") else {}
        return abilities.fitted({**body, **more})

    def completion(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """As it is."""
        return dict(data)

    async def chunks(self, events: AsyncIterator[Event]) -> AsyncIterator[dict[str, Any]]:
        """As they are, up to the word that ends them."""
        async for event in events:
            if event.data == "[DONE]":
                return
            yield json.loads(event.data)


class Anthropic:
    """Anthropic's Messages API, and what calls itself compatible."""

    path = "/messages"

    def __init__(self, *, tells: bool) -> None:
        self._tells = tells

    def headers(self, key: SecretStr | None) -> dict[str, str]:
        """Its key's, and the version's."""
        return messages.HEADERS | ({"x-api-key": key.get_secret_value()} if key else {})

    def asked(self, request: Request, model: str, abilities: Abilities) -> dict[str, Any]:
        """The schema goes along as long as anything holds to it."""
        told = abilities if abilities.held == "prompt" else replace(abilities, held="schema")
        body = chat_completions.body_of(request, model, told, tells=self._tells)
        return messages.translated(body, held=abilities.held)

    def passed(self, body: Mapping[str, Any], abilities: Abilities) -> dict[str, Any]:
        """Translated, with what is learnt."""
        fitted = abilities.fitted(body)
        try:
            return messages.translated(fitted, held=abilities.held)
        except (KeyError, TypeError, AttributeError, RecursionError):
            problem = "the chat has a form that Anthropic's API has none for"
        raise ValueError(problem)

    def completion(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Translated."""
        return messages.unwrapped(messages.completion_of(data))

    def chunks(self, events: AsyncIterator[Event]) -> AsyncIterator[dict[str, Any]]:
        """Translated."""
        return messages.chunks_of(events)


def dialect_of(spec: ProviderSpec) -> Dialect:
    """The protocol of a provider. Only the two vendors tell their models of a schema."""
    tells = spec.vendor in (VENDORS["openai"], VENDORS["anthropic"])
    return Anthropic(tells=tells) if spec.speaks == "anthropic" else OpenAI(tells=tells)
