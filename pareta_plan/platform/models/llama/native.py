"""Threads that aren't Python's: their CPU time, whatever else the process does, and their turn.

Linux gives each thread of a process a clock, whose number follows from the thread's: `clock_getres`
(2), section "dynamic clocks", and MAKE_THREAD_CPUCLOCK in the kernel's `posix-timers_types.h`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import clock_gettime, process_time, thread_time

_TASKS = Path("/proc/self/task")
_PER_THREAD, _SCHED = 4, 2
_NICER = 10


def native_threads() -> set[int]:
    """The numbers of the process's threads that aren't Python's; none where no list is kept."""
    if not _TASKS.is_dir():
        return set()
    ours = {thread.native_id for thread in threading.enumerate()}
    return {int(task.name) for task in _TASKS.iterdir()} - ours


def cpu_seconds(threads: Iterable[int]) -> float:
    """What these threads and the calling one have taken; without any, the whole process."""
    threads = list(threads)
    return thread_time() + sum(map(_seconds, threads)) if threads else process_time()


def give_way(threads: Iterable[int]) -> None:
    """Let all else that waits for a processor go before these threads."""
    for thread in threads:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, 0) + _NICER)


def _seconds(thread: int) -> float:
    with suppress(OSError):  # it is over
        return clock_gettime((~thread << 3) | _PER_THREAD | _SCHED)
    return 0.0
