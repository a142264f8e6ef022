"""What an apply that did not finish left for the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pareta_plan.errors import StaleError
from pareta_plan.plan.model import Plan
from pareta_plan.plan.plan import Planned
from pareta_plan.plan.saved import AGAIN, differences, misfits, unreviewed
from pareta_plan.plan.steps import endpoints
from pareta_plan.project.project import Project

if TYPE_CHECKING:
    from pareta_plan.apply.journal import LeftBehind


def unfinished(project: Project, platform: str) -> LeftBehind | None:
    """What an apply left that has not finished; None if none did."""
    if not any(project.state_dir.glob("journal-*")):
        return None
    from pareta_plan.apply.journal import journal_path, left_behind

    return left_behind(journal_path(project.state_dir, platform, project.env))


def goes_on(left: LeftBehind | None, planned: Planned) -> Iterator[str]:
    """That an apply has not finished, and which of its endpoints will be taken down."""
    if left is None:
        return
    yield "an earlier apply has not finished; apply goes on where it stood"
    changes, recorded = planned.plan.changes, {*planned.lockfile.deployed.values()}
    wanted = {change.after.endpoint for change in changes if change.after}
    listed = endpoints(step for change in changes for step in change.steps)
    if gone := sorted(left.endpoints - recorded - wanted - listed):
        yield f"apply takes down what came to nothing: {', '.join(gone)}"


def same_or_stale(saved: Plan, fresh: Plan, stopped: LeftBehind | None) -> None:
    """Refuse to apply a reviewed plan to a world that moved. Raises StaleError with what moved.

    The world moved by the plan's own doing when an apply of it was stopped; then what is left
    to do must be a part of what was reviewed.
    """
    if elsewhere := misfits(saved, fresh):
        raise StaleError("the plan is not for here: " + "; ".join(elsewhere), hint=AGAIN)
    left = unreviewed if stopped and stopped.plan == saved.digest else differences
    if moved := left(saved, fresh):
        raise StaleError("the plan no longer fits: " + "; ".join(moved), hint=AGAIN)
