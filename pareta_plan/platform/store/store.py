"""The platform's state: one SQLite file that survives a kill and can be shared by processes.

`Store` gives connections and transactions; the modules beside it hold the queries, one
module a subject, as functions of a connection.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pareta_plan.errors import PlatformError
from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.migrations import migrate

BUSY_SECONDS = 30.0
IDLE = 8
"""Connections kept for later: each has a cache of up to 2 MB."""
_AWAY = (
    "Move it away, and the files beside it of the same name: the platform begins anew, without "
    "what was deployed and evaluated."
)


def insert(
    connection: sqlite3.Connection, table: str, verb: str = "INSERT", /, **values: object
) -> None:
    """Add one row; `verb`, `table` and the columns are never from outside."""
    names, places = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(f"{verb} INTO {table} ({names}) VALUES ({places})", tuple(values.values()))


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Say of a database that can't be used which it is, and what helps. Raises PlatformError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise PlatformError(
            f"the platform's state in {path} can't be used: {error}",
            hint="Make room, or the file and its folder writable, then run the same command again.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise PlatformError(f"{path} is not the platform's state: {error}", hint=_AWAY) from error


class StoreClosed(RuntimeError):
    """The store was closed while somebody still worked with it."""


class Store:
    """A pool of connections to one database; safe to use from several threads."""

    def __init__(self, path: Path, locks: Locks) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False
        path.parent.mkdir(parents=True, exist_ok=True)
        with usable(path), locks.hold("store"), self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection, path)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the database for as long as it is used."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed and on the disk when the block ends, undone when it raises."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    def close(self) -> None:
        """Close every connection; one in use is closed when it comes back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            if self._closed:
                raise StoreClosed("the store is closed")
            idle = self._idle.pop() if self._idle else None
        connection = idle or self._connect()
        try:
            yield connection
        finally:
            with self._guard:
                clean = not self._closed and not connection.in_transaction
                kept = clean and len(self._idle) < IDLE
                if kept:
                    self._idle.append(connection)
            if not kept:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection
