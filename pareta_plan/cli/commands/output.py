"""`pareta-plan output`."""

from __future__ import annotations

from shlex import quote

import click

from pareta_plan.cli.completed import completed
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import env_option, meant_name
from pareta_plan.errors import UsageError, listed
from pareta_plan.lock.stale import refuse_copy
from pareta_plan.words import visible


@click.command("output")
@click.argument("name", required=False, shell_complete=completed("workloads"))
@click.option("--format", "form", type=click.Choice(["text", "json", "dotenv"]), default="text")
@env_option
@pass_console
def command(console: Console, name: str | None, form: str) -> None:
    """Print the ids of what is deployed, for the next step.

    With NAME only that workload's id. `dotenv` prints PARETA_ENDPOINT_<NAME>=id lines.
    """
    lockfile = console.project.read_lockfile()
    if lockfile:
        refuse_copy(console.project, lockfile)
    deployed = lockfile.deployed if lockfile else {}
    ids = {workload: visible(endpoint) for workload, endpoint in deployed.items()}
    if name is not None:
        if name not in ids:
            raise UsageError(
                f"nothing is deployed for {name!r}{meant_name(name, ids)}",
                hint=f"Deployed: {listed(list(ids), 10) or 'nothing yet'}; `pareta-plan apply` "
                "deploys.",
            )
        ids = {name: ids[name]}
    if form == "json":
        console.out_json(ids)
    elif name is not None and form == "text":
        console.out(ids[name])
    elif form == "dotenv":
        for workload, endpoint in ids.items():  # quoted, as shells would run what isn't
            console.out(f"PARETA_ENDPOINT_{workload.upper().replace('-', '_')}={quote(endpoint)}")
    else:
        for workload, endpoint in ids.items():
            console.out(f"{workload}  {endpoint}")
