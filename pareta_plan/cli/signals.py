"""SIGINT and SIGTERM while an apply runs: the first asks it to end, the second ends it at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pareta_plan.errors import EXIT_STOPPED
from pareta_plan.stopping import Stop

ASKED = b"stopping after the steps in hand; once more stops at once\n"
AT_ONCE = b"stopped; run the same command again to go on\n"


@contextmanager
def interruptible() -> Iterator[Stop]:
    """Have the signals ask for the end in the block; in the main thread only."""
    stop = Stop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            _say(AT_ONCE)
            os._exit(EXIT_STOPPED)  # as SIGKILL would: the journal is on disk line by line
        _say(ASKED)
        stop.request()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: bytes) -> None:
    """Print past the buffers, which a handler must not touch."""
    try:
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text)
    except (OSError, ValueError):
        return
