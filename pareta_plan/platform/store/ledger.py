"""Charges: what was debited, and for what. A cause is charged once, whatever happens.

The organisation's balance is its credit less all of them, and never below zero. Amounts are exact,
in pico-USD.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection

from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.store.store import Store, insert
from pareta_plan.wire import PICO_PER_MICRO

DEFAULT_CREDIT_MICRO_USD = 1_000_000_000
LEAST_MICRO_USD = 1
EMPTY = "the organisation's balance is empty"
TOO_LITTLE = "what is left of the organisation's balance doesn't pay for this"


def spent(connection: Connection, subject: str = "") -> int:
    """The sum of all charges, or of a subject's, in pico-USD; kept by the database."""
    query = "SELECT pico_usd FROM spent WHERE subject = ?"
    row = connection.execute(query, (subject,)).fetchone()
    return int(row["pico_usd"]) if row else 0


class Meter:
    """What is left of a credit, shared by all processes on the store.

    What a request costs is known when it is answered. So its usual price is held back while it is
    worked on, and an answer that turns out to cost more than is left is not sold.
    """

    def __init__(self, store: Store, credit_micro_usd: int = DEFAULT_CREDIT_MICRO_USD) -> None:
        self._store = store
        self._credit = credit_micro_usd * PICO_PER_MICRO
        self._guard = threading.Lock()
        self._held = 0

    def balance(self) -> int:
        """What is left, in pico-USD."""
        with self._store.read() as connection:
            return self._credit - spent(connection)

    def require_credit(self) -> None:
        """Raise Refusal (402) when nothing is left."""
        if self.balance() <= 0:
            raise Refusal(402, EMPTY)

    @contextmanager
    def hold(self, micro_usd: int | None) -> Iterator[None]:
        """Keep a price back from this process's other requests for as long as the block runs.

        Raises Refusal (402) when it isn't left.
        """
        held = self.hold_back(micro_usd)
        try:
            yield
        finally:
            self.give_back(held)

    def hold_back(self, micro_usd: int | None, times: int = 1) -> int:
        """Keep back the price of requests until it is given back; the amount.

        A price that nobody knows is the least one. Raises Refusal (402) when it isn't left.
        """
        price = max(micro_usd or 0, LEAST_MICRO_USD) * PICO_PER_MICRO * times
        left = self.balance()
        with self._guard:
            if left - self._held < price:
                raise Refusal(402, TOO_LITTLE if left > 0 else EMPTY)
            self._held += price
        return price

    def give_back(self, held: int) -> None:
        """End what `hold_back` began."""
        with self._guard:
            self._held -= held

    def charge(self, connection: Connection, *, cause: str, subject: str, pico_usd: int) -> None:
        """Debit an amount for `cause`; `subject` is the endpoint or run that it belongs to.

        Raises Refusal (402) when that is more than is left: looked up in this transaction, so that
        no others can spend it meanwhile.
        """
        if self._credit - spent(connection) < pico_usd:
            raise Refusal(402, TOO_LITTLE)
        at = time.time()
        insert(connection, "ledger", cause=cause, subject=subject, at=at, amount_pico_usd=pico_usd)
