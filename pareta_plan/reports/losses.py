"""The rows that cost a model the most quality, as a comment tells them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pareta_plan.gates.compared import Compared, ComparedRow, costliest

MOST = 5


@dataclass(frozen=True, slots=True)
class Loss:
    """A row on which the model scored below its baseline; scores are in [0, 1]."""

    row: str
    score: float
    baseline: float
    text: str | None = None
    """The row's input, where the project lets it be told."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The rows that cost a model the most quality against one baseline, or why none are told."""

    baseline: str = ""
    rows: tuple[Loss, ...] = ()
    unknown: str = ""
    """Why the rows aren't known, as a clause."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the platform still tells of the eval run that evidence came from."""

    losses: Losses
    measured: int | None = None
    """When the run was started, in seconds since 1970."""


def losses(compared: Compared, *, texts: bool) -> Losses:
    """The dearest rows of an evaluation; `texts` is whether what they say may be told."""
    if not compared.is_kept:
        return Losses(unknown="the platform keeps no results of single rows")
    dear = costliest(compared, MOST)
    return Losses(compared.baseline or "", tuple(_loss(compared, row, texts) for row in dear))


def _loss(compared: Compared, row: ComparedRow, texts: bool) -> Loss:
    best = 1.0 if compared.baseline is None else row.answers[compared.baseline].score
    score = row.answers[compared.chosen].score
    return Loss(row.id, score or 0.0, best or 0.0, _text(row.input) if texts else None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
