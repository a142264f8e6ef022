"""`pareta-plan show`."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from pareta_plan import files
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import ParetaError, ProjectError
from pareta_plan.files import meant_file
from pareta_plan.plan.model import Plan
from pareta_plan.plan.saved import MAKE, load
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.render.plan import origin, plan_text
from pareta_plan.reports.formats import REVIEWED
from pareta_plan.reports.report import Proposed

MAX_PLAN_BYTES = 100_000_000


def read_plan(path: Path) -> Plan:
    """Read a saved plan."""
    if not path.exists():
        raise ProjectError(f"no plan {str(path)!r}{meant_file(path, fits=Path.exists)}", hint=MAKE)
    return load(files.read_bytes(path, limit=MAX_PLAN_BYTES, what="plan"), str(path))


def _lockfile(console: Console, plan: Plan) -> Lockfile | None:
    """The lockfile that the plan was made from, where the project still has it."""
    if not console.tells("markdown", "comment"):
        return None
    try:
        here = console.project.read_lockfile()
    except ParetaError:  # the plan tells what it is without
        return None
    return here if here and here.digest == plan.lockfile else None


def _apply(path: Path) -> str:
    return f"pareta-plan apply {quote(str(path))}"


@click.command("show")
@click.argument("saved", metavar="PLAN", type=click.Path(path_type=Path))
@report_options("plan", REVIEWED)
@pass_console
def command(console: Console, saved: Path) -> None:
    """Show a saved plan."""
    loaded = read_plan(saved)
    console.found(Proposed(loaded, _lockfile(console, loaded), command=_apply(saved)))
    if console.as_text:
        console.out(plan_text(loaded, console.paint, console.width))
    console.note(origin(loaded))
