"""`pareta-plan drift`."""

from __future__ import annotations

import click

from pareta_plan.cli.connection import FRESH, connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import env_option, folder_argument, selection_options
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import EXIT_CHANGES
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.drift import Tolerance, drift
from pareta_plan.plan.plan import check_selection, lacks_recorded
from pareta_plan.render.drift import drift_text
from pareta_plan.reports.formats import REVIEWED
from pareta_plan.reports.report import Moved


@click.command("drift")
@folder_argument
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
@report_options("drift", REVIEWED)
@env_option
@pass_console
def command(
    console: Console,
    quality: float,
    price: float,
    detailed_exitcode: bool,
    selection: Selection,
) -> int:
    """Tell where the platform moved away from pareta.lock; changes nothing.

    A catalog that moved makes no lockfile stale: `lock --upgrade` takes it up. What happened
    to endpoints, `apply` puts right.
    """
    manifests = console.project.located  # reading is checking
    check_selection(console.project, selection)
    with connect(console.project, keep_state=False) as reader:
        if lacks_recorded(reader, console.project.read_lockfile()):
            console.remark([FRESH.format("only\nthe catalog is compared")])
        found = drift(console.project, reader, Tolerance(quality, price), selection)
        console.found(Moved(reader.platform, console.project.lockfile_name, found, manifests))
    if console.as_text:
        console.out(drift_text(found, console.width))
    return EXIT_CHANGES if detailed_exitcode and found else 0
