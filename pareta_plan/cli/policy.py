"""The project's policy at the command line: what a plan breaks of it today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pareta_plan.cli.console import Console
from pareta_plan.plan.plan import Planned
from pareta_plan.project.who import today
from pareta_plan.words import with_options

if TYPE_CHECKING:
    from pareta_plan.policy.violation import Violation


def judged(console: Console, planned: Planned) -> list[Violation]:
    """What a plan breaks today, by the day in UTC; notes what of the policy does nothing."""
    if console.project.settings is None:
        return []
    from pareta_plan.policy.policy import judge_policy  # with what most projects have no use for

    found, remarks = judge_policy(console.project, planned, today())
    console.remark(remarks)
    return [replace(one, hint=with_options(one.hint, console.options)) for one in found]
