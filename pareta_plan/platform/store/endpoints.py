"""Endpoints, the times their status changed, and the requests they answered."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from sqlite3 import Connection

from pareta_plan.platform.store.idempotency import forget
from pareta_plan.platform.store.store import insert


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A deployment; `status` is starting, live or stopped, `created` in seconds since 1970."""

    id: str
    task_id: str
    alias: str
    status: str
    owner: str  # the process that deployed it
    created: float
    own: str | None = None  # a project's model: its options as JSON
    content: str | None = None  # the digest of what its task was; None from before that was kept


def subject(endpoint_id: str) -> str:
    """How the ledger and the memory of requests name an endpoint."""
    return f"endpoint:{endpoint_id}"


@dataclass(frozen=True, slots=True)
class Totals:
    """What an endpoint's requests come to, all of them."""

    requests: int = 0
    errors: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_pico_usd: int = 0


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One answered (or failed) chat request."""

    id: str
    endpoint_id: str
    at: float
    latency_ms: float
    ok: bool
    prompt_tokens: int
    completion_tokens: int
    cost_pico_usd: int


def add(connection: Connection, row: EndpointRow) -> None:
    """Create an endpoint."""
    insert(connection, "endpoints", **asdict(row))
    _note(connection, row.id, row.status)


def get(connection: Connection, endpoint_id: str) -> EndpointRow | None:
    """An endpoint, or None."""
    row = connection.execute("SELECT * FROM endpoints WHERE id = ?", (endpoint_id,)).fetchone()
    return EndpointRow(**dict(row)) if row else None


def every(connection: Connection) -> list[EndpointRow]:
    """All endpoints, oldest first."""
    rows = connection.execute("SELECT * FROM endpoints ORDER BY created, id")
    return [EndpointRow(**dict(row)) for row in rows]


def set_status(connection: Connection, endpoint_id: str, status: str) -> bool:
    """Change the status and note when; False when there is no such endpoint."""
    changed = connection.execute(
        "UPDATE endpoints SET status = ? WHERE id = ?", (status, endpoint_id)
    ).rowcount
    if changed:
        _note(connection, endpoint_id, status)
    return bool(changed)


def remove(connection: Connection, endpoint_id: str) -> bool:
    """Delete an endpoint with its history and the answers that speak of it; charges stay.

    False when there was none.
    """
    forget(connection, subject(endpoint_id))
    return bool(connection.execute("DELETE FROM endpoints WHERE id = ?", (endpoint_id,)).rowcount)


def events(connection: Connection, endpoint_id: str) -> list[tuple[float, str]]:
    """When the endpoint took which status, oldest first."""
    rows = connection.execute(
        "SELECT at, status FROM endpoint_events WHERE endpoint_id = ? ORDER BY at, rowid",
        (endpoint_id,),
    )
    return [(row["at"], row["status"]) for row in rows]


def add_request(connection: Connection, request: RequestRow) -> None:
    """Record a request."""
    insert(connection, "requests", **asdict(request))


def totals(connection: Connection, endpoint_id: str) -> Totals:
    """What all requests of the endpoint come to; kept by the database, not summed here."""
    row = connection.execute(
        "SELECT requests, errors, prompt_tokens, completion_tokens, cost_pico_usd"
        " FROM request_totals WHERE endpoint_id = ?",
        (endpoint_id,),
    ).fetchone()
    return Totals(*row) if row else Totals()


def latest(connection: Connection, endpoint_id: str, most: int) -> list[RequestRow]:
    """The endpoint's latest requests, `most` of them, newest first."""
    rows = connection.execute(
        "SELECT * FROM requests WHERE endpoint_id = ? ORDER BY at DESC, rowid DESC LIMIT ?",
        (endpoint_id, most),
    )
    return [RequestRow(**{**dict(row), "ok": bool(row["ok"])}) for row in rows]


def latencies(connection: Connection, endpoint_id: str, most: int) -> list[float]:
    """In ms, of what succeeded of the endpoint's latest requests; lowest first."""
    rows = connection.execute(
        "SELECT latency_ms FROM"
        " (SELECT ok, latency_ms FROM requests WHERE endpoint_id = ?"
        " ORDER BY at DESC, rowid DESC LIMIT ?) WHERE ok ORDER BY latency_ms",
        (endpoint_id, most),
    )
    return [latency for (latency,) in rows]


def _note(connection: Connection, endpoint_id: str, status: str) -> None:
    insert(connection, "endpoint_events", endpoint_id=endpoint_id, at=time.time(), status=status)
