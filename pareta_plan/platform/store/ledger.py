"""Charges: what was debited, and for what. A cause is charged once, whatever happens."""

from __future__ import annotations

import time
from sqlite3 import Connection


def charge(connection: Connection, *, cause: str, subject: str, micro_usd: int) -> None:
    """Debit `micro_usd` for `cause`; `subject` is the endpoint or run that it belongs to."""
    connection.execute(
        "INSERT INTO ledger (cause, subject, at, amount_micro_usd) VALUES (?, ?, ?, ?)",
        (cause, subject, time.time(), micro_usd),
    )


def spent(connection: Connection, subject: str | None = None) -> int:
    """The sum of all charges, or of a subject's, in micro-USD."""
    where, values = ("WHERE subject = ?", (subject,)) if subject else ("", ())
    query = f"SELECT COALESCE(SUM(amount_micro_usd), 0) FROM ledger {where}"  # noqa: S608
    return int(connection.execute(query, values).fetchone()[0])
