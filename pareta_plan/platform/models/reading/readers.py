"""A few processes that read documents, started when first needed and kept for the next ones.

Each reads one document at a time within the budget. One that breaks it is killed, and another
takes its place.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Timer
from typing import Any

from pareta_plan.errors import PlatformError, RowsError
from pareta_plan.platform import isolated
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import Interrupted
from pareta_plan.platform.models.reading.budget import Budget

MOST = min(4, max(2, os.cpu_count() or 1))
"""Processes at once; further documents wait for their turn."""
MAX_ANSWER = 16 << 20
"""Bytes: more than the most characters of a text take, or the pictures of the most pages."""
ORDINARY = Budget()
_MODULE = "pareta_plan.platform.models.reading.child"


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's text and the processor time that reading it took, in seconds."""

    text: str
    cpu_seconds: float


class _Child:
    """A process that reads. Raises PlatformError when it can't be started."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._late = False
        self._stopped = False
        try:
            self._process = subprocess.Popen(  # noqa: S603
                isolated.command(_MODULE, str(budget.page_seconds), str(budget.memory)),
                cwd=Path(isolated.ROOT.anchor),
                env=isolated.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a terminal's Ctrl-C is for the parent
            )
        except OSError as error:
            raise PlatformError(f"what reads documents can't be started: {error}") from None
        self.ocr = str((self._answer() or {}).get("ocr", ""))
        if not self.ocr:
            self.kill()
            code = self._process.returncode
            raise PlatformError(f"what reads documents can't be started: it ended with {code}")

    def read(self, document: Document) -> Reading:
        """Read a document. Raises RowsError, Interrupted."""
        answer = self._within_budget(document, "text")
        return Reading(str(answer["text"]), float(answer["cpu_seconds"]))

    def pages(self, document: Document) -> list[Document]:
        """The pictures of a PDF's pages. Raises RowsError, Interrupted."""
        answer = self._within_budget(document, "pages")
        return [Document(b64decode(page), "image/jpeg") for page in answer["pages"]]

    def _within_budget(self, document: Document, wanted: str) -> dict[str, Any]:
        limit = self._budget.wall_seconds
        timer = Timer(limit, self._out_of_time)
        timer.daemon = True
        timer.start()
        try:
            answer = self._asked(document, wanted)
        finally:
            timer.cancel()
        match answer or {}:
            case {"cpu_seconds": float(s), "text": str(text)} if (
                wanted == "text" and 0 <= s < limit
            ):
                return {"text": text, "cpu_seconds": s}
            case {"pages": list(pages)} if wanted == "pages":
                return {"pages": pages}
            case {"error": str(error), "hint": hint}:
                raise RowsError(error, hint=hint and str(hint))
        self.kill()
        raise self._end()

    @property
    def is_over(self) -> bool:
        """Whether it reads no more."""
        return self._stopped or self._process.poll() is not None

    def stop(self) -> None:
        """End it from any thread; what it reads is not at fault."""
        self._stopped = True
        self._process.kill()

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _asked(self, document: Document, wanted: str) -> dict[str, Any] | None:
        head = {"mime": document.mime, "bytes": len(document.data), "wanted": wanted}
        pipe = self._process.stdin
        if pipe is None:
            raise AssertionError("a child has an input")
        try:
            pipe.write(json.dumps(head).encode() + b"\n" + document.data)
            pipe.flush()
        except OSError:  # it has ended
            return None
        return self._answer()

    def _answer(self) -> dict[str, Any] | None:
        """The next line that it says, None at its end and for nonsense: it may be corrupted."""
        pipe = self._process.stdout
        try:
            line = pipe.readline(MAX_ANSWER) if pipe else b""
            answer = json.loads(line) if line.endswith(b"\n") else None
        except (OSError, ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None

    def _out_of_time(self) -> None:
        self._late = True
        self._process.kill()

    def _end(self) -> Exception:
        if self._stopped:
            return Interrupted()
        used_up = -getattr(signal, "SIGXCPU", 0) or None
        late = self._late or self._process.returncode == used_up
        return self._budget.over_time() if late else self._budget.over_memory()


class Readers:
    """At most so many processes that read."""

    def __init__(self, most: int = MOST, budget: Budget = ORDINARY) -> None:
        self._most = most
        self._budget = budget
        self._changed = Condition()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._started = 0
        self._stops = 0

    def read(self, document: Document) -> Reading:
        """A document's text; waits for a free process.

        Raises RowsError for a document that can't be read within the budget, Interrupted when
        `stop` ends the reading, PlatformError when no process can be started.
        """
        with self._borrowed() as child:
            return child.read(document)

    def pages(self, document: Document) -> list[Document]:
        """The pictures of a PDF's pages; raises as `read`."""
        with self._borrowed() as child:
            return child.pages(document)

    def ocr(self) -> str:
        """What recognises text, with its version. Raises as `read`."""
        with self._borrowed() as child:
            return child.ocr

    def stop(self) -> None:
        """End every process, and the reading in hand; later documents get new ones."""
        with self._changed:
            self._stops += 1
            idle, self._idle = self._idle, []
            for child in (*idle, *self._busy):
                child.stop()
            self._changed.notify_all()
        for child in idle:
            child.kill()

    @contextmanager
    def _borrowed(self) -> Iterator[_Child]:
        child = self._taken()
        try:
            yield child
        finally:
            if child.is_over:
                child.kill()
            with self._changed:
                self._busy.discard(child)
                if not child.is_over:
                    self._idle.append(child)
                self._changed.notify()

    def _taken(self) -> _Child:
        with self._changed:
            stops = self._stops
            self._changed.wait_for(
                lambda: (
                    stops != self._stops
                    or self._idle
                    or len(self._busy) + self._started < self._most
                )
            )
            if stops != self._stops:
                raise Interrupted
            while self._idle:
                child = self._idle.pop()
                if child.is_over:  # as it is when the system wanted its memory
                    child.kill()
                    continue
                self._busy.add(child)
                return child
            self._started += 1
        try:
            return self._new(stops)
        finally:
            with self._changed:
                self._started -= 1
                self._changed.notify()

    def _new(self, stops: int) -> _Child:
        child = _Child(self._budget)
        with self._changed:
            if stops == self._stops:
                self._busy.add(child)
                return child
        child.kill()
        raise Interrupted


readers = Readers()
"""Those of this process."""
