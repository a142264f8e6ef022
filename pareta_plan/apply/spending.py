"""What an apply may still spend: what was really billed, and what is reserved for runs under way.

A run's price is known only once it is over. So before each next run what was billed so far, with
what is set aside for runs that are not over, is held against the caps; and each run is started with
a ceiling, which platforms that know of it keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from pareta_plan.apply.journal import Bill, Journal
from pareta_plan.errors import CostCapError
from pareta_plan.plan.caps import Caps, over_cap


class Spending:
    """The caps of one apply, and what its journal says was billed; shared between threads."""

    def __init__(self, caps: Caps, journal: Journal, planned: Mapping[str, int] = {}) -> None:
        self._caps = caps
        self._planned = dict(planned)
        self._journal = journal
        self._reserved: dict[str, int] = {}
        self._spent_up: CostCapError | None = None
        self._guard = Lock()

    @property
    def billed_micro_usd(self) -> int:
        """What was billed by this apply and the one it goes on with."""
        return sum(bill.micro_usd for bill in self._journal.billed.values())

    def reserve(self, workload: str, micro: int | None) -> int | None:
        """Set aside what the next run may cost: its ceiling, in micro-USD; None without a cap.

        That is what the workload's cap leaves, and a share of what the cap of the apply leaves: as
        large as the run's reserve is among those of the runs still to come. So none passes a cap,
        however many go on at once.

        Raises CostCapError when it doesn't fit; once the cap of the whole apply is reached it
        raises for every later one too, so that what goes on doesn't depend on who asks first.
        """
        with self._guard:
            if self._spent_up:
                raise self._spent_up
            reserve = micro or 0
            mine = [b.micro_usd for b in self._journal.billed.values() if b.workload == workload]
            self._hold(workload, sum(mine), reserve, self._caps.workloads.get(workload))
            committed = self.billed_micro_usd + sum(self._reserved.values())
            try:
                self._hold("the apply", committed, reserve, self._caps.run)
            except CostCapError as reached:
                self._spent_up = reached
                raise
            left = None if self._caps.run is None else self._caps.run - committed
            ceiling = self._ceiling(workload, micro, sum(mine), left)
            self._reserved[workload] = reserve if ceiling is None else ceiling
            return ceiling

    def _ceiling(
        self, workload: str, reserve: int | None, billed: int, left: int | None
    ) -> int | None:
        ceilings = []
        if (cap := self._caps.workloads.get(workload)) is not None:
            ceilings.append(cap - billed)
        if left is not None and reserve is None:  # nobody knows a share: as much for each to come
            ceilings.append(left // max(len(self._planned), 1))
        elif left is not None and reserve is not None:
            to_come = sum(self._planned.values())
            self._planned[workload] = max(self._planned.get(workload, 0) - reserve, 0)
            ceilings.append(max(reserve, left * reserve // to_come) if to_come else left)
        return min(ceilings, default=None)

    def done(self, workload: str) -> None:
        """Nothing more is to come of a workload whose rows are bought in parts."""
        with self._guard:
            self._planned.pop(workload, None)

    def resume(self, workload: str, micro: int | None) -> None:
        """Set aside what a run that was started by an earlier apply may still be billed."""
        with self._guard:
            self._reserved[workload] = micro or 0

    def settle(self, workload: str, run: str, micro: int) -> int:
        """Take what a run was billed in place of its reserve; 0 if that was known."""
        with self._guard:
            self._reserved.pop(workload, None)
            return micro if self._journal.bill(run, Bill(workload, micro)) else 0

    def _hold(self, what: str, billed: int, reserve: int, cap: int | None) -> None:
        if cap is not None and billed + reserve > cap:
            raise over_cap(what, reserve, billed, cap)
