"""`--events FILE`: what an apply tells while it runs, a line an event, written as it happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from pareta_plan import files

if TYPE_CHECKING:
    from pareta_plan.apply.events import Event
    from pareta_plan.plan.model import Plan
    from pareta_plan.reports.events import EventShape
    from pareta_plan.reports.report import Report

_BEGINNING = re.compile(rb'\{"event": "(started|finished)", "version": \d')


def may_replace(beginning: bytes) -> bool:
    """Whether nothing is lost with a file that begins so: events of another run, or nothing."""
    return not beginning or _BEGINNING.match(beginning) is not None


class EventLog:
    """A file of events, begun anew with the first; raises ProjectError when it can't be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None

    def started(self, plan: Plan) -> None:
        """The plan is now run."""
        from pareta_plan.reports.events import started

        self._write(started(plan, _now()))

    def happened(self, event: Event) -> None:
        """Something happened."""
        from pareta_plan.reports.events import happened

        self._write(happened(event, _now()))

    def finished(self, report: Report) -> None:
        """The command is over."""
        from pareta_plan.reports.events import finished

        self._write(finished(report, _now()))
        if self._file is not None:
            self._file.close()

    def _write(self, event: EventShape) -> None:
        """One write a line, with nothing between it and the system: a kill leaves whole lines."""
        from pareta_plan.reports.events import line

        with files.writing(self._path):
            if self._file is None:
                self._file = FileIO(self._path, "w")
            self._file.write(line(event))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
