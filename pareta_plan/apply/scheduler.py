"""Runs a plan: evaluate, gate, then promote. The steps that were shown are the steps that run.

Changes are independent, and several run at once: one that fails leaves the rest to go on. Within a
change the first step that fails ends it, so a failed gate leaves the old deployment serving.
Every write is journaled, and what a change achieved is recorded in the lockfile as soon as it
is known; the end state doesn't depend on the order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Lock, Thread

from pareta_plan.apply.change import ChangeRun
from pareta_plan.apply.context import Context
from pareta_plan.apply.evaluation import lost_answer
from pareta_plan.apply.events import Event, Note, Progress
from pareta_plan.apply.order import phases
from pareta_plan.apply.result import Result, Status
from pareta_plan.apply.stop import Stop, Stopped, Wait
from pareta_plan.errors import (
    CostCapError,
    NotFoundError,
    ParetaError,
)
from pareta_plan.plan.model import Plan
from pareta_plan.plan.workload import Workload
from pareta_plan.project.rows import EvalData

PARALLELISM = 4
METERED = ("-run", "-call-")


@dataclass(frozen=True)
class Concurrency:
    """How to run: changes at once, and whether one that fails leaves the rest to go on."""

    parallelism: int = PARALLELISM
    keep_going: bool = True


@dataclass(frozen=True)
class _Over:
    """A worker has no more to do, or broke off."""

    worker: _Worker
    broke: BaseException | None = None


class _Wake:
    """Someone asks for the end."""


class Scheduler:
    """Runs changes through a context; everything is told to its `emit`, from one thread."""

    def __init__(
        self,
        context: Context,
        workloads: Mapping[str, Workload],
        data: Mapping[str, EvalData],
        stop: Stop,
        concurrency: Concurrency,
    ) -> None:
        self._inbox: SimpleQueue[Event | _Over | _Wake] = SimpleQueue()
        self._emit = context.emit
        self._context = replace(context, emit=self._inbox.put)
        self._workloads = workloads
        self._data = data
        self._stop = stop
        self._concurrency = concurrency
        self._results: dict[str, Result] = {}
        self._failed: str | None = None
        self._deaf: BaseException | None = None

    def run(self, plan: Plan) -> list[Result]:
        """Run every change, reporting each as it ends; the results are in the plan's order.

        Deletions come last, when what is to serve is up. When the end is asked for, no step is
        begun any more, and one that only waits for the platform is left.
        """
        results = {change.workload: Result(change) for change in plan.changes}
        self._results = results
        self._stop.on_request = lambda: self._inbox.put(_Wake())
        self._context.writer.on_lost_answer(self._lost)
        try:
            for phase in phases(plan.changes):
                self._run_phase(deque([results[c.workload] for c in g] for g in phase))
        finally:
            self._stop.on_request = lambda: None
        return list(results.values())

    def take_down(self, endpoints: Iterable[str]) -> bool:
        """Delete endpoints that were brought up and came to nothing; whether all are gone."""
        gone = True
        for endpoint in sorted(endpoints):
            self._emit(Progress(endpoint, "deleting what came to nothing"))
            try:
                self._context.writer.delete(endpoint)
            except NotFoundError:
                continue
            except ParetaError:
                gone = False
        return gone

    def _lost(self, key: str) -> None:
        if any(part in key for part in METERED):
            self._inbox.put(Note(lost_answer(key)))

    def _run_phase(self, groups: deque[list[Result]]) -> None:
        jobs = _Jobs(groups, self._concurrency.keep_going, self._failed)
        workers = {
            _Worker(self, jobs, Wait(self._stop))
            for _ in range(min(self._concurrency.parallelism, len(groups)))
        }
        for worker in workers:
            worker.start()
        broke = self._hear(workers)
        for worker in workers:
            self._leave(worker)
        if broke:
            raise broke
        for result in jobs.skipped():
            self._pass_on(result)
        self._failed = jobs.failed

    def _hear(self, workers: set[_Worker]) -> BaseException | None:
        """Pass on what workers tell until they are through, or may be left; what broke one."""
        broke = None
        while workers and not self._may_leave(workers):
            told = self._inbox.get()
            if isinstance(told, _Over):
                workers.discard(told.worker)
                if told.broke and not broke:
                    broke = told.broke
                    self._stop.request()
            elif not isinstance(told, _Wake):
                self._pass_on(told)
        return broke or self._deaf

    def _pass_on(self, told: Event) -> None:
        """Tell whoever watches; once that breaks, as a closed pipe does, nothing more is begun."""
        if self._deaf is None:
            try:
                self._emit(told)
            except BaseException as deaf:
                self._deaf = deaf
                self._stop.request()

    def _may_leave(self, workers: Iterable[_Worker]) -> bool:
        return self._stop.requested and all(worker.wait.waits for worker in workers)

    def _leave(self, worker: _Worker) -> None:
        if worker.result is not None:  # a copy: the thread may yet come to some end
            left = replace(worker.result, status=Status.STOPPED)
            self._results[left.change.workload] = left
            self._pass_on(left)

    def perform(self, result: Result, wait: Wait) -> None:
        """Run one change to its end, whatever that is."""
        name = result.change.workload
        result.status = Status.DONE
        try:
            workload, data = self._workloads[name], self._data.get(name)
            ChangeRun(self._context, workload, data, result, wait).run()
        except Stopped:
            result.status = Status.STOPPED
        except CostCapError as reached:
            result.status, result.error = Status.SKIPPED, reached
        except ParetaError as bad:
            result.status, result.error = Status.FAILED, bad
        self.tell(result)

    def tell(self, result: Result) -> None:
        """Hear how a change ended."""
        self._inbox.put(result)

    def over(self, worker: _Worker, broke: BaseException | None) -> None:
        """Hear that a worker is through."""
        self._inbox.put(_Over(worker, broke))


class _Jobs:
    """Groups of changes that workers take; those of a group are run one after the other."""

    def __init__(self, groups: deque[list[Result]], keep_going: bool, failed: str | None) -> None:
        self._groups = groups
        self._keep_going = keep_going
        self.failed = failed
        self._guard = Lock()

    def take(self) -> list[Result] | None:
        """The next group; None when there is none, or none may be begun any more."""
        with self._guard:
            return None if self.failed or not self._groups else self._groups.popleft()

    def ended(self, result: Result) -> None:
        """Hear how a change ended."""
        if result.status is not Status.DONE and not self._keep_going:
            self.failed = self.failed or result.change.workload

    def skipped(self) -> list[Result]:
        """What was not begun because another failed, marked so."""
        left = [result for group in self._groups for result in group] if self.failed else []
        for result in left:
            result.status, result.reason = (
                Status.SKIPPED,
                f"{self.failed} is not done (--fail-fast)",
            )
        return left


class _Worker(Thread):
    """Takes groups until there are none; a thread that need not end with the process."""

    def __init__(self, scheduler: Scheduler, jobs: _Jobs, wait: Wait) -> None:
        super().__init__(daemon=True, name="apply")
        self._scheduler = scheduler
        self._jobs = jobs
        self.wait = wait
        self.result: Result | None = None

    def run(self) -> None:
        """Work; whatever breaks is for the thread that waits."""
        broke = None
        try:
            while not self.wait.stop.requested and (group := self._jobs.take()) is not None:
                self._run_group(group)
        except BaseException as whatever:
            broke = whatever
        self._scheduler.over(self, broke)

    def _run_group(self, group: list[Result]) -> None:
        for n, result in enumerate(group):
            undone = next((r for r in group[:n] if r.status is not Status.DONE), None)
            if undone is not None and undone.status is not Status.STOPPED:
                result.status = Status.SKIPPED
                other = undone.change.workload
                result.reason = f"{other}, with which it shares an endpoint, is not done"
                self._scheduler.tell(result)
            elif not self.wait.stop.requested:
                self.result = result
                self._scheduler.perform(result, self.wait)
                self.result = None
            self._jobs.ended(result)
