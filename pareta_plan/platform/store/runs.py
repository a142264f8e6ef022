"""Eval runs: their state, and what every row and every model came to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from sqlite3 import Connection, Row
from typing import Any

from pareta_plan.platform.store.store import insert

ACTIVE = ("queued", "running", "evaluating")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run's state; `created` in seconds since 1970."""

    id: str
    set_id: str
    task_id: str
    candidates: tuple[str, ...]
    item_count: int
    status: str = "queued"
    stage: str = "queued"
    error_detail: str | None = None
    created: float = field(default_factory=time.time)
    ended: str | None = None
    """Why a failed run can be gone on with, if it can: `budget` or `unreachable`."""
    max_cost_micro_usd: int | None = None

    @property
    def active(self) -> bool:
        """Whether there is still something to do."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What one model made of one row: an output and its score, or an error."""

    idx: int
    output: Any
    score: float | None
    error: str | None
    cost_pico_usd: int
    fault: str | None = None


def subject(run_id: str) -> str:
    """How the ledger names a run."""
    return f"run:{run_id}"


def add(connection: Connection, run: RunRow) -> None:
    """Create a run."""
    values = asdict(run) | {"candidates": json.dumps(run.candidates)}
    insert(connection, "eval_runs", **values)


def get(connection: Connection, run_id: str) -> RunRow | None:
    """A run, or None."""
    row = connection.execute("SELECT * FROM eval_runs WHERE id = ?", (run_id,)).fetchone()
    return _run(row) if row else None


def active(connection: Connection, set_id: str | None = None) -> list[RunRow]:
    """The runs that are not over, oldest first; of one set if given."""
    # the words themselves, as in the index, which is not used with placeholders
    rows = connection.execute(
        "SELECT * FROM eval_runs WHERE status IN ('queued', 'running', 'evaluating')"
        " AND ? IN (set_id, '') ORDER BY created, id",
        (set_id or "",),
    )
    return [_run(row) for row in rows]


def set_state(
    connection: Connection,
    run_id: str,
    status: str,
    stage: str,
    error_detail: str | None = None,
    ended: str | None = None,
) -> None:
    """Record where a run stands."""
    connection.execute(
        "UPDATE eval_runs SET status = ?, stage = ?, error_detail = ?, ended = ? WHERE id = ?",
        (status, stage, error_detail, ended, run_id),
    )


def add_items(connection: Connection, run_id: str, model_id: str, items: Sequence[ItemRow]) -> None:
    """Record what a model made of rows."""
    connection.executemany(
        "INSERT INTO item_results"
        " (run_id, model_id, idx, output, score, error, cost_pico_usd, fault)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (run_id, model_id, i.idx, _written(i), i.score, i.error, i.cost_pico_usd, i.fault)
            for i in items
        ),
    )


def take_over(connection: Connection, old_id: str, run: RunRow) -> None:
    """Give a run the rows that an earlier one of the same set has scored; errors are no scores."""
    connection.execute(
        "INSERT INTO item_results"
        " SELECT ?, model_id, idx, output, score, error, cost_pico_usd, fault FROM item_results"
        " WHERE run_id = ? AND error IS NULL AND model_id IN (SELECT value FROM json_each(?))",
        (run.id, old_id, json.dumps(run.candidates)),
    )


def done(connection: Connection, run_id: str, model_id: str) -> set[int]:
    """The indices of the rows that a model is through with."""
    rows = connection.execute(
        "SELECT idx FROM item_results WHERE run_id = ? AND model_id = ?", (run_id, model_id)
    )
    return {row["idx"] for row in rows}


def highest_cost(connection: Connection, run_id: str, model_id: str) -> int | None:
    """What the dearest row of a model cost, in pico-USD; None before the first."""
    row = connection.execute(
        "SELECT MAX(cost_pico_usd) AS most FROM item_results"
        " WHERE run_id = ? AND model_id = ? AND error IS NULL",
        (run_id, model_id),
    ).fetchone()
    return None if row["most"] is None else int(row["most"])


def items(connection: Connection, run_id: str, model_id: str) -> Iterator[ItemRow]:
    """What a model made of the rows done so far, by index, read as they are taken."""
    rows = connection.execute(
        "SELECT idx, output, score, error, cost_pico_usd, fault FROM item_results"
        " WHERE run_id = ? AND model_id = ? ORDER BY idx",
        (run_id, model_id),
    )
    return map(_item, rows)


def counts(connection: Connection, run_id: str) -> tuple[int, int]:
    """How many rows are done over all models, and how many of them have a score."""
    row = connection.execute(
        "SELECT COUNT(*), COUNT(score) FROM item_results WHERE run_id = ?", (run_id,)
    ).fetchone()
    return row[0], row[1]


def usual_error(connection: Connection, run_id: str) -> str | None:
    """The error that most rows have, or None."""
    row = connection.execute(
        "SELECT error FROM item_results WHERE run_id = ? AND error IS NOT NULL"
        " GROUP BY error ORDER BY COUNT(*) DESC, error LIMIT 1",
        (run_id,),
    ).fetchone()
    return row["error"] if row else None


def put_result(connection: Connection, run_id: str, model_id: str, result: dict[str, Any]) -> None:
    """Record a model's result."""
    values = {"model_id": model_id, "result": json.dumps(result, ensure_ascii=False)}
    insert(connection, "results", "INSERT OR REPLACE", run_id=run_id, **values)


def results(connection: Connection, run_id: str) -> dict[str, dict[str, Any]]:
    """The results of the models that are through, by model."""
    rows = connection.execute("SELECT model_id, result FROM results WHERE run_id = ?", (run_id,))
    return {row["model_id"]: json.loads(row["result"]) for row in rows}


def _run(row: Row) -> RunRow:
    values = {field.name: row[field.name] for field in fields(RunRow)}
    return RunRow(**values | {"candidates": tuple(json.loads(row["candidates"]))})


def _written(item: ItemRow) -> str | None:
    return None if item.error else json.dumps(item.output, ensure_ascii=False)


def _item(row: Row) -> ItemRow:
    output = None if row["output"] is None else json.loads(row["output"])
    return ItemRow(**dict(row) | {"output": output})
