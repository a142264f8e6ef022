"""Runs a plan: evaluate, gate, then promote. The steps that were shown are the steps that run.

Changes are independent: one that fails leaves the rest to go on. Within a change the first
step that fails ends it, so a failed gate leaves the old deployment serving. Every write is
journaled, and what a change achieved is recorded in the lockfile as soon as it is known.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count

from pareta_plan.errors import (
    APIStatusError,
    NotFoundError,
    ParetaError,
    PlatformError,
)
from pareta_plan.gates import blocks, judge
from pareta_plan.journal import Journal
from pareta_plan.lockfile import Entry
from pareta_plan.measured import evidence_of, unusable
from pareta_plan.outcome import Result, Status
from pareta_plan.plan import Change, Plan, Step
from pareta_plan.remote import Writer
from pareta_plan.rows import EvalData, Row
from pareta_plan.wire import DeployEvent, EvalRun
from pareta_plan.workload import Workload

POLL_SECONDS = 3.0
FIRST_POLL_SECONDS = 0.2
RUN_TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True)
class Progress:
    """A slow step's state: rows scored, or a share of a download in [0, 1]."""

    workload: str
    stage: str
    label: str = ""
    done: float = 0
    total: float | None = None


Emit = Callable[[Progress | Result], None]
Record = Callable[[str, Entry | None], None]


class Applier:
    """Runs changes through a writer."""

    def __init__(
        self,
        writer: Writer,
        workloads: Mapping[str, Workload],
        data: Mapping[str, EvalData],
        journal: Journal,
        record: Record,
        emit: Emit,
    ) -> None:
        self._writer = writer
        self._workloads = workloads
        self._data = data
        self._journal = journal
        self._record = record
        self._emit = emit

    def run(self, plan: Plan) -> list[Result]:
        """Run every change, reporting each as it ends."""
        results = []
        for change in plan.changes:
            result = self._run_change(change, plan)
            self._emit(result)
            results.append(result)
        return results

    def take_down(self, endpoints: Iterable[str]) -> bool:
        """Delete endpoints that were brought up and came to nothing; whether all are gone."""
        gone = True
        for endpoint in sorted(endpoints):
            self._emit(Progress(endpoint, "deleting what came to nothing"))
            try:
                self._writer.delete(endpoint)
            except NotFoundError:
                continue
            except ParetaError:
                gone = False
        return gone

    def _run_change(self, change: Change, plan: Plan) -> Result:
        workload = self._workloads[change.workload]
        running = _Running(self, workload, Result(change), reuse=plan.reuse)
        try:
            for step in change.steps:
                running.run(step)
                if running.result.blocked:
                    return running.result
        except ParetaError as bad:
            running.result.status, running.result.error = Status.FAILED, bad
        return running.result


class _Running:
    """One change under way: its workload as it stands after the steps so far."""

    def __init__(
        self, applier: Applier, workload: Workload, result: Result, *, reuse: bool
    ) -> None:
        self._reuse = reuse
        self._writer = applier._writer
        self._journal = applier._journal
        self._emit = applier._emit
        self._record = applier._record
        self._data = applier._data.get(workload.name)
        self.workload = workload
        self.result = result
        result.entry = workload.entry

    def run(self, step: Step) -> None:
        steps: dict[str, Callable[[Step], None]] = {
            "evaluate": self._evaluate,
            "gate": self._gate,
            "deploy": self._deploy,
            "call": self._call,
            "start": self._start,
            "stop": self._stop,
            "retire": self._retire,
            "delete": self._delete,
            "forget": self._forget,
            "record": self._recorded,
        }
        steps[step.do](step)

    def _recorded(self, step: Step) -> None:
        """Write down what serves the workload now, before anything old is retired."""
        id = step.endpoint
        made = self.workload.deployment(id) if id else self.workload.entry.deployment
        self._keep(deployment=made, moved_from=None)

    def _keep(self, **changed: object) -> None:
        entry = self.workload.entry.model_copy(update=changed)
        self.workload = replace(self.workload, entry=entry)
        self.result.entry = entry
        self._record(self.workload.name, entry)

    def _evaluate(self, step: Step) -> None:
        key, manifest, basis = step.evidence, self.workload.manifest, self.workload.basis
        if key is None or manifest is None or basis is None or self._data is None:
            raise PlatformError("the plan evaluates a workload that has no eval")
        name = key.removeprefix("sha256:")[:32]
        try:
            run = self._measured(name, manifest.prompt, self._data)
        except NotFoundError:  # a journal outlived what it tells of
            self._journal.forget(f"eval set {name}")
            self._journal.forget(f"eval run {name}")
            run = self._measured(name, manifest.prompt, self._data)
        self._keep(evidence=evidence_of(run, basis, self.workload.entry))

    def _measured(self, key: str, prompt: str, data: EvalData) -> EvalRun:
        candidates = [candidate.id for candidate in self.workload.entry.candidates()]
        return self._finished_run(self._upload(key, prompt, data), candidates, key)

    def _upload(self, key: str, prompt: str, data: EvalData) -> str:
        name = f"{self.workload.name}-{key[:12]}"
        self._emit(Progress(self.workload.name, "uploading rows"))

        def write() -> str:
            rows = [row.value for row in data.rows]
            task = self.workload.entry.task.id
            made = self._writer.create_eval_set(task, name, prompt, rows, key=f"{key}-set")
            for idx, row in enumerate(data.rows):
                self._attach(made.id, idx, row, data.field, f"{key}-document-{idx}")
            return made.id

        return self._journal.once(f"eval set {key}", write)

    def _attach(self, eval_set: str, idx: int, row: Row, field: str | None, key: str) -> None:
        if row.document is not None and field is not None:
            data = row.document.read()
            self._writer.attach_document(eval_set, idx, field, data, row.document.mime, key=key)

    def _finished_run(self, eval_set: str, candidates: list[str], key: str) -> EvalRun:
        """The run of this content, taken up where it stands.

        Where it is over and no use when first looked at, as one of an earlier apply may be, one
        more is started in this apply's name; whatever becomes of that one is the answer. So it is
        at once where nothing is to be reused.
        """
        own = (f"{key}-run-{self._journal.id}-{n}" for n in count())
        for name in chain([f"{key}-run"] if self._reuse else [], own):
            what = f"eval run {name}"
            known = self._journal.knows(what)
            start = partial(self._start_run, eval_set, candidates, name)
            run = self._writer.run(self._journal.once(what, start))
            mine = not known and self._journal.id in name
            if mine or not (run.is_terminal and unusable(run, candidates)):
                return self._wait(run, candidates)
        raise AssertionError("the names never end")

    def _start_run(self, eval_set: str, candidates: list[str], key: str) -> str:
        return self._writer.start_run(eval_set, candidates, key=key)

    def _wait(self, run: EvalRun, candidates: list[str]) -> EvalRun:
        deadline = time.monotonic() + RUN_TIMEOUT_SECONDS
        pause = FIRST_POLL_SECONDS
        while not run.is_terminal:
            if time.monotonic() > deadline:
                raise PlatformError(
                    f"eval run {run.run.id} is still {run.run.status} after an hour",
                    hint="Run apply again later: it takes up the same run and pays nothing twice.",
                )
            self._report(run)
            time.sleep(pause)
            pause = min(pause * 1.5, POLL_SECONDS)
            run = self._writer.run(run.run.id)
        self._report(run)
        self.result.billed_micro_usd += run.cost_micro_usd
        if why := unusable(run, candidates):
            raise PlatformError(
                f"eval run {run.run.id}: {why}", hint="Run apply again: a new run is started."
            )
        return run

    def _report(self, run: EvalRun) -> None:
        if (at := run.run.progress) is not None:
            stage, label = at.stage, at.label or ""
            self._emit(Progress(self.workload.name, stage, label, at.done, at.total or None))
        else:
            self._emit(Progress(self.workload.name, run.run.status or "waiting"))

    def _gate(self, step: Step) -> None:
        manifest, evidence = self.workload.manifest, self.workload.entry.evidence
        if manifest is None or manifest.eval is None or evidence is None:
            raise PlatformError("the plan gates a workload that has no evidence")
        self._keep(evidence=evidence.model_copy(update={"gates": self.workload.gates}))
        gates = manifest.eval.gates
        self.result.verdicts = judge(gates, evidence, self.workload.entry.model.resolved.id)
        self.result.blocked = blocks(self.result.verdicts, gates)
        if self.result.blocked:
            self.result.status = Status.GATED

    def _deploy(self, step: Step) -> None:
        entry, name = self.workload.entry, step.endpoint or ""

        def write(key: str) -> None:
            for event in self._writer.deploy(entry.task.id, entry.model.resolved.id, name, key=key):
                if event.event == "progress":
                    self._emit(_deploying(self.workload.name, event))

        self._journal.forget(f"call {name}")
        self._journal.again(f"deploy {name}", write)

    def _call(self, step: Step) -> None:
        """One real request of the endpoint, before anything is recorded or retired."""
        name = step.endpoint or ""
        self._emit(Progress(self.workload.name, "calling", name))
        self._journal.once(f"call {name}", partial(self._called, name))

    def _called(self, endpoint: str) -> str:
        try:
            key = f"{self._journal.id}-call-{endpoint}"
            answer = self._writer.chat(endpoint, _first_request(self._data), key=key)
        except APIStatusError as refused:
            raise PlatformError(
                f"{endpoint} came up but doesn't answer: {refused}",
                hint="It is taken down again; what was deployed before goes on serving.",
            ) from refused
        if not answer.choices:
            raise PlatformError(f"{endpoint} came up but its answer is empty")
        return answer.id

    def _start(self, step: Step) -> None:
        name = step.endpoint or ""
        self._journal.again(f"start {name}", lambda key: self._writer.start(name, key=key))

    def _stop(self, step: Step) -> None:
        name = step.endpoint or ""
        self._journal.again(f"stop {name}", lambda key: self._writer.stop(name, key=key))

    def _retire(self, step: Step) -> None:
        name = step.endpoint or ""
        self._journal.again(f"retire {name}", lambda _: self._delete_if_there(name))

    def _delete(self, step: Step) -> None:
        self._retire(step)
        self._forget(step)

    def _forget(self, step: Step) -> None:
        if self.workload.manifest is None:
            self.result.entry = None
            self._record(self.workload.name, None)
        else:
            self._keep(deployment=None)

    def _delete_if_there(self, endpoint: str) -> None:
        with suppress(NotFoundError):  # gone already: what was wanted
            self._writer.delete(endpoint)


def _deploying(workload: str, event: DeployEvent) -> Progress:
    said, pct = event.data, event.data.get("pct")
    done, total = (0.0, None) if pct is None else (float(pct), 100.0)
    label = str(said.get("label") or "")
    return Progress(workload, str(said.get("stage", "deploying")), label, done, total)


def _first_request(data: EvalData | None) -> list[dict[str, object]]:
    """A chat request from the first eval row, or a plain greeting when there are no rows."""
    content: object = "Hello"
    if data is not None:
        row = data.rows[0]
        content = _text(row.value["input"]) if row.document is None else [_file(row)]
    return [{"role": "user", "content": content}]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _file(row: Row) -> dict[str, object]:
    """A document as OpenAI's content part: a picture as `image_url`, anything else as `file`."""
    if row.document is None:
        raise ValueError("the row has no document")
    encoded = b64encode(row.document.read()).decode()
    url = f"data:{row.document.mime};base64,{encoded}"
    if row.document.mime.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": row.document.path.name, "file_data": url}}
