"""Options of how a plan is run, not of what is planned."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from pareta_plan.apply.scheduler import PARALLELISM


class Execution(NamedTuple):
    """How to run a plan; money in dollars, times in seconds."""

    parallelism: int
    keep_going: bool
    lock_timeout: float
    no_lock: bool
    max_cost: float | None


_OPTIONS = (
    click.option(
        "--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Cap of this run."
    ),
    click.option(
        "--parallelism",
        type=click.IntRange(1, 64),
        default=PARALLELISM,
        envvar="PARETA_PLAN_PARALLELISM",
        metavar="N",
        help=f"Workloads at once.  [default: {PARALLELISM}]",
    ),
    click.option(
        "--keep-going/--fail-fast",
        default=True,
        help="Whether the rest goes on when one fails.  [default: it does]",
    ),
    click.option(
        "--lock-timeout",
        type=click.FloatRange(min=0),
        default=0.0,
        metavar="SECONDS",
        help="How long to wait for another apply to end.  [default: 0]",
    ),
    click.option("--no-lock", is_flag=True, help="Make no claim on the platform."),
)


def execution_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options above, given to the command as one `execution`."""

    @wraps(command)
    def collected(*args: Any, **given: Any) -> Any:
        mine = {name: given.pop(name) for name in Execution._fields}
        return command(*args, execution=Execution(**mine), **given)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected
