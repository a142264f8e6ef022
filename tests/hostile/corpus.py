"""The corpus as a whole: what it is made from, and how one case is run and judged."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from shlex import split
from threading import Thread
from typing import Any
from unittest.mock import patch

from tests.conftest import CATALOG
from tests.hostile.case import Case
from tests.hostile.documents import documents
from tests.hostile.platforms import platforms
from tests.hostile.projects import (
    VALID,
    answered,
    lockfiles,
    manifest_bytes,
    manifests,
    names,
    plans,
    rows,
    state,
)  # fmt: skip
from tests.hostile.texts import SENTINEL, wrong
from tests.hostile.watch import Watch

MOST_SECONDS = 10
"""No command takes more of the processor, whatever it meets."""
MOST_WALL_SECONDS = 60
"""Nor waits longer by the clock, even where others want the processor too."""
KINDS = ("manifest", "rows", "answers", "document", "name", "outside", "lockfile", "plan",
         "platform", "state")  # fmt: skip
KEY = "pareta_sk_hostile_0123456789"


class Server(ThreadingHTTPServer):
    """A platform that answers everything with one thing."""

    answer: tuple[int, Any, bytes] = (200, {}, b"{}")


class _Answers(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        assert isinstance(self.server, Server)
        status, headers, body = self.server.answer
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Ran:
    """How one command of a case ended."""

    code: int | None
    out: str
    err: str
    seconds: float
    """Of the processor."""
    wall_seconds: float
    faults: list[str] = field(default_factory=list)


class Corpus:
    """A folder in which cases are run one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outside = folder, folder / "outside"
        self.outside.mkdir()
        (self.outside / "rows.jsonl").write_text(f'{{"input": "{SENTINEL}", "expected": "lost"}}\n')
        os.mkfifo(self.outside / "pipe")
        self._before = self._seen()
        self._watch = Watch(folder / "cache")
        self.commands = 0
        self.slowest = (0.0, "")
        self._server = Server(("127.0.0.1", 0), _Answers)
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Let the server go."""
        self._server.shutdown()
        self._server.server_close()

    def cases(self) -> list[Case]:
        """All of them; some are made from what a well-meant project has."""
        good = manifest_bytes(VALID)
        root = self._fresh({"pareta.yaml": good})
        for command in ("plan --out a.plan", "apply --auto-approve"):
            ran = self._run(split(command), root, {})
            assert ran.code == 0, ran
        saved, locked = (root / "a.plan").read_bytes(), (root / "pareta.lock").read_bytes()
        return [
            *manifests(), *rows(), *answered(), *documents(), *names(),
            *lockfiles(locked, good), *plans(saved), *platforms(), *state(good),
        ]  # fmt: skip

    def faults(self, case: Case) -> list[str]:
        """What is wrong with how the commands met a case; nothing when all held."""
        root = self._fresh(case.files)
        case.prepare(root, self.outside)
        env = dict(case.env)
        if case.answer:
            self._server.answer = case.answer
            env["PARETA_BASE_URL"] = f"http://127.0.0.1:{self._server.server_address[1]}"
            env["PARETA_API_KEY"] = KEY
        found = []
        for command in case.commands:
            arguments = split(command)
            ran = self._run(arguments, root, env)
            self.commands += 1
            self.slowest = max(self.slowest, (ran.seconds, f"{case}: {command}"))
            found += [f"{command}: {fault}" for fault in self._judged(ran, arguments)]
        return found

    def _judged(self, ran: Ran, arguments: list[str]) -> Iterator[str]:
        yield from ran.faults
        if ran.code is None:
            yield f"not an exit but {ran.err}"
            return
        if (fault := wrong(ran.out, ran.err, arguments)) is not None:
            yield fault
        if KEY in ran.out + ran.err:
            yield "the key is printed"
        if ran.seconds > MOST_SECONDS:
            yield f"it took {ran.seconds:.1f} s"
        if ran.wall_seconds > MOST_WALL_SECONDS:
            yield f"it was over after {ran.wall_seconds:.1f} s"
        if self._seen() != self._before:
            yield "something outside of the project is another"

    def _seen(self) -> list[tuple[str, int, int]]:
        found = sorted(self.outside.iterdir())
        return [(path.name, (at := path.lstat()).st_size, at.st_mtime_ns) for path in found]

    def _fresh(self, files: Any) -> Path:
        root = self.folder / "project"
        if root.exists():
            shutil.rmtree(root)
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        root.mkdir(exist_ok=True)
        return root

    def _run(self, arguments: list[str], root: Path, env: dict[str, str]) -> Ran:
        from pareta_plan.cli.main import main

        out, err = StringIO(), StringIO()
        began, busy = time.monotonic(), time.process_time()
        code: int | None = None
        with (
            self._world(env, root),
            patch.object(sys, "argv", ["pareta-plan", *arguments]),
            redirect_stdout(out),
            redirect_stderr(err),
            self._watch.project(root) as touched,
        ):
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            except BaseException as bad:  # what would be a traceback
                err.write(repr(bad))
        spent = time.process_time() - busy, time.monotonic() - began
        return Ran(code, out.getvalue(), err.getvalue(), *spent, [*touched])

    @contextmanager
    def _world(self, env: dict[str, str], root: Path) -> Iterator[None]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARETA_")}
        kept.pop("CI", None)
        set_here = {
            "PARETA_PLAN_CATALOG": str(CATALOG),
            "PARETA_PLAN_CACHE": str(self.folder / "cache"),
            "HOME": str(self.folder / "cache"),
        }
        before = Path.cwd()
        os.chdir(root)
        try:
            with patch.dict(os.environ, {**kept, **set_here, **env}, clear=True):
                yield
        finally:
            os.chdir(before)
