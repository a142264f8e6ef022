"""Stable names: what applications call, each an endpoint's, moved in one step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from sqlite3 import Connection

from pareta_plan.platform.store.store import insert


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name, the endpoint that answers under it, and the project and environment it is of."""

    name: str
    endpoint_id: str
    scope: str


def get(connection: Connection, name: str) -> NameRow | None:
    """A name, or None."""
    row = connection.execute("SELECT * FROM names WHERE name = ?", (name,)).fetchone()
    return NameRow(**dict(row)) if row else None


def every(connection: Connection) -> list[NameRow]:
    """All names, in their order."""
    return [NameRow(**dict(row)) for row in connection.execute("SELECT * FROM names ORDER BY name")]


def put(connection: Connection, row: NameRow) -> None:
    """Let a name be an endpoint's; another one that its scope gave the endpoint goes."""
    connection.execute(
        "DELETE FROM names WHERE name = ? OR (endpoint_id = ? AND scope = ?)",
        (row.name, row.endpoint_id, row.scope),
    )
    insert(connection, "names", **asdict(row))
