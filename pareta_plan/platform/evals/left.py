"""The rows of a run that a model has still to answer, read as they are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.document import Document
from pareta_plan.platform.evals.purse import Purse
from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.scoring.crew import Row
from pareta_plan.platform.store import evals as set_rows
from pareta_plan.platform.store.store import Store

READ_ROWS = 256
"""Texts read at once; documents are read one by one, as each may be large."""
GONE = Refusal(404, "the eval set is gone")


class Left:
    """Gives out rows while they can be paid for."""

    def __init__(
        self, store: Store, set_id: str, blob_field: str | None, idxs: Sequence[int], purse: Purse
    ) -> None:
        self._store = store
        self._set_id = set_id
        self._blob_field = blob_field
        self._idxs = idxs
        self._purse = purse
        self._next = 0
        self._read: dict[int, dict[str, Any]] = {}

    def take(self, most: int) -> list[Row]:
        """At most so many of the next rows, none where there are none or none can be paid for yet.

        Raises Refusal when the set is gone, and what `Purse.afford` does.
        """
        wanted = self._idxs[self._next : self._next + most]
        if not wanted:
            return []
        affordable = self._purse.afford(wanted)
        self._next += len(affordable)
        with self._store.read() as connection:
            return list(self._rows(connection, affordable))

    def _rows(self, connection: Connection, idxs: Sequence[int]) -> Iterator[Row]:
        for place, idx in enumerate(idxs, self._next - len(idxs)):
            if idx not in self._read:
                ahead = self._idxs[place : place + READ_ROWS]
                self._read = set_rows.items(connection, self._set_id, ahead)
            row = self._read.pop(idx, None)
            if row is None:
                raise GONE
            value = self._document(connection, idx, self._blob_field) if self._blob_field else None
            yield Row(idx, value or row["input"], row["expected"])

    def _document(self, connection: Connection, idx: int, field: str) -> Document:
        blob = set_rows.blob(connection, self._set_id, idx, field)
        if blob is None:
            raise GONE
        return Document(*blob)
