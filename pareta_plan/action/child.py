"""The command line as a process: its arguments, its environment, and what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from pareta_plan.action.runner import quoted

PLAN = "pareta.plan"
"""The name of a saved plan, in the folder of the run and in its artifact."""
PROVENANCE = "provenance.json"
FILES = {
    "text": "report.txt",
    "json": "report.json",
    "junit": "junit.xml",
    "sarif": "report.sarif",
    "html": "results.html",
    "markdown": "summary.md",
    "comment": "comment.md",
    "github": "annotations.txt",
}
"""The kinds of reports that a command writes, and the names that they get."""
_SECRET = ("INPUT_", "ACTIONS_", "GITHUB_TOKEN", "GH_TOKEN")
_RUNNER_FILES = (
    "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a command ended; `data` is its JSON object, empty where it came to none."""

    code: int
    folder: Path
    data: Mapping[str, Any] = field(default_factory=dict)

    def file(self, kind: str) -> Path | None:
        """The report of a kind, where there is one."""
        path = self.folder / FILES[kind]
        return path if path.is_file() else None

    def text(self, kind: str) -> str:
        """What a report says, nothing where there is none."""
        path = self.file(kind)
        said = path.read_text("utf-8") if path else ""
        return said.replace(str(self.folder / PLAN), PLAN)  # its name for who has the artifact


def run(
    arguments: Sequence[str], kinds: Sequence[str], folder: Path, environ: Mapping[str, str]
) -> Ended:
    """Run a command to its end, its words in the log, its reports in the folder.

    A signal that asks this process to stop goes to the command, which ends in good order.
    """
    reports = [f"--report={kind}={folder / FILES[kind]}" for kind in kinds]
    code = _code([*arguments, *reports], " ".join(arguments), environ)
    return Ended(code, folder, _object(folder / FILES["json"]))


def run_plainly(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command that writes no report of these kinds; its exit code."""
    return _code(arguments, " ".join(arguments), environ)


def _code(arguments: Sequence[str], title: str, environ: Mapping[str, str]) -> int:
    with quoted(f"pareta-plan {title}"):
        # -I: nothing in the checkout is taken for a module
        process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            [sys.executable, "-I", "-m", "pareta_plan", *arguments],
            env=without_secrets(environ),
            stdin=subprocess.DEVNULL,
        )
        with _forwarding(process):
            code = process.wait()
    return code if code >= 0 else 128 - code


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: no token of GitHub's, and no way to the runner's files."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(_SECRET) and name not in _RUNNER_FILES
    }


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    stops = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, forward) for number in stops]
    try:
        yield
    finally:
        for number, handler in zip(stops, before, strict=True):
            signal.signal(number, handler)


def _object(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    data = json.loads(path.read_text("utf-8"))
    return data if isinstance(data, dict) else {}
