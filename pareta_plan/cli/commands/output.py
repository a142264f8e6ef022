"""`pareta-plan output`."""

from __future__ import annotations

import click

from pareta_plan.cli.completed import completed
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import env_option, meant_name
from pareta_plan.cli.reporting import report_options
from pareta_plan.client.remote import EMBEDDED
from pareta_plan.errors import UsageError, listed
from pareta_plan.lock.stale import refuse_copy
from pareta_plan.render.calling import deployed_lines, how_to_call
from pareta_plan.reports.formats import PLAIN
from pareta_plan.reports.report import Deployed
from pareta_plan.words import UNPROVEN, laid_out


@click.command("output")
@click.argument("name", required=False, shell_complete=completed("workloads"))
@report_options("output", (*PLAIN, "dotenv"), kinds=())
@env_option
@pass_console
def command(console: Console, name: str | None) -> None:
    """Print the ids and names of what is deployed, for the next step.

    With NAME only that workload's id. `dotenv` prints PARETA_ENDPOINT_<NAME>=id lines, and
    PARETA_MODEL_<NAME>=name where the platform has stable names.
    """
    lockfile = console.project.read_lockfile()
    if lockfile:
        refuse_copy(console.project, lockfile)
    deployed = lockfile.deployed if lockfile else {}
    ids = dict(deployed)
    if name is not None:
        if name not in ids:
            raise UsageError(
                f"nothing is deployed for {name!r}{meant_name(name, ids)}",
                hint=f"Deployed: {listed(list(ids), 10) or 'nothing yet'}; `pareta-plan apply` "
                "deploys.",
            )
        ids = {name: ids[name]}
    unproven = [one for one in lockfile.unproven if one in ids] if lockfile else []
    _tell_unproven(console, unproven)
    names = {one: named for one, named in lockfile.names.items() if one in ids} if lockfile else {}
    console.found(Deployed(ids, unproven, names))
    if not console.as_text or not ids:
        return
    console.out(laid_out(ids.values() if name is not None else deployed_lines(ids, names)))
    if lockfile and name is None:
        called = [names.get(workload, id) for workload, id in ids.items()]
        lines = how_to_call(called, served=lockfile.platform == EMBEDDED)
        console.note("\n".join(["", *lines]))


def _tell_unproven(console: Console, names: list[str]) -> None:
    """Say what nobody measured, on stderr: scripts read the ids and nothing else."""
    if names:
        console.remark([f"{', '.join(names)}: {UNPROVEN}"])
