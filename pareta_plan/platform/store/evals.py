"""Eval sets: rows, the documents attached to them, and uploads under way."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from sqlite3 import Connection
from typing import Any, Literal

from pareta_plan.platform.refusal import not_found
from pareta_plan.platform.store.idempotency import forget
from pareta_plan.platform.store.store import insert


@dataclass(frozen=True, slots=True)
class SetRow:
    """An eval set."""

    id: str
    task_id: str
    name: str
    prompt: str | None
    item_count: int


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A promised document: where it goes, and its bytes once they came."""

    id: str
    set_id: str
    idx: int
    field_name: str
    mime: str
    size: int
    expires: float
    digest: str | None = None


_SETS = (
    "SELECT id, task_id, name, prompt,"
    " (SELECT COUNT(*) FROM eval_items WHERE set_id = eval_sets.id) AS item_count FROM eval_sets"
)


def subject(set_id: str) -> str:
    """How the memory of requests names an eval set."""
    return f"set:{set_id}"


def add(connection: Connection, new: SetRow, rows: Sequence[str]) -> None:
    """Create an eval set with its rows, each an object as JSON."""
    values = {"id": new.id, "task_id": new.task_id, "name": new.name, "prompt": new.prompt}
    insert(connection, "eval_sets", **values, created=time.time())
    connection.executemany(
        "INSERT INTO eval_items (set_id, idx, row) VALUES (?, ?, ?)",
        ((new.id, idx, row) for idx, row in enumerate(rows)),
    )


def get(connection: Connection, set_id: str) -> SetRow:
    """An eval set. Raises Refusal (404)."""
    row = connection.execute(f"{_SETS} WHERE id = ?", (set_id,)).fetchone()
    if row is None:
        raise not_found("eval set", set_id)
    return SetRow(**dict(row))


def every(connection: Connection) -> list[SetRow]:
    """All eval sets, oldest first."""
    return [SetRow(**dict(row)) for row in connection.execute(f"{_SETS} ORDER BY created, id")]


def remove(connection: Connection, set_id: str) -> None:
    """Delete an eval set with its rows and documents, and the answers that speak of it."""
    connection.execute("DELETE FROM eval_sets WHERE id = ?", (set_id,))
    forget(connection, subject(set_id))


def items(connection: Connection, set_id: str, idxs: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The rows of these indices that there are."""
    rows = connection.execute(
        "SELECT idx, row FROM eval_items"
        " WHERE set_id = ? AND idx IN (SELECT value FROM json_each(?))",
        (set_id, json.dumps(idxs)),
    )
    return {row["idx"]: json.loads(row["row"]) for row in rows}


def expected(connection: Connection, set_id: str) -> list[Any]:
    """What all rows expect, by index."""
    rows = connection.execute("SELECT row FROM eval_items WHERE set_id = ? ORDER BY idx", (set_id,))
    return [json.loads(row["row"])["expected"] for row in rows]


def put_blob(
    connection: Connection, set_id: str, idx: int, field_name: str, mime: str, data: bytes
) -> None:
    """Attach a document to a row's field, in place of one that was there."""
    values = {"set_id": set_id, "idx": idx, "field_name": field_name, "mime": mime, "data": data}
    insert(connection, "blobs", "INSERT OR REPLACE", **values)


def blob(
    connection: Connection, set_id: str, idx: int, field_name: str
) -> tuple[bytes, str] | None:
    """A row's document and its MIME type, or None."""
    row = connection.execute(
        "SELECT data, mime FROM blobs WHERE set_id = ? AND idx = ? AND field_name = ?",
        (set_id, idx, field_name),
    ).fetchone()
    return (row["data"], row["mime"]) if row else None


def rows_without(connection: Connection, set_id: str, field_name: str) -> list[int]:
    """The indices of the rows that have no document in `field_name`."""
    rows = connection.execute(
        "SELECT idx FROM eval_items WHERE set_id = ? AND idx NOT IN"
        " (SELECT idx FROM blobs WHERE set_id = ? AND field_name = ?) ORDER BY idx",
        (set_id, set_id, field_name),
    )
    return [row["idx"] for row in rows]


def add_upload(connection: Connection, upload: UploadRow, token_digest: str) -> None:
    """Promise an upload, and forget those that ran out."""
    connection.execute("DELETE FROM uploads WHERE expires < ?", (time.time(),))
    insert(connection, "uploads", token_digest=token_digest, **asdict(upload))


def upload(
    connection: Connection, by: Literal["id", "token_digest"], value: str
) -> UploadRow | None:
    """The upload with this id, or for this token; None when there is none."""
    row = connection.execute(
        "SELECT id, set_id, idx, field_name, mime, size, expires, digest FROM uploads"  # noqa: S608
        f" WHERE {by} = ?",
        (value,),
    ).fetchone()
    return UploadRow(**dict(row)) if row else None


def fill_upload(connection: Connection, upload_id: str, digest: str, data: bytes) -> None:
    """Keep the bytes that came."""
    connection.execute(
        "UPDATE uploads SET digest = ?, data = ? WHERE id = ?", (digest, data, upload_id)
    )


def attach_upload(connection: Connection, upload: UploadRow) -> None:
    """Make an upload's bytes its row's document; a second time changes nothing."""
    row = connection.execute("SELECT data FROM uploads WHERE id = ?", (upload.id,)).fetchone()
    if row["data"] is None:
        return
    put_blob(connection, upload.set_id, upload.idx, upload.field_name, upload.mime, row["data"])
    connection.execute("UPDATE uploads SET data = NULL WHERE id = ?", (upload.id,))
