"""What every change of an apply works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pareta_plan.apply.events import Emit
from pareta_plan.apply.journal import Journal
from pareta_plan.apply.spending import Spending
from pareta_plan.client.remote import Writer
from pareta_plan.project.lockfile import Entry


class Record(Protocol):
    """Takes what a workload has achieved; None takes it out. `now` is before the next write."""

    def __call__(self, name: str, entry: Entry | None, *, now: bool = False) -> None: ...


@dataclass(frozen=True)
class Context:
    """What every change of an apply works with; shared between threads."""

    writer: Writer
    journal: Journal
    spending: Spending
    record: Record
    emit: Emit
    reuse: bool
    """Whether evidence that still holds is reused; else it is bought anew."""
    as_recorded: bool
    """Whether the platform may lack what the lockfile records, and the plan took it to have."""
