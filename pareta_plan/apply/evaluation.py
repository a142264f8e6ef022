"""One workload's evaluation: rows uploaded, a run started and waited for, each of it once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from itertools import chain, count

from pareta_plan.apply.context import Context
from pareta_plan.apply.events import Note, Progress
from pareta_plan.apply.journal import Deed
from pareta_plan.apply.pauses import Pauses
from pareta_plan.apply.stop import Wait
from pareta_plan.client.remote import RunOrder
from pareta_plan.errors import CostCapError, NotFoundError, PlatformError
from pareta_plan.gates.evidence import unusable
from pareta_plan.project.rows import EvalData
from pareta_plan.wire import BUDGET, EvalRun, MicroUsd

POLL_SECONDS = 3.0
FIRST_POLL_SECONDS = 0.1
RUN_TIMEOUT_SECONDS = 3600.0
START_ANEW = "Run apply again: a new run is started."
GO_ON = "Run apply again: it goes on with the rows that are scored, and pays for none twice."


@dataclass(frozen=True)
class Wanted:
    """What is to be evaluated: `key` tells it from everything else that could be."""

    workload: str
    task: str
    candidates: list[str]
    prompt: str
    data: EvalData
    key: str
    reserve_micro_usd: MicroUsd | None
    rows_before: int = 0
    """How many rows were scored before these, where they are bought in parts."""


class Evaluation:
    """An evaluation under way; `billed_micro_usd` is what it added to the bill."""

    def __init__(self, wanted: Wanted, context: Context, wait: Wait) -> None:
        self._wanted = wanted
        self._context = context
        self._writer, self._journal = context.writer, context.journal
        self._wait = wait
        self.billed_micro_usd = 0

    def run(self) -> EvalRun:
        """The finished run. Raises CostCapError before one that doesn't fit under a cap.

        Raises PlatformError for a run that is no evidence, Stopped when the apply is to end.
        """
        try:
            return self._finished_run(self._upload())
        except NotFoundError:  # a journal outlived what it tells of
            self._journal.forget("eval set", self._wanted.key)
            self._journal.forget("eval run", self._wanted.key)
            return self._finished_run(self._upload())

    def _upload(self) -> str:
        what = Deed("eval set", self._wanted.key)
        found = self._uploaded() if self._journal.unanswered(what) else None
        return self._journal.once(what, partial(self._create, found))

    @property
    def _name(self) -> str:
        """The eval set's name: of its content alone, as its Idempotency-Key is."""
        return f"pareta-plan rows {self._wanted.key[:12]}"

    def _uploaded(self) -> str | None:
        """The eval set of an upload whose answer was lost, found by its name."""
        wanted, rows = (self._name, self._wanted.task), len(self._wanted.data.rows)
        for found in self._writer.eval_sets():
            if (found.name, found.task_id) == wanted and found.item_count in (None, rows):
                return found.id
        return None

    def _create(self, found: str | None) -> str:
        wanted = self._wanted
        self._context.emit(Progress(wanted.workload, "uploading rows"))
        rows = [row.value for row in wanted.data.rows]
        create, key = self._writer.create_eval_set, f"{wanted.key}-set"
        made = found or create(wanted.task, self._name, wanted.prompt, rows, key=key).id
        for idx, row in enumerate(wanted.data.rows):
            if row.document is not None and (field := wanted.data.field) is not None:
                data, mime = row.document.read(), row.document.mime
                key = f"{wanted.key}-document-{idx}"
                self._writer.attach_document(made, idx, field, data, mime, key=key)
        return made

    def _finished_run(self, eval_set: str) -> EvalRun:
        """The run of this content, taken up where it stands.

        Where it is over and no use when first looked at, as one of an earlier apply may be, one
        more is started in this apply's name; whatever becomes of that one is the answer. So it is
        at once where nothing is to be reused.
        """
        key, journal = self._wanted.key, self._journal
        own = (f"{key}-run-{journal.id}-{n}" for n in count())
        cut_short: str | None = None
        for name in chain([f"{key}-run"] if self._context.reuse else [], own):
            known = journal.knows(Deed("eval run", name))
            run = self._writer.run(self._started(eval_set, name, cut_short))
            mine = not known and journal.id in name
            if mine or not (run.is_terminal and unusable(run, self._wanted.candidates)):
                return self._waited(run)
            self._settle(run)
            if run.run.ended and run.eval_set_id == eval_set:
                cut_short = run.id
        raise AssertionError("the names never end")

    def _started(self, eval_set: str, key: str, cut_short: str | None) -> str:
        """The run of this key; a new one takes over what one that was `cut_short` has scored."""
        what, wanted, ceiling = Deed("eval run", key), self._wanted, None
        if self._journal.knows(what):
            self._context.spending.resume(wanted.workload, wanted.reserve_micro_usd)
        else:
            ceiling = self._context.spending.reserve(wanted.workload, wanted.reserve_micro_usd)
        if unanswered := self._journal.unanswered(what):
            self._context.emit(Note(lost_answer(key)))
        order = RunOrder(eval_set, tuple(wanted.candidates), ceiling, cut_short)
        return self._journal.once(what, partial(self._start, order, key, mine=unanswered))

    def _start(self, order: RunOrder, key: str, *, mine: bool) -> str:
        """Start the run; `mine` is whether an earlier try may have, whose answer was lost."""
        started = self._writer.start_run(order, key=key)
        if started.given_back and not mine:
            workload = self._wanted.workload
            self._context.spending.settle(workload, started.id, 0)
            said = f"{workload}: the platform has this evaluation already; nothing is billed"
            self._context.emit(Note(said))
        return started.id

    def _waited(self, run: EvalRun) -> EvalRun:
        deadline = time.monotonic() + RUN_TIMEOUT_SECONDS
        pauses = Pauses(FIRST_POLL_SECONDS, POLL_SECONDS)
        while not run.is_terminal:
            if time.monotonic() > deadline:
                waited = f"{RUN_TIMEOUT_SECONDS / 60:.0f} minutes"
                raise PlatformError(
                    f"eval run {run.run.id} is still {run.run.status} after {waited}",
                    hint="Run apply again later: it takes up the same run and pays nothing twice.",
                )
            self._report(run)
            at = run.run.progress
            self._wait.pause(pauses.next(at.done, at.total) if at else pauses.next(0, 0))
            run = self._writer.run(run.run.id)
        self._report(run)
        self._settle(run)
        if run.run.ended == BUDGET:
            raise CostCapError(
                f"eval run {run.run.id}: {run.error_detail}",
                hint="Raise the cap and run the same command again: it goes on with the rows that "
                "are scored, and pays for none twice.",
            )
        if why := unusable(run, self._wanted.candidates):
            raise PlatformError(
                f"eval run {run.run.id}: {why}", hint=GO_ON if run.run.ended else START_ANEW
            )
        return run

    def _settle(self, run: EvalRun) -> None:
        self.billed_micro_usd += self._context.spending.settle(
            self._wanted.workload, run.run.id, run.cost_micro_usd
        )

    def _report(self, run: EvalRun) -> None:
        workload, at = self._wanted.workload, run.run.progress
        billed = run.cost_micro_usd
        progress = Progress(workload, run.run.status or "waiting", billed_micro_usd=billed)
        if at is not None:
            before = self._wanted.rows_before * len(self._wanted.candidates)
            label, total = at.label or "", at.total + before if at.total else None
            progress = Progress(workload, at.stage, label, at.done + before, total, True, billed)
        self._context.emit(progress)


def lost_answer(key: str) -> str:
    """What to say when a metered request has to be repeated."""
    return (
        "the answer to a metered request was lost; it is asked again under the\n"
        f"Idempotency-Key {key}.\n"
        "A platform that honours the key does it once; one that ignores it may bill it twice."
    )
