"""`pareta-plan schema`."""

from __future__ import annotations

import click

from pareta_plan.canonical import canonical_json
from pareta_plan.reports.schemas import SCHEMAS, schema


@click.command("schema")
@click.argument("which", type=click.Choice(list(SCHEMAS)), default="manifest")
def command(which: str) -> None:
    """Print the JSON Schema of the manifest, the lockfile, a saved plan, the project file or results."""
    click.echo(canonical_json(schema(which)).decode(), nl=False)
