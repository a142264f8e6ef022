"""Measures a task's models on its held-out rows: the leaderboard's only source."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import fmean, mean
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.board import Board, BoardEntry, Provenance, ranked
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Model, Progress, unheard
from pareta_plan.platform.models.pricing import USD_PER_CPU_HOUR, listed
from pareta_plan.platform.packages import Unfetched
from pareta_plan.platform.scoring.crew import Row
from pareta_plan.platform.scoring.score import ScoredRow, scored
from pareta_plan.wire import PICO_PER_MICRO, exact_usd

STAGE = "measuring"


def bench(
    catalog: Catalog,
    task: CatalogTask,
    progress: Progress = unheard,
    unfetched: Callable[[str, ParetaError], None] | None = None,
) -> Board:
    """Measure all open models and benchmarked baselines of a task; raises as `measure`.

    With `unfetched` it is told of the models whose weights can't be had, and the others are
    measured; where that is none, it raises what kept the last one.
    """
    entries: list[BoardEntry] = []
    missing: Unfetched | None = None
    for id_ in [*(spec.alias for spec in task.spec.models), *task.spec.frontier]:
        try:
            entries.append(measure(catalog, task, id_, progress))
        except Unfetched as error:
            if unfetched is None:
                raise
            missing = error
            unfetched(id_, error)
    if missing and not entries:
        raise missing
    return Board(task_id=task.id, metric=task.spec.scorer, entries=ranked(entries))


def measure(
    catalog: Catalog, task: CatalogTask, model_id: str, progress: Progress = unheard
) -> BoardEntry:
    """Run one model on all held-out rows.

    `progress` hears of the model's loading and, as stage "measuring" with the model's id,
    of the share of rows done. The cost of a request is the price of the rows' mean CPU
    time. Raises ParetaError for an unknown model, and when it fails on every row.
    """
    spec = catalog.candidate(task, model_id)
    if spec is None:
        raise ParetaError(f"{task.id} has no model {model_id!r}")
    model = loading.load(task, spec.runtime, spec.options, progress)
    rows = task.telling(progress).rows("heldout")
    asked = (Row(n, value(task, row), row["expected"]) for n, row in enumerate(rows))
    done: list[ScoredRow] = []
    for group in scored(task.spec, model, lambda most: list(islice(asked, most))):
        done += group
        progress(STAGE, model_id, len(done) / len(rows))
    done.sort(key=lambda row: row.idx)
    return entry(task, spec, model, done)


def contents(board: Board) -> bytes:
    """A board's file: sorted keys, LF, without what isn't known."""
    values = board.model_dump(mode="json", exclude_none=True)
    return f"{json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False)}\n".encode()


def write(task: CatalogTask, board: Board) -> Path:
    """Write a board as the task's `leaderboard.json`, replaced atomically."""
    scratch = task.folder / f".leaderboard-{os.getpid()}"
    try:
        scratch.write_bytes(contents(board))
        return scratch.replace(task.folder / "leaderboard.json")
    finally:
        scratch.unlink(missing_ok=True)


def value(task: CatalogTask, row: dict[str, Any]) -> str | Document:
    """What a model is asked about a held-out row."""
    if task.spec.blob_field is None:
        return str(row["input"])
    from pareta_plan.platform.invoices import invoices  # here: only documents are drawn

    return invoices.render(row)


def entry(
    task: CatalogTask, spec: ModelSpec | FrontierSpec, model: Model, rows: Sequence[ScoredRow]
) -> BoardEntry:
    """What the rows show of a model. Raises ParetaError when it failed on every one."""
    name = spec.alias if isinstance(spec, ModelSpec) else spec.id
    answered = [(row, row.prediction) for row in rows if row.prediction]
    if not answered:
        raise ParetaError(f"{name} failed on all rows of {task.id}: {rows[0].error}")
    predictions = [prediction for _, prediction in answered]
    quality = task.spec.answers.quality([(row.expected, row.answer) for row, _ in answered])
    cost = mean(p.cost for p in predictions)
    return BoardEntry(
        name=name,
        kind="open" if isinstance(spec, ModelSpec) else "frontier",
        quality=quality.mean,
        quality_ci_low=quality.low,
        quality_ci_high=quality.high,
        cost_per_request_micro_usd=listed(cost),
        cost_per_request_usd=exact_usd(cost * PICO_PER_MICRO),
        context_k=model.context_k,
        provenance=Provenance(
            model=model.name,
            rows=len(rows),
            errors=len(rows) - len(predictions),
            data_digest=task.digest("heldout"),
            date=datetime.now(UTC).date().isoformat(),
            cpu_seconds=round(fmean(p.cpu_seconds for p in predictions), 6),
            usd_per_cpu_hour=USD_PER_CPU_HOUR,
            deterministic=model.deterministic,
            labels=task.spec.answers.counted(p.output for p in predictions if not p.fault),
        ),
    )
