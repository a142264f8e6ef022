"""Working on a run: every row by every model, each written with its charge as it is scored."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from statistics import fmean
from typing import Any, NoReturn

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.document import Document
from pareta_plan.platform.evals.executor import Stopping
from pareta_plan.platform.models.fleet import Fleet, ModelFailed
from pareta_plan.platform.models.model import Interrupted
from pareta_plan.platform.models.pricing import billed
from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.scoring.score import Predict, Row, ScoredRow, scored
from pareta_plan.platform.store import evals as set_rows
from pareta_plan.platform.store import runs
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.runs import ItemRow, RunRow
from pareta_plan.platform.store.store import Store, StoreClosed
from pareta_plan.wire import AUTO, EvalResult

log = logging.getLogger(__name__)

SCORING = "scoring"
MAX_ERROR = 300


class RunFailed(Exception):
    """A run can't go on; the words are fit for clients."""


class Scoring:
    """Finishes runs, from wherever an earlier process left them."""

    def __init__(self, store: Store, catalog: Catalog, fleet: Fleet, meter: Meter) -> None:
        self._store = store
        self._catalog = catalog
        self._fleet = fleet
        self._meter = meter

    def work(self, run_id: str, stopping: Stopping) -> bool:
        """Score what isn't scored yet; True when the run is over, False when told to stop."""
        with self._store.read() as connection:
            run = runs.get(connection, run_id)
        if run is None or not run.active:
            return True
        try:
            return self._score(run, stopping)
        except Interrupted:
            return False
        except (RunFailed, Refusal) as failure:
            self._fail(run, str(failure))
        except (StoreClosed, sqlite3.OperationalError):
            raise
        except Exception as error:
            log.error("the run %s failed: %s", run.id, type(error).__name__)
            self._fail(run, "an internal error")
        return True

    def _score(self, run: RunRow, stopping: Stopping) -> bool:
        task = self._catalog.get(run.task_id)
        if task is None:
            raise RunFailed(f"the task {run.task_id!r} is no longer in the catalog")
        for model_id in run.candidates:
            if not self._score_model(run, task, model_id, stopping):
                return False
        with self._store.read() as connection:
            _, succeeded = runs.counts(connection, run.id)
            error = runs.usual_error(connection, run.id)
        if not succeeded:
            raise RunFailed(f"no row could be scored: {error}")
        with self._store.write() as connection:
            runs.set_state(connection, run.id, "completed", SCORING)
        return True

    def _score_model(
        self, run: RunRow, task: CatalogTask, model_id: str, stopping: Stopping
    ) -> bool:
        with self._store.read() as connection:
            done = {item.idx for item in runs.items(connection, run.id, model_id)}
        left = [idx for idx in range(run.item_count) if idx not in done]
        if left:
            unstopped = takewhile(lambda _: not stopping(), left)
            rows = self._paid(task, model_id, self._rows(run, task, unstopped))
            for row in scored(task.spec, self._predict(run, task, model_id), rows):
                self._keep(run, model_id, _item(row))
                done.add(row.idx)
        if len(done) < run.item_count:
            return False
        self._conclude(run, task, model_id)
        return True

    def _predict(self, run: RunRow, task: CatalogTask, model_id: str) -> Predict:
        """The model's answering; one that can't be loaded fails on every row."""
        told: list[str] = []

        def on_stage(stage: str, _share: float | None = None) -> None:
            if told[-1:] != [stage]:
                told.append(stage)
                with self._store.write() as connection:
                    runs.set_state(connection, run.id, "running", stage)

        try:
            return self._fleet.get(task, model_id, on_stage).predict
        except ModelFailed as error:
            return _failing(str(error))
        finally:
            on_stage(SCORING)

    def _paid(self, task: CatalogTask, model_id: str, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, with the usual price of each held back from its turn to the next one's."""
        for row in rows:
            with self._meter.hold(task.price(model_id)):
                yield row

    def _rows(self, run: RunRow, task: CatalogTask, left: Iterable[int]) -> Iterator[Row]:
        """The rows left, each read when it is to be scored."""
        field = task.spec.blob_field
        for idx in left:
            with self._store.read() as connection:
                row = set_rows.item(connection, run.set_id, idx)
                blob = set_rows.blob(connection, run.set_id, idx, field) if field else None
            if row is None or (field and blob is None):
                raise RunFailed("the eval set is gone")
            yield Row(idx, Document(*blob) if blob else row["input"], row["expected"])

    def _keep(self, run: RunRow, model_id: str, item: ItemRow) -> None:
        cause, subject = f"eval:{run.id}:{model_id}:{item.idx}", runs.subject(run.id)
        with self._store.write() as connection:
            runs.add_item(connection, run.id, model_id, item)
            if item.error is None:
                cost = item.cost_micro_usd
                self._meter.charge(connection, cause=cause, subject=subject, micro_usd=cost)

    def _conclude(self, run: RunRow, task: CatalogTask, model_id: str) -> None:
        with self._store.read() as connection:
            items = runs.items(connection, run.id, model_id)
            expected = [row["expected"] for row in set_rows.items(connection, run.set_id)]
        result = _concluded(task, model_id, items, expected)
        with self._store.write() as connection:
            runs.put_result(connection, run.id, model_id, result.to_dict())

    def _fail(self, run: RunRow, detail: str) -> None:
        with self._store.write() as connection:
            runs.set_state(connection, run.id, "failed", SCORING, detail)


def _concluded(
    task: CatalogTask, model_id: str, items: Sequence[ItemRow], expected: Sequence[Any]
) -> EvalResult:
    """A model's result over its scored rows; the others are errors, not quality."""
    answered = [item for item in items if item.error is None]
    pairs = [(expected[item.idx], item.output) for item in answered]
    quality, low, high = task.spec.answers.quality(pairs) if pairs else (None, None, None)
    cost = fmean(item.cost_micro_usd for item in answered) if answered else None
    return EvalResult(
        model_id=model_id,
        kind="open" if model_id == AUTO or task.model(model_id) else "frontier",
        quality_mean=quality,
        quality_ci_low=low,
        quality_ci_high=high,
        mean_cost_micro_usd=None if cost is None else round(cost),
        n_succeeded=len(answered),
        error_count=len(items) - len(answered),
    )


def _failing(why: str) -> Predict:
    def predict(_value: str | Document) -> NoReturn:
        raise ModelFailed(why)

    return predict


def _item(row: ScoredRow) -> ItemRow:
    if row.prediction is None:
        return ItemRow(row.idx, None, None, str(row.error)[:MAX_ERROR], 0)
    return ItemRow(row.idx, row.prediction.output, row.score, None, billed(row.prediction.cost))
