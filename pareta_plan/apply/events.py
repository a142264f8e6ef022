"""What a running apply tells whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pareta_plan.apply.result import Result


@dataclass(frozen=True)
class Progress:
    """A slow step's state: how much is done of a total; no total when untold."""

    workload: str
    stage: str
    label: str = ""
    done: float = 0
    total: float | None = None
    rows: bool = False
    """Whether rows are counted, each once a model; else it is percent."""
    billed_micro_usd: int = 0
    """What the run under way was billed so far."""


@dataclass(frozen=True)
class Note:
    """Something a user should know that is no error."""

    text: str


Event = Progress | Note | Result
Emit = Callable[[Event], None]
