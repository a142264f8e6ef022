"""A model that takes chats as they are: what it can do beyond a task's answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pareta_plan.platform.models.model import Model

Chunk = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bill:
    """What a chat came to. `cost` is exact, in micro-USD."""

    cost: Fraction = Fraction(0)
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Passage(ABC):
    """One chat that is passed on, once. Its methods raise what a model's do."""

    @abstractmethod
    def complete(self) -> Chunk:
        """The whole completion."""

    @abstractmethod
    def stream(self) -> Generator[Chunk, None, None]:
        """The chunks as they come, and an empty one a second as long as none does.

        Leaving the iterator ends the chat where the model runs.
        """

    @abstractmethod
    def bill(self) -> Bill | None:
        """What it came to, once it is over or was left; None where nothing of it came."""


class PassingModel(Model):
    """A model that takes chats in OpenAI's form, tools and images with them."""

    @abstractmethod
    def passage(self, body: Mapping[str, Any]) -> Passage:
        """A chat to be passed on. Raises ParetaError for what the model can't be sent."""
