"""`pareta-plan drift`."""

from __future__ import annotations

import click

from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console
from pareta_plan.cli.options import env_option, json_option, selection_options
from pareta_plan.errors import EXIT_CHANGES
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.drift import Drift, Tolerance, drift
from pareta_plan.plan.plan import check_selection
from pareta_plan.words import count, visible, wrapped


@click.command("drift")
@click.option(
    "--quality",
    type=click.FloatRange(0, 1),
    default=Tolerance().quality,
    show_default=True,
    help="Leave out qualities that moved by no more.",
)
@click.option(
    "--price",
    type=click.FloatRange(0),
    default=Tolerance().price,
    show_default=True,
    help="Leave out prices that moved by no more, as a share.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there is drift.")
@selection_options
@json_option
@env_option
@click.pass_context
def command(
    ctx: click.Context,
    quality: float,
    price: float,
    detailed_exitcode: bool,
    selection: Selection,
    as_json: bool,
) -> int:
    """Tell where the platform moved away from pareta.lock; changes nothing.

    A catalog that moved makes no lockfile stale: `lock --upgrade` takes it up. What happened
    to endpoints, `apply` puts right.
    """
    console = Console(ctx)
    console.project.located  # noqa: B018 - reading is checking
    check_selection(console.project, selection)
    with connect(console.project) as reader:
        found = drift(console.project, reader, Tolerance(quality, price), selection)
    if as_json:
        console.out_json([one._asdict() for one in found])
    else:
        for one in found:
            console.out(_line(one))
        console.out(f"{count(len(found), 'thing')} moved." if found else "No drift.")
    return EXIT_CHANGES if detailed_exitcode and found else 0


def _line(drift: Drift) -> str:
    if drift.workload is None:
        said = f"{drift.subject}  {drift.kind}" + (f": {drift.now}" if drift.now else "")
    else:
        moved = f"{drift.locked or 'nothing'} -> {drift.now or 'nothing'}"
        subject = "" if drift.subject in (drift.locked, drift.now) else f" {drift.subject}"
        said = f"{drift.workload}  {drift.kind}{subject}: {moved}"
    return "\n".join(wrapped(visible(said), "    "))
