"""What tasks were when endpoints of theirs were deployed: kept once, as long as one needs it."""

from __future__ import annotations

from sqlite3 import Connection

from pareta_plan.platform.store.store import insert


def add(connection: Connection, digest: str, definition: str, learnt: str) -> None:
    """Keep a content under its digest."""
    values = {"digest": digest, "definition": definition, "learnt": learnt}
    insert(connection, "contents", "INSERT OR IGNORE", **values)


def get(connection: Connection, digest: str) -> tuple[str, str, str]:
    """The digest, the definition and the rows of an endpoint's content."""
    found: tuple[str, str, str] = tuple(
        connection.execute(
            "SELECT digest, definition, learnt FROM contents WHERE digest = ?", (digest,)
        ).fetchone()
    )
    return found
