"""Rows bought as they are needed: in batches that grow, until the gates are decided.

Each batch is an evaluation of its own, known by its content. So a killed apply, which runs the same
batches anew, finds every one that it paid for, and comes to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pareta_plan.apply.evaluation import Wanted
from pareta_plan.canonical import digest_json
from pareta_plan.errors import NotFoundError
from pareta_plan.gates.evidence import evidence_of, told_by_row, unusable
from pareta_plan.gates.gates import judge, settled
from pareta_plan.gates.pooled import Places, pooled
from pareta_plan.manifest.manifest import Eval
from pareta_plan.project.lockfile import Basis, Batch, Entry, Evidence
from pareta_plan.wire import EvalRun


class AsNeeded:
    """The rows of a workload, bought in batches.

    `evaluate` gives the finished run of what is wanted, `look_up` that of an id; it raises
    NotFoundError where there is none. `known` are batches that an earlier apply bought. All rows
    are bought if it isn't only `until_decided`.
    """

    def __init__(
        self,
        wanted: Wanted,
        entry: Entry,
        evaluate: Callable[[Wanted], EvalRun],
        look_up: Callable[[str], EvalRun],
        known: Sequence[Batch],
        *,
        until_decided: bool,
    ) -> None:
        self._wanted = wanted
        self._entry = entry
        self._evaluate = evaluate
        self._look_up = look_up
        self._known = known
        self._until_decided = until_decided

    def run(self, eval: Eval, basis: Basis) -> Evidence:
        """The evidence of as many rows as decide the gates, or of all.

        Raises what an evaluation raises.
        """
        order, entry = self._wanted.data.drawn(), self._entry
        parts: list[tuple[EvalRun, Places]] = []
        batches: list[Batch] = []
        for n, places in enumerate(self._spans(eval, order)):
            run = self._bought(n, places, sum(batch.rows for batch in batches))
            if not told_by_row(run, entry.task.scorer):
                return evidence_of(self._evaluate(self._wanted), basis, entry)
            parts.append((run, places))
            batches.append(Batch(run_id=run.id, rows=len(places)))
            drawn = [idx for _, part in parts for idx in part]
            shown = evidence_of(pooled(parts), basis, entry, drawn).model_copy(
                update={"batches": batches, "of_rows": len(order)}
            )
            verdicts = judge(eval.gates, shown, entry.model.resolved.id)
            if self._until_decided and len(parts) >= len(self._known) and settled(verdicts):
                break
        return shown

    def _spans(self, eval: Eval, order: Sequence[int]) -> Iterator[Places]:
        """The places of each batch: of those that are known, then a quarter more each time."""
        sizes = [batch.rows for batch in self._known]
        done = 0
        while done < len(order):
            if sizes:
                size = sizes.pop(0)
            elif not self._until_decided:
                size = len(order)
            else:
                size = max(eval.batch, done // 4) if done else eval.at_least
            yield order[done : done + size]
            done += size

    def _bought(self, n: int, places: Places, before: int) -> EvalRun:
        wanted = replace(self._part(places), rows_before=before)
        if n < len(self._known):
            try:
                run = self._look_up(self._known[n].run_id)
            except NotFoundError:
                return self._evaluate(wanted)
            if run.is_terminal and not unusable(run, wanted.candidates):
                return run
        return self._evaluate(wanted)

    def _part(self, places: Places) -> Wanted:
        whole = self._wanted
        rows = len(whole.data.rows) - sum(batch.rows for batch in self._known)
        reserve = whole.reserve_micro_usd
        return replace(
            whole,
            data=whole.data.part(places),
            key=digest_json([whole.key, [*places]]).removeprefix("sha256:")[:32],
            reserve_micro_usd=None
            if reserve is None
            else -(-reserve * len(places) // max(rows, len(places))),
        )
