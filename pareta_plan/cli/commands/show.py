"""`pareta-plan show`."""

from __future__ import annotations

from pathlib import Path

import click

from pareta_plan import files
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import json_option
from pareta_plan.errors import ProjectError
from pareta_plan.files import meant_file
from pareta_plan.plan.model import Plan
from pareta_plan.plan.saved import MAKE, load
from pareta_plan.render.json_data import plan_data
from pareta_plan.render.plan import origin, plan_text

MAX_PLAN_BYTES = 100_000_000


def read_plan(path: Path) -> Plan:
    """Read a saved plan."""
    if not path.exists():
        raise ProjectError(f"no plan {str(path)!r}{meant_file(path, fits=Path.exists)}", hint=MAKE)
    return load(files.read_bytes(path, limit=MAX_PLAN_BYTES, what="plan"), str(path))


@click.command("show")
@click.argument("saved", metavar="PLAN", type=click.Path(path_type=Path))
@json_option
@pass_console
def command(console: Console, saved: Path, as_json: bool) -> None:
    """Show a saved plan."""
    loaded = read_plan(saved)
    if as_json:
        console.out_json(plan_data(loaded))
        return
    console.out(plan_text(loaded, console.paint, console.width))
    console.note(origin(loaded))
