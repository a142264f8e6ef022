"""Commands that read leave the run of a killed apply as it is; the next apply finishes it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tests.cli.projects import LIVE, charges, evaluated, manifest, platform_state
from tests.cli.test_resuming import apply_killed_at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cli

READING = (
    ["plan"],
    ["plan", "--json"],
    ["plan", "--destroy"],
    ["drift"],
    ["lock", "--upgrade"],
    ["explain", "parcels"],
    ["catalog", "list"],
    ["catalog", "show", "parcel-status"],
    ["catalog", "match", "parcel status"],
    ["force-unlock"],
    ["apply"],  # which nobody approves
    ["destroy"],
)


def interrupt_run(root: Path) -> None:
    """Leave the run with its first row, as nobody works on it; who does, says so in its state."""
    with closing(platform_state(root)) as connection, connection:
        connection.execute("UPDATE eval_runs SET status = 'queued', stage = 'queued'")
        connection.execute("DELETE FROM results")
        connection.execute("DELETE FROM item_results WHERE idx > 0")
        connection.execute("DELETE FROM ledger WHERE cause LIKE 'eval:%' AND cause NOT LIKE '%:0'")


def billed(root: Path) -> list[tuple[object, ...]]:
    with closing(platform_state(root)) as connection:
        tables = ("ledger", "item_results", "results", "eval_runs")
        return [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]


def test_only_an_apply_goes_on_with_a_run(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    apply_killed_at(4, cli)  # the run was started, its result not yet recorded
    interrupt_run(cli.root)
    left = billed(cli.root)
    assert charges(cli.root, "eval:") == 1
    for command in READING:
        cli(*command)
        assert billed(cli.root) == left, command
    assert cli("apply", "--auto-approve").code == 0
    assert charges(cli.root, "eval:") == 3
