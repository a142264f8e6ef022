"""One process after another in a project, each of which may fail or die at any of its points.

A point is a request to the platform or a write to the disk. What dies does so by an exception
that nothing of ours catches, and from then on no point has an effect any more.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import Event, Lock, current_thread, main_thread
from typing import IO, Any, NamedTuple

import httpx
import pytest

from pareta_plan import files
from pareta_plan.apply import change, evaluation, journal, recorder
from pareta_plan.apply.stop import Stop
from pareta_plan.cli import connection, progress
from pareta_plan.cli.main import main
from pareta_plan.client import api
from pareta_plan.client.client import Pareta
from pareta_plan.project.layout import LOCKFILE
from tests.faults.platform import Platform, response

NOTICED_SECONDS = 0.5  # where nobody takes notice: the signal ends the main thread
URL = "http://127.0.0.1:9"


class Killed(BaseException):
    """Stands for SIGKILL."""


class Kind(StrEnum):
    """What happens at a point."""

    BEFORE = "before"
    """Die before it has any effect."""
    AFTER = "after"
    """Die when it had its effect, and before its answer is read."""
    TORN = "torn"
    """Die with half of it on the disk."""
    LOST = "lost"
    """It has its effect, and the answer is lost; nobody dies."""
    CUT = "cut"
    """The connection is cut before it has any effect."""
    BUSY = "busy"
    """The platform answers 503 once."""
    FULL = "full"
    """The disk takes half of it, and no more."""
    SIGNAL = "signal"
    """Someone presses Ctrl-C."""


REQUEST = (Kind.BEFORE, Kind.AFTER, Kind.LOST, Kind.CUT, Kind.BUSY, Kind.SIGNAL)
DISK = {
    "journal": (Kind.BEFORE, Kind.TORN, Kind.AFTER, Kind.FULL, Kind.SIGNAL),
    "lockfile": (Kind.BEFORE, Kind.AFTER, Kind.FULL, Kind.SIGNAL),
    "journal's end": (Kind.BEFORE, Kind.AFTER, Kind.SIGNAL),
}
DEADLY = (Kind.BEFORE, Kind.AFTER, Kind.TORN)


class Fault(NamedTuple):
    """What happens at the so-manieth point of a process, or at the first of a name."""

    at: int | str
    kind: Kind


class Ended(NamedTuple):
    """How a process ended; no code when it was killed."""

    code: int | None
    out: str
    err: str


class World:
    """A platform and a project's folder."""

    def __init__(self, platform: Platform, root: Path) -> None:
        self.platform = platform
        self.root = root
        self.points: list[str] = []
        """Those of the last process, by name."""
        self.on_point: Callable[[str], None] | None = None
        """Told of every point before anything happens there."""
        self.answers: dict[str, tuple[int, str]] = {}
        """What requests are answered in place of what the platform would say."""
        self.record_seconds = 0.0
        """How often at most the lockfile is written; each such write is a point."""
        self._fault: Fault | None = None
        self._dead = False
        self.full = False
        """Whether the disk was full in the last process."""
        self.hit = False
        """Whether the fault of the last process happened."""
        self._noticed = Event()
        self._guard = Lock()

    def write(self, contents: dict[str, str | None]) -> None:
        """Put files into the project; None takes one away."""
        for name, text in contents.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True) if text is None else path.write_text(text)

    def die(self) -> None:
        """Die here and now; for `on_point`."""
        self._dead = True
        raise Killed

    def run(self, *arguments: str, fault: Fault | None = None) -> Ended:
        """Run a command as one process, in which the fault happens."""
        self._fault, self._dead, self.points = fault, False, []
        self._noticed.clear()
        self.full = self.hit = False
        out, err = io.StringIO(), io.StringIO()
        code: int | None
        with self._patched(arguments), contextlib.redirect_stdout(out):
            try:
                with contextlib.redirect_stderr(err):
                    main()
            except SystemExit as ended:
                code = int(ended.code or 0)
            except Killed:
                code = None
        return Ended(None if self._dead else code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _patched(self, arguments: tuple[str, ...]) -> Iterator[None]:
        http = httpx.Client(transport=_Transport(self), trust_env=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PARETA_API_KEY", "pareta_sk_faults")
            patch.setenv("PARETA_BASE_URL", URL)
            patch.setattr(sys, "argv", ["pareta-plan", *arguments])
            patch.chdir(self.root)
            patch.setattr(connection, "Pareta", partial(Pareta, http_client=http))
            patch.setattr(api, "backoff", lambda *_: 0.0)
            for module in (evaluation, change):
                patch.setattr(module, "FIRST_POLL_SECONDS", 0.0)
            patch.setattr(recorder, "RECORD_SECONDS", self.record_seconds)
            patch.setattr(os, "fsync", lambda _: None)
            patch.setattr(journal, "write_line", self._line)
            patch.setattr(files, "_replace", partial(self._replace, files._replace))
            patch.setattr(progress, "write_past_buffers", lambda _: None)  # it comes when it likes
            request = Stop.request
            patch.setattr(Stop, "request", lambda stop: self._notice(request, stop))
            finish = journal.Journal.finish
            patch.setattr(journal.Journal, "finish", lambda mine: self._finish(finish, mine))
            yield

    def _point(self, name: str, act: Callable[[], Any], half: Callable[[], Any]) -> Any:
        """Do something at a point, unless the fault is due."""
        with self._guard:
            if self._dead:
                raise Killed
            self.points.append(name)
            if self.on_point:
                self.on_point(name)
            kind = self._due(name, len(self.points) - 1)
            self.hit = self.hit or kind is not None
            if kind is Kind.SIGNAL:
                self._interrupt()
            if kind in DEADLY:
                self._dead = True
                {Kind.BEFORE: lambda: None, Kind.AFTER: act, Kind.TORN: half}[kind]()
                raise Killed
            if kind is Kind.FULL or (self.full and Kind.FULL in DISK.get(name, ())):
                self.full = True
                half()
                raise OSError(errno.ENOSPC, "No space left on device")
            return act()

    def _notice(self, real: Callable[[Stop], None], stop: Stop) -> None:
        real(stop)
        self._noticed.set()

    def _interrupt(self) -> None:
        """Press Ctrl-C; a worker goes on when the main thread has noticed."""
        os.kill(os.getpid(), signal.SIGINT)
        if current_thread() is not main_thread():
            self._noticed.wait(NOTICED_SECONDS)

    def _due(self, name: str, at: int) -> Kind | None:
        """What is to happen at a point."""
        due = self._fault is not None and not self.hit and self._fault.at in (name, at)
        return self._fault.kind if self._fault and due else None

    def request(self, request: httpx.Request) -> httpx.Response:
        """Bring a request to the platform, as the fault allows."""
        name = f"{request.method} {request.url.path}"
        with self._guard:
            kind = self._due(name, len(self.points))

        def act() -> httpx.Response:
            if kind is Kind.BUSY:
                return httpx.Response(503, json={"detail": "busy"})
            if kind is Kind.CUT:
                raise httpx.ConnectError("cut", request=request)
            told = name in self.answers
            answer = response(*self.answers[name]) if told else self.platform.handle(request)
            if kind is Kind.LOST:
                raise httpx.ReadError("the answer was lost", request=request)
            if kind is not Kind.AFTER and not told and answer.is_success:
                self.platform.heard(request)
            return answer

        answered: httpx.Response = self._point(name, act, lambda: None)
        return answered

    def _line(self, file: IO[bytes], line: bytes) -> None:
        def put(data: bytes) -> None:
            file.write(data)
            file.flush()

        self._point("journal", lambda: put(line), lambda: put(line[: len(line) // 2]))

    def _replace(self, real: Callable[..., None], path: Path, data: bytes) -> None:
        if path.name == LOCKFILE:
            self._point("lockfile", lambda: real(path, data), lambda: None)
        elif self._dead:
            raise Killed
        else:
            real(path, data)

    def _finish(self, real: Callable[[journal.Journal], None], mine: journal.Journal) -> None:
        self._point("journal's end", lambda: real(mine), lambda: None)


class _Transport(httpx.BaseTransport):
    def __init__(self, world: World) -> None:
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._world.request(request)
