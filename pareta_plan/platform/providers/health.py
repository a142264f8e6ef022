"""When a provider counts as down: after some tens of failed tries in a row, not ten thousand.

Requests that were in flight together fail together, so tries are counted, and rounds of them: a
fault opens a new round when its try began after the last round's fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from pareta_plan.platform.providers.faults import Kind, ProviderDown, ProviderError
from pareta_plan.platform.providers.retries import pause


@dataclass(frozen=True, slots=True)
class _Patience:
    """So many rounds and so many tries may fail in a row."""

    rounds: int
    tries: int


_OTHERWISE = _Patience(5, 30)
_NONE = _Patience(1, 1)
_PATIENCE: dict[Kind, _Patience] = {
    "key": _NONE,
    "quota": _NONE,
    "address": _NONE,
    "redirect": _NONE,
    "connection": _Patience(5, 5),  # nobody is there, whatever the row
    "timeout": _Patience(2, 30),
    "limit": _Patience(20, 60),
    "overloaded": _Patience(20, 60),
}
_SLOWS_ALL: dict[Kind, int] = {
    "connection": 1,
    "limit": 1,
    "overloaded": 1,
    "server": 3,
    "timeout": 3,  # one row may be what it can't do
}
"""From which round in a row on a fault is the provider's state, and all others wait too."""


class Health:
    """Faults in a row; one answer ends the row. `down` is why the provider is given up."""

    def __init__(self) -> None:
        self.down: ProviderDown | None = None
        self._tries = 0
        self._rounds = 0
        self._last_round = float("-inf")

    def succeeded(self) -> None:
        """There was an answer."""
        self.down = None
        self._tries = self._rounds = 0

    def failed(self, error: ProviderError, began: float, now: float) -> float | None:
        """How long all wait, in seconds, where the fault begins a new round; None where not."""
        self._tries += 1
        fresh = began >= self._last_round
        if fresh:
            self._rounds += 1
            self._last_round = now
        patience = _PATIENCE.get(error.kind, _OTHERWISE)
        if self._tries >= patience.tries and self._rounds >= patience.rounds:
            self.down = ProviderDown(error, self._tries)
        slows = fresh and self._rounds >= _SLOWS_ALL.get(error.kind, patience.tries)
        return pause(self._rounds, error.wait) if slows else None
