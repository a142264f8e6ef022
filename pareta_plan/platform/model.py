"""Models that run on the CPU, behind one small interface.

A runtime is a module of this package with
`load(task, options, progress) -> Model`; the catalog names it in `task.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Progress = Callable[[str, str, float | None], None]
"""Told of a slow step: its stage ("training"), a label, and the share done in [0, 1] or None."""


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF or an image, as bytes with its MIME type."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer (a label, or an object of fields) and what it took."""

    output: Any
    cpu_seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Model(Protocol):
    """A loaded model. Safe to call from several threads."""

    name: str  # real name and version: provenance only, never on the wire
    deterministic: bool  # same input, same output, on any machine
    context_k: int

    def predict(self, value: str | Document) -> Prediction:
        """Answer one request."""

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        """Yield the answer's text in pieces as they come, then the whole Prediction."""
