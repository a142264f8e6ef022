"""Background work on eval runs: a few threads, and a lock a run so that it is done once.

The lock is shared with other processes on the same state and given back by the system when
a process dies, so a run that is accepted is finished by whoever is there.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from pareta_plan.platform.store.locks import Locks
from pareta_plan.platform.store.store import StoreClosed

log = logging.getLogger(__name__)

WORKERS = 2
STOP_SECONDS = 1.0
"""For rows that take a moment. One that takes longer is left: it is not recorded, nor charged."""

Stopping = Callable[[], bool]
Work = Callable[[str, Stopping], bool]
"""Works on a run until it is over (True) or `Stopping` says to leave it for later (False)."""


class Executor:
    """Threads that work on runs; started when there is something to do."""

    def __init__(
        self,
        work: Work,
        locks: Locks,
        interrupt: Callable[[], object],
        workers: int = WORKERS,
    ) -> None:
        self._work = work
        self._interrupt = interrupt
        self._locks = locks
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._known: set[str] = set()
        self._broken: dict[str, Exception] = {}
        self._logged: set[str] = set()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, name=f"evals {number}", daemon=True)
            for number in range(workers)
        ]

    def submit(self, run_id: str) -> None:
        """Have a run worked on, unless it is already."""
        with self._guard:
            if run_id in self._known or self._stopping.is_set():
                return
            self._known.add(run_id)
            self._broken.pop(run_id, None)
            for thread in self._threads:
                if thread.ident is None:
                    thread.start()
        self._queue.put(run_id)

    def broke(self, run_id: str) -> Exception | None:
        """What the work on a run broke off with, until it is submitted again."""
        with self._guard:
            return self._broken.get(run_id)

    def stop(self) -> None:
        """Have every thread end, and wait a little for rows in hand.

        `interrupt` ends those that can be; one that goes on is scored again by whoever takes the
        run up.
        """
        self._stopping.set()
        self._interrupt()
        with self._guard:
            started = [thread for thread in self._threads if thread.ident is not None]
        for _ in started:
            self._queue.put(None)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in started:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self) -> None:
        while (run_id := self._queue.get()) is not None:
            if self._stopping.is_set():
                return
            try:
                self._claim(run_id)
            except StoreClosed:
                return
            except Exception as error:
                self._note(run_id, error)
            finally:
                with self._guard:
                    self._known.discard(run_id)

    def _note(self, run_id: str, error: Exception) -> None:
        """Keep what stopped a run for whoever asks for it; logged once, it may be often."""
        with self._guard:
            self._broken[run_id] = error
            if run_id in self._logged:
                return
            self._logged.add(run_id)
        log.error("the run %s stopped: %s", run_id, type(error).__name__)

    def _claim(self, run_id: str) -> None:
        name = f"run:{run_id}"
        with self._locks.claim(name) as mine:
            if mine and self._work(run_id, self._stopping.is_set):
                self._locks.forget(name)
