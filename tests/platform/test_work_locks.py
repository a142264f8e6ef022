"""Claims on work that outlive the thread that took them."""

from __future__ import annotations

import threading
from pathlib import Path

from pareta_plan.platform.store.locks import Locks


def test_a_thread_waits_for_what_it_took_itself(tmp_path: Path) -> None:
    """As with a stream, whose next chunk and whose end may come from another thread."""
    locks, order = Locks(tmp_path), ["begun"]
    stream = locks.hold("request:1")
    stream.__enter__()

    def end() -> None:
        order.append("ended")
        stream.__exit__(None, None, None)

    ending = threading.Timer(0.1, end)
    ending.start()
    with locks.hold("request:1"):
        order.append("next")
    ending.join()
    assert order == ["begun", "ended", "next"]
