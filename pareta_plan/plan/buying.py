"""Which of a workload's rows an evaluation buys, and after which of them it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pareta_plan.gates.course import Course, courses
from pareta_plan.gates.forecast import rows_expected
from pareta_plan.gates.gates import Outcome, Verdict, judge, settled
from pareta_plan.manifest.manifest import Eval
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Batch, Evidence
from pareta_plan.wire import NO_ROW_MEANS


@dataclass(frozen=True)
class Buying:
    """What is to be bought of a workload's rows; `reuse` is whether evidence may be reused."""

    workload: Workload
    reuse: bool

    @property
    def is_needed(self) -> bool:
        """Whether it is to be evaluated: nothing measured holds, is to be reused, or suffices."""
        if self.workload.basis is None:
            return False
        return self.begun is None or self._wants_more(self.begun)

    @cached_property
    def begun(self) -> Evidence | None:
        """The evidence that is gone on with: it holds, or rows were only added to those it is of.

        None where it is to be bought anew.
        """
        evidence = self.workload.entry.evidence
        if evidence is None or not self.reuse:
            return None
        return evidence if evidence.basis == self.workload.basis or self._grows else None

    @property
    def differs_in_rows(self) -> bool:
        """Whether evidence would hold but for the rows that it is of."""
        evidence, basis = self.workload.entry.evidence, self.workload.basis
        if evidence is None or basis is None or evidence.basis == basis:
            return False
        return evidence.basis.model_copy(update={"rows": basis.rows}) == basis

    @property
    def attempt(self) -> int | None:
        """Which attempt at the same question an evaluation is; None of a first.

        Whoever begins anew, with other rows or with the same once more, until a gate passes, passes
        falsely more often than once in twenty times.
        """
        before, basis = self.workload.entry.evidence, self.workload.basis
        if before is None or basis is None:
            return None
        if self.begun:
            return self.begun.attempt
        anew = not self.reuse or before.basis.rows != basis.rows
        return (before.attempt or 1) + 1 if anew and before.basis.asks_as(basis) else None

    @property
    def added(self) -> int:
        """How many rows were added to those of the evidence that is gone on with."""
        return (self.workload.entry.added or 0) if self.reuse and self._grows else 0

    @property
    def _grows(self) -> bool:
        """Whether rows were only added, and those before them can be told one by one."""
        evidence = self.workload.entry.evidence
        if evidence is None or not self.workload.entry.added or not self.differs_in_rows:
            return False
        return evidence.batches is not None or (self._may_need_fewer and _told_by_row(evidence))

    @property
    def _may_need_fewer(self) -> bool:
        return self._eval is not None and self._eval.as_needed(self.workload.rows, begun=True)

    @property
    def _eval(self) -> Eval | None:
        return self.workload.manifest.eval if self.workload.manifest else None

    @property
    def as_needed(self) -> bool:
        """Whether rows are bought until they decide the gates."""
        by_row = self.workload.entry.task.scorer not in NO_ROW_MEANS
        begun = bool(self.batches)
        return by_row and bool(self._eval and self._eval.as_needed(self.workload.rows, begun=begun))

    @property
    def batches(self) -> Sequence[Batch]:
        """The parts of the rows that were bought, and are to be gone on with."""
        if self.begun is None:
            return ()
        if self.begun.batches is None and self.added:
            rows = self.workload.rows - self.added
            return [Batch(run_id=self.begun.run_id, rows=rows, as_filed=True)]
        return self.begun.batches or ()

    @property
    def bought(self) -> int:
        """How many rows those are."""
        return sum(batch.rows for batch in self.batches)

    @property
    def rows(self) -> int:
        """How many rows an evaluation scores at most."""
        return max(self.workload.rows - self.bought, 0)

    @property
    def first_rows(self) -> int:
        """How many of those it buys at least: the next batch, or all."""
        if self._eval is None or not self.as_needed:
            return self.rows
        return min(next_batch(self._eval, self.bought), self.rows)

    @property
    def grown(self) -> list[int]:
        """How many rows there were each time before some were added."""
        before = [*(self.begun.grown or ())] if self.begun else []
        return [*before, self.workload.rows - self.added] if self.added else before

    @property
    def carried(self) -> Mapping[str, object]:
        """What evidence says of its rows where more were added, which decide nothing."""
        if not self.added:
            return {}
        return {
            "basis": self.workload.basis,
            "of_rows": self.workload.rows,
            "grown": self.grown,
        }

    def _wants_more(self, evidence: Evidence) -> bool:
        """Whether rows are left that may decide what those that were bought don't."""
        if self._eval is None:
            return False
        if evidence.batches is None:
            return bool(self.added)
        if not self.rows:
            return False
        return not (self.as_needed and settled(self._verdicts))

    @cached_property
    def _verdicts(self) -> Sequence[Verdict]:
        """Of the gates on the evidence that is gone on with."""
        if self.begun is None or self._eval is None:
            return ()
        return judge(self._eval.gates, self.begun, self._chosen)

    @property
    def _chosen(self) -> str:
        return self.workload.entry.model.resolved.id

    @property
    def courses(self) -> list[Course]:
        """How the bounds of the rows that were bought came towards the gates' limits."""
        return [*courses(self._verdicts, self.begun, self._chosen)] if self.begun else []

    @property
    def expected_rows(self) -> int | None:
        """How many of `rows` will probably decide the gates; None where nobody knows.

        By what was bought so far, or else by the leaderboard's figures.
        """
        if self._eval is None or not self.as_needed:
            return None
        rows, bought = self._rows_to_decide(self._eval), self.bought
        if rows is None:
            return None
        return min(max(rows - bought, next_batch(self._eval, bought)), self.rows)

    def _rows_to_decide(self, eval: Eval) -> int | None:
        """About how many in all decide the gates; None where that is unknown, or too many."""
        entry, shown = self.workload.entry, self.begun and self.begun.batches
        if not shown:
            baselines = [one.quality for one in entry.frontier.resolved]
            return rows_expected(eval.gates, entry.model.resolved.quality, baselines)
        rows = [
            verdict.figures.rows_to_decide
            for verdict in self._verdicts
            if verdict.outcome is Outcome.INCONCLUSIVE
        ]
        return None if None in rows else max((n for n in rows if n), default=None)


def next_batch(eval: Eval, bought: int) -> int:
    """How many rows the next batch has, where there are enough: a quarter of those bought."""
    return max(eval.batch, bought // 4) if bought else eval.at_least


def _told_by_row(evidence: Evidence) -> bool:
    """Whether the platform tells the scores of its rows, of which its quality is the mean."""
    scored = [measured for measured in evidence.results.values() if measured.scored]
    return bool(scored) and all(measured.bounds == "rows" for measured in scored)
