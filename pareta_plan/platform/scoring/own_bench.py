"""Measures a project's models on a task's held-out rows, for the project's own board."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import fmean
from typing import Any

from pareta_plan.errors import CostCapError, ParetaError
from pareta_plan.platform.catalog.board import Board, BoardEntry, ranked
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Model, Progress, Unreachable, unheard
from pareta_plan.platform.scoring.bench import STAGE, entry, value
from pareta_plan.platform.scoring.budget import Budget
from pareta_plan.platform.scoring.crew import Row
from pareta_plan.platform.scoring.score import ScoredRow, scored
from pareta_plan.wire import MICRO, NO_ROW_MEANS


@dataclass(frozen=True)
class Manner:
    """How to measure: within which budget, and how often each row is asked."""

    budget: Budget = field(default_factory=Budget)
    repeat: int = 1


def budget(usd: float | None) -> Budget:
    """A ceiling of so many dollars, or none."""
    return Budget(None if usd is None else Fraction(str(usd)) * MICRO)


def measure(task: CatalogTask, name: str, how: Manner, progress: Progress = unheard) -> BoardEntry:
    """Ask one of the project's models, by alias or id, about all held-out rows.

    `progress` is told as `bench.measure` tells it. Raises CostCapError before a row that could
    pass the ceiling, and ParetaError for rows or a model that can't be had, for a provider that is
    gone, and where every row failed; nothing of it is measured then.
    """
    spec = task.own(name)
    if spec is None:
        raise ParetaError(f"the project has no model {name!r} for {task.id}")
    rows = task.telling(progress).rows("heldout")
    with closing(loading.load(task, spec.runtime, spec.options, progress)) as model:
        if how.budget.ceiling is not None and not _is_bounded(model):
            raise _unbounded(name)
        asked = _Rows(task, rows, how, model.worst_cost)
        done = _asked(task, model, asked, name, progress)
        return _entry(task, spec, model, done, how)


def board(task: CatalogTask, measured: Sequence[BoardEntry]) -> Board:
    """The project's board with these figures, beside those of other models that still hold."""
    new = {one.name for one in measured}
    kept = [one for one in task.own_board.entries if one.name not in new and task.is_current(one)]
    return task.own_board.model_copy(update={"entries": ranked([*kept, *measured])})


class _Rows:
    """The rows that are still to be asked, each handed out when the budget admits it."""

    def __init__(
        self, task: CatalogTask, rows: Sequence[dict[str, Any]], how: Manner, worst: Fraction | None
    ) -> None:
        self._task = task
        self._rows = rows
        self._budget = how.budget
        self._worst = worst
        self.total = how.repeat * len(rows)
        self._left = deque(range(self.total))

    def take(self, most: int) -> list[Row]:
        """At most so many rows, fewer where more could pass the ceiling."""
        taken: list[Row] = []
        while self._left and len(taken) < most and self._budget.admits(self._worst):
            idx = self._left.popleft()
            row = self._rows[idx % len(self._rows)]
            taken.append(Row(idx, value(self._task, row), row["expected"]))
        return taken

    def settle(self, rows: Iterable[ScoredRow]) -> None:
        """Take what they cost instead of the worst; of one without an answer nobody knows that."""
        for row in rows:
            self._budget.settle(self._worst, row.prediction.cost if row.prediction else None)

    def capped(self, name: str) -> CostCapError | None:
        """That the ceiling left some; None when all were asked."""
        if not self._left:
            return None
        return _capped(self._budget, name, self.total - len(self._left), self.total)


def _asked(
    task: CatalogTask, model: Model, asked: _Rows, name: str, progress: Progress
) -> list[ScoredRow]:
    """All rows, scored, in their order."""
    done: list[ScoredRow] = []
    model.begin()
    try:
        for group in scored(task.spec, model, asked.take):
            asked.settle(group)
            done += group
            progress(STAGE, name, len(done) / asked.total)
    except Unreachable as gone:
        raise _gone(name, task.id, gone) from None
    if capped := asked.capped(name):
        raise capped
    return sorted(done, key=lambda row: row.idx)


def _entry(
    task: CatalogTask,
    spec: ModelSpec | FrontierSpec,
    model: Model,
    done: Sequence[ScoredRow],
    how: Manner,
) -> BoardEntry:
    """The first round of rows makes the figures; the further ones tell how steady they are."""
    count = len(done) // how.repeat
    first = done[:count]
    made = entry(task, spec, model, first)
    predictions = [row.prediction for row in done if row.prediction]
    more: dict[str, Any] = {
        **model.told(),
        "served": _served(model),
        "basis": task.basis(spec),
        "prompt_tokens": round(fmean(p.prompt_tokens for p in predictions), 1),
        "completion_tokens": round(fmean(p.completion_tokens for p in predictions), 1),
        "faults": dict(sorted(Counter(p.fault for p in predictions if p.fault).items())) or None,
        "scores": _scores(task, first),
    }
    if how.repeat > 1:
        more |= {"repeats": how.repeat, "flipped": _flipped(done, count)}
    provenance = made.provenance.model_copy(update=more)
    return made.model_copy(update={"provenance": provenance})


def _served(model: Model) -> str | None:
    """What the server says that it is; a figure without that is a figure still."""
    with suppress(ParetaError):
        return model.identity()
    return None


def _scores(task: CatalogTask, rows: Sequence[ScoredRow]) -> list[float] | None:
    """The rows' scores in their order, where quality is their mean and none is missing."""
    if task.spec.scorer in NO_ROW_MEANS:
        return None
    scores = [round(row.score, 6) for row in rows if row.score is not None]
    return scores if len(scores) == len(rows) else None


def _flipped(done: Sequence[ScoredRow], count: int) -> int:
    """Rows that had different answers; one without an answer tells nothing."""
    answers: list[set[str]] = [set() for _ in range(count)]
    for row in done:
        if row.prediction:
            fault = row.prediction.fault
            answers[row.idx % count].add(json.dumps([fault, row.answer], sort_keys=True))
    return sum(len(given) > 1 for given in answers)


def _gone(name: str, task_id: str, gone: Unreachable) -> ParetaError:
    return ParetaError(
        f"{name} on {task_id}: {gone.message}; nothing of it is written",
        hint="See that the server runs, and that its key and its `base_url` under `providers` in "
        "pareta-project.yaml are right; then run the same command again.",
    )


def _is_bounded(model: Model) -> bool:
    return model.worst_cost is not None and "price" in model.told()


def _unbounded(name: str) -> CostCapError:
    return CostCapError(
        f"--max-cost can't be held: nothing bounds what a request to {name} costs",
        hint="Give it a price by tokens and `context_k` in pareta-project.yaml, or leave "
        "--max-cost out.",
    )


def _capped(budget: Budget, name: str, asked: int, total: int) -> CostCapError:
    spent, ceiling = (float(amount or 0) / MICRO for amount in (budget.spent, budget.ceiling))
    return CostCapError(
        f"{name}: stopped before --max-cost: after {asked:,} of {total:,} rows at most "
        f"${spent:.6f} are spent, and the next row could pass ${ceiling:.6f}; nothing of {name} "
        "is written",
        hint="Give a higher --max-cost, or name fewer models with --model.",
    )
