"""The organisation's balance: its credit less everything the ledger holds."""

from __future__ import annotations

from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.store import ledger
from pareta_plan.platform.store.store import Store

DEFAULT_CREDIT_MICRO_USD = 1_000_000_000
EMPTY = "the organisation's balance is empty"


class Meter:
    """What is left of a credit in micro-USD."""

    def __init__(self, store: Store, credit_micro_usd: int = DEFAULT_CREDIT_MICRO_USD) -> None:
        self._store = store
        self._credit = credit_micro_usd

    def balance(self) -> int:
        """What is left, in micro-USD; negative when the last request cost more than that."""
        with self._store.read() as connection:
            return self._credit - ledger.spent(connection)

    def require_credit(self) -> None:
        """Raise Refusal (402) when nothing is left."""
        if self.balance() <= 0:
            raise Refusal(402, EMPTY)
