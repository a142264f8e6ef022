"""The runner around a step: what event it is for, and the files and log lines it reads."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pareta_plan.escapes import legible, visible
from pareta_plan.reports.annotations import command

SUMMARY_BYTES = 1024 * 1024
"""What GitHub takes of one step's summary (docs: workflow commands, adding a job summary)."""


@dataclass(frozen=True)
class Event:
    """What started the workflow; `number` is of its pull request, if it is for one.

    `sha` is the commit that people see: the head of a pull request, not the merge that is tried.
    """

    name: str
    repository: str
    sha: str
    run_url: str
    number: int | None = None
    is_fork: bool = False


def read_event(environ: Mapping[str, str]) -> Event:
    """The event as the runner's environment and its event file tell it."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    told = json.loads(Path(path).read_text("utf-8")) if path and Path(path).is_file() else {}
    repository = environ.get("GITHUB_REPOSITORY", "")
    pull: dict[str, Any] = told.get("pull_request") or {}
    head = pull.get("head") or {}
    home = (head.get("repo") or {}).get("full_name")  # None of a fork that was deleted
    return Event(
        name=environ.get("GITHUB_EVENT_NAME", ""),
        repository=repository,
        sha=head.get("sha") or environ.get("GITHUB_SHA", ""),
        run_url="/".join(
            (
                environ.get("GITHUB_SERVER_URL", ""),
                repository,
                "actions/runs",
                environ.get("GITHUB_RUN_ID", ""),
            )
        ),
        number=pull.get("number"),
        is_fork=bool(pull) and home != repository,
    )


def say(line: str) -> None:
    """Write a line to the log, in its order among those of the processes started."""
    tell(visible(line))


def tell(line: str) -> None:
    """Write a line of which a part may be a command to the runner; what is hidden is escaped."""
    print(legible(line), flush=True)  # noqa: T201 - the log is how a step speaks


def annotate(level: str, message: str, **properties: str) -> None:
    """Annotate the run: `level` is error, warning or notice."""
    tell(command(level, message, **properties))


@contextmanager
def quoted(title: str) -> Iterator[None]:
    """A group of the log in which nothing that is printed is a command to the runner."""
    token = secrets.token_hex(16)
    tell(command("group", title))
    tell(command("stop-commands", token))
    try:
        yield
    finally:
        tell(f"\n::{token}::")  # on a line of its own, whatever came before
        tell("::endgroup::")


def write_outputs(environ: Mapping[str, str], values: Mapping[str, str]) -> None:
    """Set the outputs of the step, each between lines that no value can contain."""
    path = environ.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as file:
        for name, value in values.items():
            end = f"pareta_plan_{secrets.token_hex(16)}"
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def write_summary(environ: Mapping[str, str], markdown: str) -> None:
    """Add to the step's summary, cut visibly where GitHub would drop all of it."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if not path or not markdown:
        return
    file = Path(path)
    room = SUMMARY_BYTES - (file.stat().st_size if file.exists() else 0)
    with file.open("ab") as stream:
        stream.write(_fitting(markdown.rstrip("\n") + "\n", room))


def _fitting(markdown: str, room: int) -> bytes:
    whole = markdown.encode()
    if len(whole) <= room:
        return whole
    end = b"\n\n**Cut here:** the rest is in the report of the run.\n"
    kept = whole[: max(0, room - len(end))].decode("utf-8", "ignore")
    return kept.encode() + end[: max(0, room)]
