"""What an apply may still spend: what was really billed, and what is reserved for runs under way.

A run's price is known only once it is over, and may be more than its reserve. So before each next
run what was billed so far, with the reserves of runs that are not over, is held against the caps.
"""

from __future__ import annotations

from threading import Lock

from pareta_plan.apply.journal import Bill, Journal
from pareta_plan.errors import CostCapError
from pareta_plan.plan.caps import Caps, over_cap


class Spending:
    """The caps of one apply, and what its journal says was billed; shared between threads."""

    def __init__(self, caps: Caps, journal: Journal) -> None:
        self._caps = caps
        self._journal = journal
        self._reserved: dict[str, int] = {}
        self._spent_up: CostCapError | None = None
        self._guard = Lock()

    @property
    def billed_micro_usd(self) -> int:
        """What was billed by this apply and the one it goes on with."""
        return sum(bill.micro_usd for bill in self._journal.billed.values())

    def reserve(self, workload: str, micro: int | None) -> None:
        """Set the reserve of the next run aside.

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
            self._reserved[workload] = reserve

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
