"""What a running apply tells whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pareta_plan.apply.result import Result


@dataclass(frozen=True)
class Progress:
    """A slow step's state: rows scored of a total, or percent of 100; no total when untold."""

    workload: str
    stage: str
    label: str = ""
    done: float = 0
    total: float | None = None


@dataclass(frozen=True)
class Note:
    """Something a user should know that is no error."""

    text: str


Event = Progress | Note | Result
Emit = Callable[[Event], None]
