"""The process that reads documents: one after the other from its input, each within the budget.

A document comes as a line of JSON, `{"mime", "bytes", "wanted"}`, and so many bytes; a line of JSON
goes back: `{"text", "cpu_seconds"}`, or `{"pages", "cpu_seconds"}` where its pages' pictures are
wanted, or `{"error", "hint"}`. The first line says what recognises text.
The process ends with its input, and at once where a document breaks the budget.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from math import ceil
from typing import IO, Any

from pareta_plan.errors import RowsError
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.reading.budget import Budget
from pareta_plan.platform.models.reading.reading import OCR_VERSION, page_pictures, read_text

if sys.platform != "win32":  # which knows no such limits: there the parent's clock is all
    import resource

ENDED_BY_PARENT = ("SIGINT", "SIGTERM", "SIGHUP")


def main(page_seconds: str, memory: str) -> None:
    """Read what comes until there is no more."""
    budget = Budget(page_seconds=int(page_seconds), memory=int(memory))
    for name in ENDED_BY_PARENT:  # sent to the whole group, they would look like a row's fault
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the libraries may print there
    _limit("RLIMIT_AS", budget.memory)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_FSIZE", 0)
    _answer(sink, {"ocr": OCR_VERSION})
    while head := source.readline():
        said = json.loads(head)
        document = Document(source.read(said["bytes"]), said["mime"])
        _answer(sink, _reading(document, said["wanted"], budget))


def _reading(document: Document, wanted: str, budget: Budget) -> dict[str, Any]:
    started = time.thread_time()
    page_begins = partial(_limit_cpu, budget.page_seconds)
    try:
        found: str | list[str]
        if wanted == "pages":
            found = [b64encode(page).decode() for page in page_pictures(document, page_begins)]
        else:
            found = read_text(document, page_begins)
        return {wanted: found, "cpu_seconds": time.thread_time() - started}
    except RowsError as error:
        return {"error": error.message, "hint": error.hint}
    except MemoryError:
        return {"error": budget.over_memory().message, "hint": None}


def _answer(sink: IO[bytes], answer: Mapping[str, Any]) -> None:
    sink.write(json.dumps(answer).encode() + b"\n")
    sink.flush()


def _limit_cpu(seconds: int) -> None:
    """Let the next page have its seconds; over them the system ends the process."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit("RLIMIT_CPU", ceil(used.ru_utime + used.ru_stime) + seconds, hard=False)


def _limit(name: str, most: int, *, hard: bool = True) -> None:
    """Limit this process, where the system has such a limit and none that is lower."""
    if sys.platform != "win32":
        with suppress(AttributeError, ValueError, OSError):
            number = getattr(resource, name)
            _, top = resource.getrlimit(number)
            if top != resource.RLIM_INFINITY:
                most = min(most, top)
            resource.setrlimit(number, (most, most if hard else top))


if __name__ == "__main__":
    main(*sys.argv[1:])
