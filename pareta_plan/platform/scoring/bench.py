"""Measures a task's models on its held-out rows: the leaderboard's only source."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import (
    Board,
    BoardEntry,
    Catalog,
    CatalogTask,
    Provenance,
    ranked,
)
from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec
from pareta_plan.platform.model import Document, Model, Prediction, Progress
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.pricing import USD_PER_CPU_HOUR, cost_micro_usd
from pareta_plan.platform.scoring import scorers

STAGE = "measuring"

MakeDocument = Callable[[dict[str, Any]], Document]
"""Makes the document of a row of a document task."""

Answer = tuple[Any, Prediction | ParetaError]
"""What a row expects, and the model's prediction or failure."""


def bench(
    catalog: Catalog,
    task: CatalogTask,
    progress: Progress | None = None,
    document: MakeDocument | None = None,
) -> Board:
    """Measure all open models and benchmarked baselines of a task; raises as `measure`."""
    ids = [*(spec.alias for spec in task.spec.models), *task.spec.frontier]
    entries = [measure(catalog, task, id_, progress, document) for id_ in ids]
    return Board(task_id=task.id, metric=task.spec.scorer, entries=ranked(entries))


def measure(
    catalog: Catalog,
    task: CatalogTask,
    model_id: str,
    progress: Progress | None = None,
    document: MakeDocument | None = None,
) -> BoardEntry:
    """Run one model on all held-out rows.

    `progress` hears of the model's loading and, as stage "measuring" with the model's id,
    of the share of rows done. The cost of a request is the price of the rows' mean CPU
    time. Raises ParetaError for an unknown model, and when it fails on every row.
    """
    spec = catalog.candidate(task, model_id)
    if spec is None:
        raise ParetaError(f"{task.id} has no model {model_id!r}")
    report = progress or _silent
    model = loading.load(task, spec.runtime, spec.options, report)
    rows = task.rows("heldout")
    answers: list[Answer] = []
    for row in rows:
        answers.append((row["expected"], _predict(model, _value(task, row, document or _rendered))))
        report(STAGE, model_id, len(answers) / len(rows))
    return _entry(task, spec, model, answers)


def write(task: CatalogTask, board: Board) -> Path:
    """Write a board as the task's `leaderboard.json`: sorted keys, LF, replaced atomically."""
    path = task.folder / "leaderboard.json"
    handle, scratch = tempfile.mkstemp(dir=task.folder, prefix=".leaderboard-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_canonical(board))
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
    return path


def _canonical(board: Board) -> bytes:
    text = json.dumps(board.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


def _silent(_stage: str, _label: str, _share: float | None) -> None:
    pass


def _rendered(row: dict[str, Any]) -> Document:
    from pareta_plan.platform.invoices import invoices

    return invoices.render(row)


def _value(task: CatalogTask, row: dict[str, Any], document: MakeDocument) -> str | Document:
    return document(row) if task.spec.blob_field is not None else str(row["input"])


def _predict(model: Model, value: str | Document) -> Prediction | ParetaError:
    try:
        return model.predict(value)
    except ParetaError as error:
        return error


def _entry(
    task: CatalogTask, spec: ModelSpec | FrontierSpec, model: Model, answers: list[Answer]
) -> BoardEntry:
    name, kind = _identity(spec)
    answered = [(expected, p) for expected, p in answers if isinstance(p, Prediction)]
    if not answered:
        raise ParetaError(f"{name} failed on all rows of {task.id}: {answers[0][1]}")
    pairs = [(expected, prediction.output) for expected, prediction in answered]
    quality, low, high = scorers.aggregate(task.spec, pairs)
    seconds = fmean(prediction.cpu_seconds for _, prediction in answered)
    return BoardEntry(
        name=name,
        kind=kind,
        quality=quality,
        quality_ci_low=low,
        quality_ci_high=high,
        cost_per_request_micro_usd=cost_micro_usd(seconds),
        context_k=model.context_k,
        provenance=_provenance(task, model, len(answers), pairs, seconds),
    )


def _identity(spec: ModelSpec | FrontierSpec) -> tuple[str, Literal["open", "frontier"]]:
    return (spec.alias, "open") if isinstance(spec, ModelSpec) else (spec.id, "frontier")


def _provenance(
    task: CatalogTask, model: Model, rows: int, pairs: list[scorers.Pair], seconds: float
) -> Provenance:
    return Provenance(
        model=model.name,
        rows=rows,
        errors=rows - len(pairs),
        data_digest=task.digest("heldout"),
        date=datetime.now(UTC).date().isoformat(),
        cpu_seconds=round(seconds, 6),
        usd_per_cpu_hour=USD_PER_CPU_HOUR,
        deterministic=model.deterministic,
        labels=_labels(task, pairs),
    )


def _labels(task: CatalogTask, pairs: list[scorers.Pair]) -> dict[str, int] | None:
    if task.spec.kind != "classification":
        return None
    return dict(sorted(Counter(str(output) for _, output in pairs).items()))
