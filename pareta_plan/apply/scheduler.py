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
from pareta_plan.apply.order import in_line, phases
from pareta_plan.apply.stop import Stop, Stopped, Wait
from pareta_plan.errors import CostCapError, NotFoundError, ParetaError
from pareta_plan.plan.model import Change, Plan
from pareta_plan.plan.result import Result, Status
from pareta_plan.plan.workload import Workload
from pareta_plan.project.rows import EvalData

PARALLELISM = 4


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
        self._inbox: SimpleQueue[Event | _Over | None] = SimpleQueue()
        """What workers tell; None wakes whoever hears, as someone asks for the end."""
        self._emit = context.emit
        self._context = replace(context, emit=self._inbox.put)
        self._workloads = workloads
        self._data = data
        self._stop = stop
        self._concurrency = concurrency
        self._results: dict[str, Result] = {}
        self._left: set[str] = set()
        """Workloads whose step in hand was left: what becomes of that is the next apply's."""
        self._failed: str | None = None
        self._deaf: BaseException | None = None

    def run(self, plan: Plan) -> list[Result]:
        """Run every change, reporting each as it ends; the results are in the plan's order.

        Deletions come last, when what is to serve is up. When the end is asked for, no step is
        begun any more, and one that only waits for the platform is left.
        """
        self._results = {change.workload: Result(change) for change in plan.changes}
        self._stop.on_request = lambda: self._inbox.put(None)
        self._context.writer.on_lost_metered_answer(
            lambda key: self._inbox.put(Note(lost_answer(key)))
        )
        try:
            for phase in phases(plan.changes):
                self._run_phase(in_line(phase, self._concurrency.parallelism))
        finally:
            self._stop.on_request = lambda: None
        return list(self._results.values())

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

    def _run_phase(self, groups: deque[list[Change]]) -> None:
        jobs = _Jobs(groups, self._concurrency.keep_going, self._failed)
        workers = {
            _Worker(self, jobs, Wait(self._stop), longest_first=n == 1)
            for n in range(min(self._concurrency.parallelism, len(groups)))
        }
        for worker in workers:
            worker.start()
        broke = self._hear(workers)
        self._leave(workers)
        if broke:
            raise broke
        for result in jobs.skipped():
            self._take(result)
        self._failed = jobs.failed

    def _hear(self, workers: set[_Worker]) -> BaseException | None:
        """Take in what workers tell until they are through, or may be left; what broke one."""
        broke = None
        while workers and not self._may_leave(workers):
            told = self._inbox.get()
            if isinstance(told, _Over):
                workers.discard(told.worker)
                if told.broke and not broke:
                    broke = told.broke
                    self._stop.request()
            elif told:
                self._take(told)
        return broke or self._deaf

    def _take(self, told: Event) -> None:
        """Keep a result, and tell whoever watches.

        Once that breaks, as a closed pipe does, nothing more is begun.
        """
        if isinstance(told, Result):
            if told.change.workload in self._left:
                return
            self._results[told.change.workload] = told
        if self._deaf is None:
            try:
                self._emit(told)
            except BaseException as deaf:
                self._deaf = deaf
                self._stop.request()

    def _may_leave(self, workers: Iterable[_Worker]) -> bool:
        return self._stop.requested and all(worker.wait.waits for worker in workers)

    def _leave(self, workers: Iterable[_Worker]) -> None:
        """Leave the steps that workers have in hand; what they told before is taken in first."""
        in_hand = [worker.in_hand for worker in workers]
        while not self._inbox.empty():
            told = self._inbox.get()
            if told and not isinstance(told, _Over):
                self._take(told)
        for run in in_hand:
            if run and self._results[run.workload.name].status is Status.NOT_STARTED:
                self._take(replace(run.result, status=Status.STOPPED))
                self._left.add(run.workload.name)

    def begun(self, change: Change, wait: Wait) -> ChangeRun:
        """A change that is about to be run."""
        workload, data = self._workloads[change.workload], self._data.get(change.workload)
        return ChangeRun(self._context, workload, data, change, wait)

    def tell(self, told: Result | _Over) -> None:
        """Hear how a change ended, or that a worker is through."""
        self._inbox.put(told)


class _Jobs:
    """Groups of changes that workers take; those of a group are run one after the other.

    Where several run at once the shortest stand first, and one worker takes the longest: these
    begin early, and no short one waits behind them.
    """

    def __init__(self, groups: deque[list[Change]], keep_going: bool, failed: str | None) -> None:
        self._groups = groups
        self._keep_going = keep_going
        self.failed = failed
        self._guard = Lock()

    def take(self, *, longest: bool) -> list[Change] | None:
        """The next group; None when there is none, or none may be begun any more."""
        with self._guard:
            if self.failed or not self._groups:
                return None
            return self._groups.pop() if longest else self._groups.popleft()

    def ended(self, result: Result) -> None:
        """Hear how a change ended."""
        if result.status is not Status.DONE and not self._keep_going:
            self.failed = self.failed or result.change.workload

    def skipped(self) -> list[Result]:
        """What was not begun because another failed."""
        reason = f"{self.failed} is not done (--fail-fast)"
        left = [change for group in self._groups for change in group] if self.failed else []
        return [Result(change, Status.SKIPPED, reason=reason) for change in left]


class _Worker(Thread):
    """Takes groups until there are none; a thread that need not end with the process."""

    def __init__(
        self, scheduler: Scheduler, jobs: _Jobs, wait: Wait, *, longest_first: bool
    ) -> None:
        super().__init__(daemon=True, name="apply")
        self._scheduler = scheduler
        self._jobs = jobs
        self._longest_first = longest_first
        self.wait = wait
        self.in_hand: ChangeRun | None = None
        """The change under way, until its result is told."""

    def run(self) -> None:
        """Work; whatever breaks is for the thread that waits."""
        broke = None
        try:
            while not self.wait.stop.requested:
                group = self._jobs.take(longest=self._longest_first)
                if group is None:
                    break
                self._run_group(group)
        except BaseException as whatever:
            broke = whatever
        self._scheduler.tell(_Over(self, broke))

    def _run_group(self, group: list[Change]) -> None:
        undone: Result | None = None
        for change in group:
            result = Result(change)
            if undone is not None and undone.status is not Status.STOPPED:
                reason = f"{undone.change.workload}, with which it shares an endpoint, is not done"
                result = Result(change, Status.SKIPPED, reason=reason)
                self._scheduler.tell(result)
            elif not self.wait.stop.requested:
                self.in_hand = self._scheduler.begun(change, self.wait)
                result = _ended(self.in_hand)
                self._scheduler.tell(result)
                self.in_hand = None
            self._jobs.ended(result)
            if result.status is not Status.DONE:
                undone = undone or result


def _ended(run: ChangeRun) -> Result:
    """Run a change to its end, whatever that is."""
    try:
        run.run()
    except Stopped:
        return replace(run.result, status=Status.STOPPED)
    except CostCapError as reached:
        return replace(run.result, status=Status.SKIPPED, error=reached)
    except ParetaError as bad:
        return replace(run.result, status=Status.FAILED, error=bad)
    return run.result
