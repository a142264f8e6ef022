"""One change under way: its steps, each journaled before and after what it writes."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import assert_never

from pareta_plan.apply.as_needed import AsNeeded
from pareta_plan.apply.context import Context
from pareta_plan.apply.evaluation import (
    FIRST_POLL_SECONDS,
    POLL_SECONDS,
    Evaluation,
    Wanted,
    lost_answer,
)
from pareta_plan.apply.events import Note, Progress
from pareta_plan.apply.first_call import GREETING, GREETING_PAGE, data_url, document_part
from pareta_plan.apply.journal import Deed
from pareta_plan.apply.stop import Stopped, Wait
from pareta_plan.errors import (
    APIConnectionError,
    APIStatusError,
    ConflictError,
    NotFoundError,
    ParetaError,
    PlatformError,
)
from pareta_plan.gates.evidence import evidence_of
from pareta_plan.gates.gates import blocks, judge
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.plan.buying import Buying
from pareta_plan.plan.model import Change
from pareta_plan.plan.result import Result, Status
from pareta_plan.plan.steps import (
    Call,
    Delete,
    Deploy,
    Evaluate,
    Forget,
    Hold,
    Promote,
    Record,
    Retire,
    Start,
    Step,
    Stop,
)
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Basis, Evidence
from pareta_plan.project.rows import EvalData
from pareta_plan.wire import STARTING, DeployEvent, Endpoint, EvalRun

START_TIMEOUT_SECONDS = 900.0
TAKEN_DOWN = "It is taken down again; what was deployed before goes on serving."


class ChangeRun:
    """One change: its workload, and its result, as they stand after the steps so far."""

    def __init__(
        self,
        context: Context,
        workload: Workload,
        data: EvalData | None,
        change: Change,
        wait: Wait,
    ) -> None:
        self._context = context
        self._writer = context.writer
        self._journal = context.journal
        self._data = data
        self._wait = wait
        self._up: set[str] = set()
        self.workload = workload
        self.result = Result(change, Status.DONE, workload.entry)

    def run(self) -> None:
        """Take the steps in their order; a gate that blocks ends them.

        Raises ParetaError for the step that failed, Stopped when the apply is to end.
        """
        for step in self.result.change.steps:
            self._wait.stop.check()
            self._take(step)
            if self.result.blocked:
                return

    def _take(self, step: Step) -> None:
        match step:
            case Evaluate(evidence):
                self._evaluate(evidence)
            case Hold():
                self._hold()
            case Deploy(endpoint):
                self._deploy(endpoint)
            case Call(endpoint):
                self._need(endpoint)
                self._call(endpoint)
            case Start(endpoint) | Stop(endpoint):
                self._need(endpoint)
                does = self._writer.start if step.do == "start" else self._writer.stop
                write = partial(does, endpoint)
                self._journal.again(Deed(step.do, endpoint), lambda key: write(key=key))
            case Promote():
                self._promote(step)
            case Record():
                self._record(step)
            case Retire() | Delete() | Forget():
                self._take_away(step)
            case _:
                assert_never(step)

    def _take_away(self, step: Retire | Delete | Forget) -> None:
        if not isinstance(step, Forget):
            self._retire(step.endpoint)
        if not isinstance(step, Retire):
            self._forget()

    def _tell(self, stage: str, label: str = "") -> None:
        self._context.emit(Progress(self.workload.name, stage, label))

    def _promote(self, step: Promote) -> None:
        """Let the name reach the endpoint, in one step of the platform's."""

        def put(_key: str) -> None:
            self._writer.promote(step.name, step.endpoint, self.workload.scope, step.replaces)

        self._tell("promoting", step.name)
        self._journal.again(Deed("promote", step.name), put)

    def _record(self, step: Record) -> None:
        """Write down what serves the workload now, before anything old is retired.

        From then on only the journal knows of the old.
        """
        steps = self.result.change.steps
        olds = [after for after in steps[steps.index(step) :] if isinstance(after, Retire)]
        for old in olds:
            self._journal.intend(Deed("retire", old.endpoint))
        made = self.workload.entry.deployment
        if step.endpoint:
            made = self.workload.deployment(step.endpoint, step.name)
        evidence = None if self.workload.lost_eval else self.workload.entry.evidence
        self._keep(now=bool(olds), deployment=made, moved_from=None, evidence=evidence)

    def _keep(self, *, now: bool = False, **changed: object) -> None:
        entry = self.workload.entry.model_copy(update=changed)
        self.workload = replace(self.workload, entry=entry)
        self.result = replace(self.result, entry=entry)
        self._context.record(self.workload.name, entry, now=now)

    def _evaluate(self, key: str) -> None:
        manifest, entry = self.workload.manifest, self.workload.entry
        basis = self.workload.basis
        if manifest is None or basis is None or self._data is None:
            raise AssertionError("a plan evaluates only workloads that have an eval")
        wanted = Wanted(
            workload=self.workload.name,
            task=entry.task.id,
            candidates=[candidate.id for candidate in entry.candidates()],
            prompt=manifest.prompt,
            data=self._data,
            key=key.removeprefix("sha256:")[:32],
            reserve_micro_usd=self.result.change.reserve_micro_usd,
        )
        measured = self._measured(manifest, wanted, basis)
        held = {"gates": self.workload.gates}
        self._keep(evidence=self._noted(measured).model_copy(update=held), added=None)

    def _noted(self, measured: Evidence) -> Evidence:
        """With what the plan knows of the rows, and of attempts before this one."""
        change = self.result.change
        known, attempt = change.development_rows or None, change.attempt
        if attempt and not self._context.reuse:  # a resumed apply goes on with its own
            deed = Deed("attempt", measured.basis.key)
            attempt = int(self._journal.once(deed, lambda: str(change.attempt)))
        return measured.model_copy(update={"development_rows": known, "attempt": attempt})

    def _measured(self, manifest: Manifest, wanted: Wanted, basis: Basis) -> Evidence:
        """The evidence of one run on all rows, or of as many batches of them as are needed."""
        buying, eval = Buying(self.workload, self._context.reuse), manifest.eval
        if eval is None or not (buying.as_needed or buying.batches):
            return evidence_of(self._evaluated(wanted), basis, self.workload.entry)
        batches = AsNeeded(wanted, buying, self._evaluated, self._writer.run)
        try:
            return batches.run(eval, basis)
        except (ParetaError, Stopped):
            if batches.shown and buying.reuse:
                self._keep(evidence=self._noted(batches.shown), added=None)
            raise
        finally:
            self._context.spending.done(self.workload.name)

    def _evaluated(self, wanted: Wanted) -> EvalRun:
        evaluation, before = Evaluation(wanted, self._context, self._wait), self.result
        try:
            return evaluation.run()
        finally:
            billed = before.billed_micro_usd + evaluation.billed_micro_usd
            self.result = replace(before, billed_micro_usd=billed)

    def _hold(self) -> None:
        manifest, evidence = self.workload.manifest, self.workload.entry.evidence
        if manifest is None or manifest.eval is None or evidence is None:
            raise AssertionError("a plan gates only workloads that have evidence")
        told = {"gates": self.workload.gates, **Buying(self.workload, reuse=True).carried}
        evidence = evidence.model_copy(update=told)
        self._keep(evidence=evidence, added=None)
        gates = manifest.eval.gates
        verdicts = judge(gates, evidence, self.workload.entry.model.resolved.id)
        blocked = blocks(verdicts, gates)
        status = Status.GATED if blocked else self.result.status
        self.result = replace(self.result, verdicts=tuple(verdicts), blocked=blocked, status=status)

    def _deploy(self, name: str) -> None:
        self._journal.again(Deed("deploy", name), partial(self._bring_up, name))
        self._up.add(name)

    def _need(self, name: str) -> None:
        """Bring up first what a step acts on, where it is only taken to be there."""
        if self._context.as_recorded and self._writer.endpoint(name) is None:
            self._context.emit(Note(f"{name} is brought up first: the plan took it to be there"))
            self._deploy(name)
            made = self.workload.entry.deployment
            if made and made.name and made.endpoint == name:
                self._promote(Promote(made.name, name))

    def _bring_up(self, name: str, key: str) -> None:
        """Deploy; when the answer is lost, look for the endpoint instead of asking once more."""
        entry = self.workload.entry
        task, model = entry.task.id, entry.model.resolved.id
        try:
            with self._wait.waiting():
                for event in self._writer.deploy(task, model, name, key=key):
                    if event.event == "progress":
                        self._context.emit(_deploying(self.workload.name, event))
                        self._wait.stop.check()
        except (APIConnectionError, ConflictError):
            found = self._writer.endpoint(name)
            if found is None or not self.workload.is_served_by(found):
                raise
            self._until_ready(name, found)

    def _until_ready(self, name: str, found: Endpoint | None) -> None:
        """Wait while an endpoint starts. Raises PlatformError when it doesn't come up."""
        deadline, pause = time.monotonic() + START_TIMEOUT_SECONDS, FIRST_POLL_SECONDS
        while found is not None and found.status == STARTING and time.monotonic() < deadline:
            self._tell(STARTING, name)
            self._wait.pause(pause)
            pause = min(pause * 1.5, POLL_SECONDS)
            found = self._writer.endpoint(name)
        if found is None:
            raise PlatformError(f"{name} went away before it was up")
        if found.status == STARTING:
            raise PlatformError(f"{name} is still starting", hint="Run apply again later.")

    def _call(self, name: str) -> None:
        """One real request of the endpoint, before anything is recorded or retired."""
        comings = sum(self._journal.times(Deed(verb, name)) for verb in ("deploy", "start"))
        call = Deed("call", name, comings)
        if self._journal.knows(call):
            return
        if name not in self._up:
            self._until_ready(name, self._writer.endpoint(name))
        self._tell("calling", name)
        key = f"{self._journal.id}-call-{name}-{comings}"
        if self._journal.unanswered(call):
            self._context.emit(Note(lost_answer(key)))
        self._journal.once(call, partial(self._called, name, key))

    def _called(self, endpoint: str, key: str) -> str:
        try:
            answer = self._writer.chat(endpoint, self._first_request(), key=key)
        except APIStatusError as refused:
            raise PlatformError(
                f"{endpoint} came up but doesn't answer: {refused}", hint=TAKEN_DOWN
            ) from refused
        if not answer.choices:
            raise PlatformError(f"{endpoint} came up but its answer is empty", hint=TAKEN_DOWN)
        return answer.id

    def _first_request(self) -> list[dict[str, object]]:
        """The chat request of the first eval row; without rows a document or a plain greeting."""
        return [{"role": "user", "content": self._first_content()}]

    def _first_content(self) -> object:
        if self._data is not None:
            row = self._data.rows[0]
            if row.document is not None:
                return [document_part(data_url(row.document))]
            value = row.value["input"]
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        task = self._writer.task(self.workload.entry.task.id, 0)
        if not task.has_blob_input:
            return GREETING
        return [document_part(self._writer.example_document(task) or GREETING_PAGE)]

    def _retire(self, name: str) -> None:
        def delete(_key: str) -> None:
            with suppress(NotFoundError):  # gone already: what was wanted
                self._writer.delete(name)

        self._journal.again(Deed("retire", name), delete)

    def _forget(self) -> None:
        if self.workload.manifest is None:
            self.result = replace(self.result, entry=None)
            self._context.record(self.workload.name, None)
        else:
            self._keep(deployment=None)


def _deploying(workload: str, event: DeployEvent) -> Progress:
    said, pct = event.data, event.data.get("pct")
    done, total = 0.0, None
    if isinstance(pct, int | float) and 0 <= pct <= 100:  # not NaN, nor what no float holds
        done, total = float(pct), 100.0
    label = str(said.get("label") or "")
    return Progress(workload, str(said.get("stage", "deploying")), label, done, total)
