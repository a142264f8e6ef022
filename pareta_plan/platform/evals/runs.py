"""Eval runs: accepted after every check that can be made beforehand, scored in the background."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from pareta_plan.platform.bodies import NewRun
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.evals.executor import Executor
from pareta_plan.platform.models.fleet import STAGES
from pareta_plan.platform.models.pricing import whole_micro_usd
from pareta_plan.platform.refusal import bad_request, internal, not_found
from pareta_plan.platform.serving.chat import as_text
from pareta_plan.platform.store import evals as set_rows
from pareta_plan.platform.store import ledger
from pareta_plan.platform.store import runs as rows
from pareta_plan.platform.store.evals import SetRow
from pareta_plan.platform.store.idempotency import Answer, Effect, RequestKey, once
from pareta_plan.platform.store.ledger import Meter
from pareta_plan.platform.store.runs import ItemRow, RunRow
from pareta_plan.platform.store.store import Store
from pareta_plan.wire import (
    Run,
    RunProgress,
    StartedRun,
    exact_usd,
)

MAX_CANDIDATES = 20
MAX_PREDICTION = 500
NAMED_ROWS = 10


class Runs:
    """What `/v1/eval-runs` does."""

    def __init__(self, store: Store, catalog: Catalog, meter: Meter, executor: Executor) -> None:
        self._store = store
        self._catalog = catalog
        self._meter = meter
        self._executor = executor

    def start(self, body: NewRun, key: RequestKey | None) -> dict[str, Any]:
        """Accept a run. Raises Refusal: 400, 402 on an empty balance, 404.

        A run that was accepted before is answered with the status it has by now.
        """
        answer = once(self._store, key, lambda: self._creation(body)).body
        run_id = answer["run_id"]
        with self._store.read() as connection:
            run = rows.get(connection, run_id)
        self._executor.submit(run_id)
        return {**answer, "status": run.status} if run else answer

    def get(self, run_id: str) -> dict[str, Any]:
        """A run with the results of the models that are through. Raises Refusal (404).

        A run that nobody is working on, because its server died, is taken up again; so is one
        whose work broke off, after a Refusal (500) that says so.
        """
        with self._store.read() as connection:
            run = rows.get(connection, run_id)
            if run is None:
                raise not_found("eval run", run_id)
            shown = {"run": _shown(connection, run), "results": _results(connection, run)}
        if run.active:
            broken = self._executor.broke(run_id)
            self._executor.submit(run_id)
            if broken:
                raise internal(broken, f"run {run_id}")
        return shown

    def resume(self) -> None:
        """Take up every run that isn't over."""
        with self._store.read() as connection:
            active = rows.active(connection)
        for run in active:
            self._executor.submit(run.id)

    def _creation(self, body: NewRun) -> Effect:
        with self._store.read() as connection:
            owner = set_rows.get(connection, body.eval_set_id)
        task = self._catalog.get(owner.task_id)
        if task is None:
            raise bad_request(f"the task {owner.task_id!r} is no longer in the catalog")
        candidates = self._candidates(task, body.candidate_model_ids)
        self._meter.require_credit()
        run_id = f"run_{secrets.token_hex(8)}"

        def effect(connection: Connection) -> Answer:
            current = set_rows.get(connection, owner.id)
            _check_documents(connection, task, current)
            run = RunRow(
                run_id,
                current.id,
                task.id,
                tuple(candidates),
                current.item_count,
                max_cost_micro_usd=body.max_cost_micro_usd,
            )
            rows.add(connection, run)
            if body.resumes is not None:
                _take_over(connection, body.resumes, run)
            return Answer(StartedRun(run_id=run_id, status="queued").to_dict(), 202)

        return effect

    def _candidates(self, task: CatalogTask, wanted: Sequence[str]) -> list[str]:
        unique = list(dict.fromkeys(wanted))
        if len(unique) > MAX_CANDIDATES:
            raise bad_request(f"a run compares at most {MAX_CANDIDATES} models")
        for model_id in unique:
            if self._catalog.candidate(task, model_id):
                continue
            if any(model.id == model_id for model in self._catalog.roster()):
                raise bad_request(f"{model_id} reads text only and can't do {task.id}")
            known = ", ".join(self._catalog.candidates(task))
            raise bad_request(f"{task.id} has no model {model_id!r}; it has {known}")
        return unique


def _take_over(connection: Connection, old_id: str, run: RunRow) -> None:
    old = rows.get(connection, old_id)
    if old is None:
        raise not_found("eval run", old_id)
    if old.active or old.set_id != run.set_id:
        raise bad_request("resumes must be a run of the same eval set that is over")
    rows.take_over(connection, old_id, run)


def _check_documents(connection: Connection, task: CatalogTask, owner: SetRow) -> None:
    if task.spec.blob_field is None:
        return
    missing = set_rows.rows_without(connection, owner.id, task.spec.blob_field)
    if missing:
        named = ", ".join(map(str, missing[:NAMED_ROWS]))
        more = f" and {len(missing) - NAMED_ROWS} more" if len(missing) > NAMED_ROWS else ""
        raise bad_request(f"no {task.spec.blob_field} is attached to the rows {named}{more}")


def _shown(connection: Connection, run: RunRow) -> dict[str, Any]:
    spent = ledger.spent(connection, rows.subject(run.id))
    return Run(
        id=run.id,
        eval_set_id=run.set_id,
        status=run.status,
        candidate_model_ids=list(run.candidates),
        error_detail=run.error_detail,
        total_cost_micro_usd=whole_micro_usd(spent),
        total_cost_usd=exact_usd(spent),
        max_cost_micro_usd=run.max_cost_micro_usd,
        ended=run.ended,
        progress=_progress(connection, run) if run.active else None,
        created=int(run.created),
    ).to_dict()


def _progress(connection: Connection, run: RunRow) -> RunProgress:
    done, _ = rows.counts(connection, run.id)
    label = STAGES.get(run.stage, run.stage.capitalize())
    total = run.item_count * len(run.candidates)
    return RunProgress(stage=run.stage, label=label, done=done, total=total)


def _results(connection: Connection, run: RunRow) -> list[dict[str, Any]]:
    """The results so far; their rows once the run is over, as whoever waits asks often."""
    results = rows.results(connection, run.id)
    found = [results[model_id] for model_id in run.candidates if model_id in results]
    if run.active:
        return found
    return [
        {**one, "per_item": [*map(_item, rows.items(connection, run.id, one["model_id"]))]}
        for one in found
    ]


def _item(item: ItemRow) -> dict[str, Any]:
    """An EvalItemResult as JSON: there may be many."""
    prediction = None if item.error else as_text(item.output)[:MAX_PREDICTION]
    shown = {"idx": item.idx, "score": item.score, "prediction": prediction, "error": item.error}
    if item.error is None:
        shown["cost_usd"] = exact_usd(item.cost_pico_usd)
    return shown | ({"fault": item.fault} if item.fault else {})
