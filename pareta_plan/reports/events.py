"""What an apply tells while it runs, as JSON objects of one line each (NDJSON)."""

from __future__ import annotations

import json
from typing import Literal

from pareta_plan.apply.events import Event, Note, Progress
from pareta_plan.escapes import json_visible
from pareta_plan.plan.model import Plan
from pareta_plan.reports.json_object import error_shape, result_shape
from pareta_plan.reports.report import Performed, Report, Why
from pareta_plan.reports.shapes import ErrorShape, ResultShape, Shape
from pareta_plan.version import __version__


class EventShape(Shape):
    """What every event has."""

    event: str
    version: Literal[1] = 1
    time: str
    """When it happened, in UTC, as RFC 3339 has it."""


class Started(EventShape):
    """The plan is approved, and is now run."""

    event: Literal["started"] = "started"
    tool: str
    """The version of pareta-plan."""
    digest: str
    """The plan's."""
    platform: str
    workloads: list[str]
    """Those that change."""
    reserve_micro_usd: int | None
    """The plan's cost estimate; null when a price is unknown."""


class Progressed(EventShape):
    """How far a slow step of a workload is."""

    event: Literal["progress"] = "progress"
    workload: str
    stage: str
    label: str
    done: float
    total: float | None
    """Null when it isn't known."""
    unit: Literal["rows", "percent"] | None
    """What is counted, rows once a model; null without a total."""
    billed_micro_usd: int
    """What its eval run under way was billed so far."""


class Noted(EventShape):
    """Something a user should know that is no error."""

    event: Literal["note"] = "note"
    text: str


class Ended(EventShape):
    """What became of a workload's change."""

    event: Literal["result"] = "result"
    result: ResultShape


class Finished(EventShape):
    """The command is over; the last line of a file that nothing cut short."""

    event: Literal["finished"] = "finished"
    exit_code: int
    why: Why
    """Why it ended so, in a word."""
    errors: list[ErrorShape]
    billed_micro_usd: int
    """Of this apply, without what one that it went on with had been billed."""


EVENTS: tuple[type[EventShape], ...] = (Started, Progressed, Noted, Ended, Finished)


def started(plan: Plan, time: str) -> Started:
    """The first event of an apply that has something to do."""
    return Started(
        time=time,
        tool=__version__,
        digest=plan.digest,
        platform=plan.platform,
        workloads=[change.workload for change in plan.changes],
        reserve_micro_usd=plan.reserve_micro_usd,
    )


def happened(event: Event, time: str) -> EventShape:
    """What an apply told."""
    if isinstance(event, Progress):
        counted: Literal["rows", "percent"] = "rows" if event.rows else "percent"
        return Progressed(
            time=time,
            workload=event.workload,
            stage=event.stage,
            label=event.label,
            done=event.done,
            total=event.total,
            unit=None if event.total is None else counted,
            billed_micro_usd=event.billed_micro_usd,
        )
    if isinstance(event, Note):
        return Noted(time=time, text=event.text)
    return Ended(time=time, result=result_shape(event))


def finished(report: Report, time: str) -> Finished:
    """How the command ended."""
    done = report.subject.applied.results if isinstance(report.subject, Performed) else []
    return Finished(
        time=time,
        exit_code=report.exit_code,
        why=report.why,
        errors=[error_shape(error) for error in report.errors],
        billed_micro_usd=sum(result.billed_micro_usd for result in done),
    )


def line(event: EventShape) -> bytes:
    """The event on a line of its own, its name and version first."""
    data = event.model_dump(mode="json")
    ordered = {"event": data["event"], "version": data["version"], **data}
    return json_visible(json.dumps(ordered, ensure_ascii=False)).encode() + b"\n"
