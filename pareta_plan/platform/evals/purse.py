"""What a run may spend on a model's rows: its ceiling, and what is left of the balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.store import ledger, runs
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.runs import RunRow
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import PICO_PER_MICRO, exact_usd

MARGIN = 2
"""How many times the dearest row so far the next may cost, where no model says what bounds it."""


class OverBudget(Exception):
    """No further row fits under the run's ceiling; the words are fit for clients."""


class Purse:
    """Rows are asked while the worst that all in hand may cost fits under the ceiling.

    The worst case of a row is the model's own where it has one; else it is an estimate: so many
    times the dearest row so far, or the board's price before the first. Where not even that is
    known the first row goes alone.
    """

    def __init__(
        self, store: Store, meter: Meter, run: RunRow, model_id: str, price: int | None
    ) -> None:
        self.worst_cost: Fraction | None = None
        """The model's own bound of a request's cost, once it is loaded."""
        self._store = store
        self._meter = meter
        self._run = run
        self._model_id = model_id
        self._price = price
        self._held: dict[int, int] = {}
        with store.read() as connection:
            self._dearest = runs.highest_cost(connection, run.id, model_id)

    def afford(self, rows: Sequence[int]) -> Sequence[int]:
        """Those of the next rows that may be asked now; none while others have to end first.

        Raises OverBudget and Refusal (402) when nothing is in hand that could make room.
        """
        rows = rows[: self._under_ceiling(len(rows))]
        while rows:
            try:
                held = self._meter.hold_back(self._price, len(rows))
            except Refusal:
                if len(rows) == 1 and not self._held:
                    raise
                rows = rows[: 0 if self._held else 1]
            else:
                self._held |= dict.fromkeys(rows, held // len(rows))
                return rows
        return rows

    def settle(self, costs: Mapping[int, int]) -> None:
        """Rows are kept, at these costs in pico-USD."""
        self._dearest = max([self._dearest or 0, *costs.values()])
        self._meter.give_back(sum(self._held.pop(idx, 0) for idx in costs))

    def close(self) -> None:
        """Give back what was held for rows that aren't asked any more."""
        self._meter.give_back(sum(self._held.values()))
        self._held.clear()

    def _under_ceiling(self, wanted: int) -> int:
        """How many more rows fit."""
        if self._run.max_cost_micro_usd is None:
            return wanted
        with self._store.read() as connection:
            spent = ledger.spent(connection, runs.subject(self._run.id))
        left = self._run.max_cost_micro_usd * PICO_PER_MICRO - spent
        worst, told = self._worst()
        if worst is None:
            return min(wanted, 1) if left > 0 and not self._held else self._stop(spent, told)
        fits = wanted if not worst else max(left // worst - len(self._held), 0)
        return min(wanted, fits) or self._stop(spent, told)

    def _stop(self, spent: int, told: str) -> int:
        """None for now; raises when nothing is in hand that may turn out cheaper."""
        if self._held:
            return 0
        ceiling = exact_usd((self._run.max_cost_micro_usd or 0) * PICO_PER_MICRO)
        raise OverBudget(
            f"stopped at ${exact_usd(spent)}, before a row of {self._model_id} that "
            f"could pass the ceiling of ${ceiling}: {told}"
        )

    def _worst(self) -> tuple[int | None, str]:
        """What a row may cost at most, in pico-USD, and on what grounds."""
        if (most := self.worst_cost) is not None:
            pico = ceil(most * PICO_PER_MICRO)
            return pico, f"it costs ${exact_usd(pico)} at most"
        if self._dearest is not None:
            pico = self._dearest * MARGIN
            return pico, f"an estimate is ${exact_usd(pico)}, {MARGIN} times the dearest so far"
        if self._price is not None:
            pico = self._price * MARGIN * PICO_PER_MICRO
            return pico, f"an estimate is ${exact_usd(pico)}, {MARGIN} times its price on the board"
        return None, "what it costs isn't known"
