"""Requests that carry an `Idempotency-Key` have their effect once.

The answer is stored in the transaction of the effect, so neither can exist without the
other. It is kept as long as the thing it speaks of, however long ago that was made: once an
endpoint or an eval set is deleted, its key makes a new one. An answer to a chat is kept as long
as its endpoint, a refusal not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.store.store import Store, insert


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What tells one keyed request from another; `body_digest` covers what the body means."""

    key: str
    method: str
    path: str
    body_digest: str

    @property
    def name(self) -> str:
        """The key with what it belongs to, whatever the body."""
        return f"{self.method} {self.path} {self.key}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer; `subject` is the thing whose end makes it void."""

    body: dict[str, Any]
    status: int = 200
    subject: str | None = None


Effect = Callable[[Connection], Answer]


def once(store: Store, key: RequestKey | None, prepare: Callable[[], Effect]) -> Answer:
    """The stored answer, or that of the effect that `prepare` makes after its checks.

    Of several requests with one key only the first to get the transaction has an effect.
    Raises Refusal (422) when the key came with another body before.
    """
    if seen := recall(store, key):
        return seen
    effect = prepare()
    with store.write() as connection:
        if seen := find(connection, key):
            return seen
        answer = effect(connection)
        remember(connection, key, answer)
        return answer


def recall(store: Store, key: RequestKey | None) -> Answer | None:
    """The stored answer to a keyed request, or None."""
    if key is None:
        return None
    with store.read() as connection:
        return find(connection, key)


def find(connection: Connection, key: RequestKey | None) -> Answer | None:
    """As `recall`, within a transaction."""
    if key is None:
        return None
    row = connection.execute(
        "SELECT body_digest, subject, answer FROM idempotency"
        " WHERE key = ? AND method = ? AND path = ?",
        (key.key, key.method, key.path),
    ).fetchone()
    if row is None:
        return None
    if row["body_digest"] != key.body_digest:
        raise Refusal(422, "this Idempotency-Key was used before, with another body")
    stored = json.loads(row["answer"])
    return Answer(stored["body"], stored["status"], row["subject"])


def remember(connection: Connection, key: RequestKey | None, answer: Answer) -> None:
    """Store the answer to a keyed request."""
    if key is None:
        return
    stored = json.dumps({"status": answer.status, "body": answer.body}, ensure_ascii=False)
    told = {"subject": answer.subject, "answer": stored, "at": time.time()}
    insert(connection, "idempotency", **asdict(key), **told)


def forget(connection: Connection, subject: str) -> None:
    """Drop the answers that speak of a thing that is gone."""
    connection.execute("DELETE FROM idempotency WHERE subject = ?", (subject,))
