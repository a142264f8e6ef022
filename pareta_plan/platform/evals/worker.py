"""Working on a run: every row by every model, written with their charges in groups."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from sqlite3 import Connection

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.evals.conclusion import concluded
from pareta_plan.platform.evals.executor import Stopping
from pareta_plan.platform.evals.left import Left
from pareta_plan.platform.evals.purse import OverBudget, Purse
from pareta_plan.platform.kinds.similarity import Unscorable
from pareta_plan.platform.models.fleet import Fleet, ModelFailed, Served
from pareta_plan.platform.models.model import Answered, Interrupted, Unreachable, Value
from pareta_plan.platform.models.pricing import kept
from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.scoring.score import GROUP_ROWS, ScoredRow, scored
from pareta_plan.platform.store import evals as set_rows
from pareta_plan.platform.store import runs
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.runs import ItemRow, RunRow
from pareta_plan.platform.store.store import Store, StoreClosed
from pareta_plan.wire import BUDGET

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
        except (OverBudget, Unreachable) as ended:
            self._fail(run, str(ended), BUDGET if isinstance(ended, OverBudget) else "unreachable")
        except (RunFailed, Refusal, Unscorable) as failure:
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
            done = runs.done(connection, run.id, model_id)
        left = [idx for idx in range(run.item_count) if idx not in done]
        if left and not self._score_rows(run, task, model_id, left, stopping):
            return False
        self._conclude(run, task, model_id)
        return True

    def _score_rows(
        self,
        run: RunRow,
        task: CatalogTask,
        model_id: str,
        left: Sequence[int],
        stopping: Stopping,
    ) -> bool:
        """Score the rows left; False when told to stop before the last."""
        model, through = self._model(run, task, model_id), 0
        purse = Purse(self._store, self._meter, run, model_id, task.price(model_id))
        purse.worst_cost = model.worst_cost
        rows = Left(self._store, run.set_id, task.spec.blob_field, left, purse)
        try:
            for group in scored(task.spec, model, rows.take, stopping):
                items = [_item(row) for row in group]
                self._keep(run, model_id, items)
                purse.settle({item.idx: item.cost_pico_usd for item in items})
                through += len(group)
        finally:
            purse.close()
        return through == len(left)

    def _model(self, run: RunRow, task: CatalogTask, model_id: str) -> Served | Lost:
        """The model; one that can't be loaded fails on every row."""
        told: list[str] = []

        def on_stage(stage: str, _share: float | None = None) -> None:
            if told[-1:] != [stage]:
                told.append(stage)
                with self._store.write() as connection:
                    runs.set_state(connection, run.id, "running", stage)

        try:
            served = self._fleet.get(task, model_id, on_stage)
            served.model.begin()
            return served
        except ModelFailed as error:
            return Lost(error)
        finally:
            on_stage(SCORING)

    def _keep(self, run: RunRow, model_id: str, items: Sequence[ItemRow]) -> None:
        """Write rows with their charges; where the balance doesn't pay for all, those it does."""
        try:
            with self._store.write() as connection:
                self._write(connection, run, model_id, items)
        except Refusal:
            if len(items) == 1:
                raise
            for item in items:
                self._keep(run, model_id, [item])

    def _write(
        self, connection: Connection, run: RunRow, model_id: str, items: Sequence[ItemRow]
    ) -> None:
        runs.add_items(connection, run.id, model_id, items)
        for item in items:
            if item.error is None:
                cause, cost = f"eval:{run.id}:{model_id}:{item.idx}", item.cost_pico_usd
                subject = runs.subject(run.id)
                self._meter.charge(connection, cause=cause, subject=subject, pico_usd=cost)

    def _conclude(self, run: RunRow, task: CatalogTask, model_id: str) -> None:
        with self._store.read() as connection:
            items = [*runs.items(connection, run.id, model_id)]
            expected = set_rows.expected(connection, run.set_id)
        result = concluded(task, model_id, items, expected, self._served(task, model_id))
        with self._store.write() as connection:
            runs.put_result(connection, run.id, model_id, result.to_dict())

    def _served(self, task: CatalogTask, model_id: str) -> str | None:
        """What the server says that it served; a result without that is a result still."""
        with suppress(ModelFailed):
            return self._fleet.identity(task, model_id)
        return None

    def _fail(self, run: RunRow, detail: str, ended: str | None = None) -> None:
        with self._store.write() as connection:
            runs.set_state(connection, run.id, "failed", SCORING, detail, ended)


@dataclass(frozen=True, slots=True)
class Lost:
    """A model that can't be loaded, as one that fails on every row."""

    why: ModelFailed
    concurrency: int = 1
    batch: int = GROUP_ROWS
    worst_cost: Fraction | None = Fraction(0)

    def predict_many(self, values: Sequence[Value]) -> list[Answered]:
        """Why it can't be loaded, for each."""
        return [self.why] * len(values)

    def flight(self) -> None:
        """There is no other way."""

    def explained(self, error: Exception) -> Exception:
        """As it is."""
        return error


def _item(row: ScoredRow) -> ItemRow:
    answer = row.prediction
    if answer is None:
        return ItemRow(row.idx, None, None, str(row.error)[:MAX_ERROR], 0)
    return ItemRow(row.idx, answer.output, row.score, None, kept(answer.cost), answer.fault)
