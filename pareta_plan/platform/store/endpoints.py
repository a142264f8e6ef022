"""Endpoints, the times their status changed, and the requests they answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from sqlite3 import Connection, Row


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A deployment; `status` is starting, live or stopped, `created` in seconds since 1970."""

    id: str
    task_id: str
    alias: str
    status: str
    owner: str  # the process that deployed it
    created: float


def subject(endpoint_id: str) -> str:
    """How the ledger and the memory of requests name an endpoint."""
    return f"endpoint:{endpoint_id}"


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
    cost_micro_usd: int


def add(connection: Connection, endpoint_id: str, task_id: str, alias: str, owner: str) -> None:
    """Create an endpoint that is starting."""
    connection.execute(
        "INSERT INTO endpoints (id, task_id, alias, status, owner, created)"
        " VALUES (?, ?, ?, 'starting', ?, ?)",
        (endpoint_id, task_id, alias, owner, time.time()),
    )
    _note(connection, endpoint_id, "starting")


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
    """Delete an endpoint with its history; charges stay. False when there was none."""
    cursor = connection.execute("DELETE FROM endpoints WHERE id = ?", (endpoint_id,))
    return bool(cursor.rowcount)


def events(connection: Connection, endpoint_id: str) -> list[tuple[float, str]]:
    """When the endpoint took which status, oldest first."""
    rows = connection.execute(
        "SELECT at, status FROM endpoint_events WHERE endpoint_id = ? ORDER BY at, rowid",
        (endpoint_id,),
    )
    return [(row["at"], row["status"]) for row in rows]


def add_request(connection: Connection, request: RequestRow) -> None:
    """Record a request."""
    connection.execute(
        "INSERT INTO requests (id, endpoint_id, at, latency_ms, ok, prompt_tokens,"
        " completion_tokens, cost_micro_usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            request.id,
            request.endpoint_id,
            request.at,
            request.latency_ms,
            request.ok,
            request.prompt_tokens,
            request.completion_tokens,
            request.cost_micro_usd,
        ),
    )


def requests(connection: Connection, endpoint_id: str) -> list[RequestRow]:
    """The endpoint's requests, oldest first."""
    rows = connection.execute(
        "SELECT * FROM requests WHERE endpoint_id = ? ORDER BY at, id", (endpoint_id,)
    )
    return [_request(row) for row in rows]


def _request(row: Row) -> RequestRow:
    return RequestRow(**{**dict(row), "ok": bool(row["ok"])})


def _note(connection: Connection, endpoint_id: str, status: str) -> None:
    connection.execute(
        "INSERT INTO endpoint_events (endpoint_id, at, status) VALUES (?, ?, ?)",
        (endpoint_id, time.time(), status),
    )
