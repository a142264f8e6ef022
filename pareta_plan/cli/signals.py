"""SIGINT, SIGTERM and SIGHUP: what they end, and how.

While an apply runs the first asks it to end, the second ends it at once. Elsewhere each ends the
command as Ctrl-C does. One that is ignored, as under nohup, stays so.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from pareta_plan.apply.stop import Stop
from pareta_plan.errors import EXIT_STOPPED

if TYPE_CHECKING:
    from pareta_plan.cli.progress import Bars

ASKED = b"stopping after the steps in hand; once more stops at once\n"
AT_ONCE = b"stopped; run the same command again to go on\n"
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
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
