"""SIGINT, SIGTERM, SIGHUP, and a reader of the output that goes away: what they end, and how.

While an apply runs the first asks it to end, the second ends it at once. Elsewhere each ends the
command as Ctrl-C does. One that is ignored, as under nohup, stays so. A pipe whose reader went
away, as `head` does, is noticed before there is more to write into it.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from pareta_plan.apply.stop import Stop
from pareta_plan.errors import EXIT_STOPPED

if TYPE_CHECKING:
    from pareta_plan.cli.progress import Bars

ASKED = b"stopping after the steps in hand; once more stops at once\n"
AT_ONCE = b"stopped; run the same command again to go on\n"
LISTENS_SECONDS = 0.05
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not everywhere


def interrupt_on_signals() -> None:
    """Have the signals end this process as Ctrl-C does, so that nothing is left half-done."""
    for number in _heeded():
        signal.signal(number, signal.default_int_handler)


def _heeded() -> list[int]:
    there = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [number for number in there if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def interruptible(bars: Bars) -> Iterator[Stop]:
    """Have the signals ask for the end in the block; in the main thread only.

    What is said to them is shown beside the `bars`.
    """
    stop = Stop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            bars.at_once(AT_ONCE)
            os._exit(EXIT_STOPPED)  # as SIGKILL would: the journal is on disk line by line
        bars.asked_to_stop(ASKED)
        stop.request()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, on_signal) for number in _heeded()}
    try:
        with _heard(stop):
            yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _heard(stop: Stop) -> Iterator[None]:
    """Ask for the end in the block once nobody reads the standard output any more."""
    is_gone = _is_gone()
    if is_gone is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LISTENS_SECONDS):
            if is_gone():
                stop.request()
                return

    if is_gone():
        stop.request()
    watching = threading.Thread(target=watch, name="reader", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _is_gone() -> Callable[[], bool] | None:
    """Tells whether the reader of the standard output went away; None where it isn't a pipe."""
    try:
        number = sys.stdout.fileno()
        piped = stat.S_ISFIFO(os.fstat(number).st_mode)
    except (OSError, ValueError):
        return None
    if not piped or not hasattr(select, "poll"):
        return None
    poll = select.poll()
    poll.register(number, 0)  # an error is told all the same
    return lambda: bool(poll.poll(0))
