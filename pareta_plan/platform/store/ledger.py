"""Charges: what was debited, and for what. A cause is charged once, whatever happens.

The organisation's balance is its credit less all of them.
"""

from __future__ import annotations

import time
from sqlite3 import Connection

from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.store.store import Store, insert

DEFAULT_CREDIT_MICRO_USD = 1_000_000_000
EMPTY = "the organisation's balance is empty"


def charge(connection: Connection, *, cause: str, subject: str, micro_usd: int) -> None:
    """Debit `micro_usd` for `cause`; `subject` is the endpoint or run that it belongs to."""
    values = {"cause": cause, "subject": subject, "at": time.time(), "amount_micro_usd": micro_usd}
    insert(connection, "ledger", **values)


def spent(connection: Connection, subject: str | None = None) -> int:
    """The sum of all charges, or of a subject's, in micro-USD."""
    where, values = ("WHERE subject = ?", (subject,)) if subject else ("", ())
    query = f"SELECT COALESCE(SUM(amount_micro_usd), 0) FROM ledger {where}"  # noqa: S608
    return int(connection.execute(query, values).fetchone()[0])


class Meter:
    """What is left of a credit in micro-USD."""

    def __init__(self, store: Store, credit_micro_usd: int = DEFAULT_CREDIT_MICRO_USD) -> None:
        self._store = store
        self._credit = credit_micro_usd

    def balance(self) -> int:
        """What is left, in micro-USD; negative when the last request cost more than that."""
        with self._store.read() as connection:
            return self._credit - spent(connection)

    def require_credit(self) -> None:
        """Raise Refusal (402) when nothing is left."""
        if self.balance() <= 0:
            raise Refusal(402, EMPTY)
