"""How far an apply is as a whole: rows, workloads, money, and the time that is left."""

from __future__ import annotations

from collections.abc import Iterable

from pareta_plan.apply.events import Progress
from pareta_plan.plan.model import Change
from pareta_plan.plan.result import Result
from pareta_plan.plan.steps import Evaluate


class Tally:
    """Counts what changes are told to have done; each row counts once for each of its models."""

    def __init__(self, changes: Iterable[Change], now: float) -> None:
        """`now` is a monotonic clock's time in seconds, as for `left`."""
        self._began = now
        self._rows: dict[str, int] = {}
        """How many each change has in all; none of those that score no row."""
        self._done: dict[str, float] = {}
        self._found: dict[str, float] = {}
        """What was done already when first told of, by an apply that this one goes on with."""
        self._billed: dict[str, int] = {}
        self.workloads = self.workloads_done = 0
        for change in changes:
            self.workloads += 1
            if change.does(Evaluate):
                self._rows[change.workload] = change.rows * change.models

    def progress(self, progress: Progress) -> None:
        """Hear how far a step is."""
        name = progress.workload
        if progress.rows and name in self._rows:
            self._done[name] = min(progress.done, self._rows[name])
            self._found.setdefault(name, self._done[name])
        self._billed[name] = max(self._billed.get(name, 0), progress.billed_micro_usd)

    def ended(self, result: Result) -> None:
        """Hear that a change came to an end, whatever that was."""
        name = result.change.workload
        self.workloads_done += 1
        self._billed[name] = result.billed_micro_usd
        if name in self._rows:
            self._done[name] = self._rows[name]
            self._found.setdefault(name, 0)

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(self._rows.values())

    @property
    def rows_done(self) -> int:
        """How many are scored, or will not be."""
        return int(sum(self._done.values()))

    @property
    def share(self) -> float:
        """How much of everything is done; a workload's other steps together count as a row."""
        return (self.rows_done + self.workloads_done) / max(self.rows + self.workloads, 1)

    @property
    def billed_micro_usd(self) -> int:
        """What was billed so far."""
        return sum(self._billed.values())

    def left(self, now: float) -> float | None:
        """The seconds that the rows left take at the pace so far; None where there is no pace.

        What follows the last row takes its own time.
        """
        if self.rows_done >= self.rows:
            return None
        mine = sum(self._done.values()) - sum(self._found.values())
        pace = mine / (now - self._began) if now > self._began else 0
        return (self.rows - self.rows_done) / pace if pace > 0 else None
