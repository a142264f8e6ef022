"""`pareta-plan schema`."""

from __future__ import annotations

import click

from pareta_plan.canonical import canonical_json
from pareta_plan.cli.outlet import data
from pareta_plan.cli.schemas import SCHEMAS, schema


@click.command("schema")
@click.argument("which", type=click.Choice(SCHEMAS), default="manifest", metavar="[NAME]")
def command(which: str) -> None:
    """Print the JSON Schema of a file, the manifest's by default, or of what a command prints.

    Files are manifest, lockfile, plan, project and task; `--format json` prints what results and
    plan-report, apply-report and so on describe.
    """
    data(canonical_json(schema(which)).decode(), nl=False)
