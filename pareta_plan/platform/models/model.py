"""A model that is loaded, whatever runs it: what it is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from pareta_plan.platform.document import Document

Progress = Callable[[str, str, float | None], None]
"""Told of a slow step: its stage ("training"), a label, and the share done in [0, 1] or None."""


def unheard(_stage: str, _label: str, _share: float | None) -> None:
    """The Progress that nobody wants to know."""


class Interrupted(Exception):
    """The model was made to leave its work, as the platform stops; the request is not at fault."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer (a label, or an object of fields) and what it took.

    `cost` is exact, in micro-USD; `pricing` makes it, and rounds it where it is billed.
    """

    output: Any
    cost: Fraction
    cpu_seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Model(Protocol):
    """A loaded model. Safe to call from several threads."""

    name: str  # real name and version: provenance only, never on the wire
    deterministic: bool  # same input, same output, on any machine
    context_k: int

    def predict(self, value: str | Document) -> Prediction:
        """Answer one request. Raises Interrupted, and what says why it can't."""

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """Yield the answer's text in pieces as they come, then the whole Prediction."""
