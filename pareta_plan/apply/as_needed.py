"""Rows bought as they are needed: in batches that grow, until the gates are decided.

Each batch is an evaluation of its own, known by its content. So a killed apply, which runs the same
batches anew, finds every one that it paid for, and comes to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pareta_plan.apply.evaluation import Wanted
from pareta_plan.canonical import digest_json
from pareta_plan.errors import NotFoundError
from pareta_plan.gates.course import bounds_now
from pareta_plan.gates.evidence import evidence_of, tells_scores, told_by_row, unusable
from pareta_plan.gates.gates import judge, settled
from pareta_plan.gates.pooled import Places, places, pooled
from pareta_plan.manifest.manifest import Eval
from pareta_plan.plan.buying import Buying, next_batch
from pareta_plan.project.lockfile import Basis, Batch, Evidence
from pareta_plan.wire import EvalRun


class AsNeeded:
    """The rows of a workload, bought in batches.

    `evaluate` gives the finished run of what is wanted, `look_up` that of an id; it raises
    NotFoundError where there is none. What `buying` says was bought is gone on with; all rows are
    bought if they aren't only wanted as needed.
    """

    def __init__(
        self,
        wanted: Wanted,
        buying: Buying,
        evaluate: Callable[[Wanted], EvalRun],
        look_up: Callable[[str], EvalRun],
    ) -> None:
        self._wanted = wanted
        self._entry = buying.workload.entry
        self._evaluate = evaluate
        self._look_up = look_up
        self._known = [*buying.batches]
        self._grown = buying.grown
        self._until_decided = buying.as_needed
        self._by_row = True
        self._order = wanted.data.drawn(self._grown)
        self.shown: Evidence | None = None
        """What the rows that were bought so far show."""

    def run(self, eval: Eval, basis: Basis) -> Evidence:
        """The evidence of as many rows as decide the gates, or of all.

        Raises what an evaluation raises.
        """
        entry, done = self._entry, 0
        parts: list[tuple[EvalRun, Places]] = []
        batches: list[Batch] = []
        while done < len(self._order):
            batch, where = self._next(eval, len(batches), done)
            run = self._bought(batch, where, done)
            if not told_by_row(run, entry.task.scorer):
                if (parts and self._by_row) or tells_scores(run):  # their mean isn't the quality
                    return evidence_of(self._evaluate(self._wanted), basis, entry)
                self._by_row = self._until_decided = False
            parts.append((run, where))
            batches.append(batch.model_copy(update={"run_id": run.id}))
            done += batch.rows
            if len(batches) < len(self._known):
                continue
            self.shown = self._pooled(parts, batches, basis)
            verdicts = judge(eval.gates, self.shown, entry.model.resolved.id)
            if self._until_decided and settled(verdicts):
                break
        assert self.shown is not None  # noqa: S101 - there is a row
        return self.shown

    def _pooled(
        self, parts: Sequence[tuple[EvalRun, Places]], batches: list[Batch], basis: Basis
    ) -> Evidence:
        """The evidence of all parts, looked at in the order of the draw; the last notes bounds."""
        drawn = self._order[: sum(batch.rows for batch in batches)]
        made = evidence_of(pooled(parts), basis, self._entry, drawn if self._by_row else None)
        bounds = bounds_now(made, self._entry.model.resolved.id)
        batches[-1] = batches[-1].model_copy(update={"bounds": bounds})
        told = {"batches": [*batches], "of_rows": len(self._order), "grown": self._grown or None}
        return made.model_copy(update=told)

    def _next(self, eval: Eval, n: int, done: int) -> tuple[Batch, Places]:
        """The next batch: one that is known, or as large as is due; and the places of its rows."""
        if n < len(self._known):
            batch = self._known[n]
        else:
            size, left = next_batch(eval, done), len(self._order) - done
            batch = Batch(run_id="", rows=min(size, left) if self._until_decided else left)
        return batch, places(batch, self._order, done)

    def _bought(self, batch: Batch, where: Places, before: int) -> EvalRun:
        wanted = replace(self._part(where), rows_before=before)
        if batch.run_id:
            try:
                run = self._look_up(batch.run_id)
            except NotFoundError:
                return self._evaluate(wanted)
            if run.is_terminal and not unusable(run, wanted.candidates):
                return run
        return self._evaluate(wanted)

    def _part(self, where: Places) -> Wanted:
        whole = self._wanted
        rows = len(whole.data.rows) - sum(batch.rows for batch in self._known)
        reserve = whole.reserve_micro_usd
        return replace(
            whole,
            data=whole.data.part(where),
            key=digest_json([whole.key, [*where]]).removeprefix("sha256:")[:32],
            reserve_micro_usd=None
            if reserve is None
            else -(-reserve * len(where) // max(rows, len(where))),
        )
