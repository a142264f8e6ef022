"""Evidence is bought once, and again only when that is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.projects import LIVE, charges, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

PROJECT = manifest(more=LIVE + evaluated("min_quality: 0.3"))


def run_id(cli: Cli) -> str:
    entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
    return str(entry["evidence"]["run_id"])


def test_no_reuse_buys_anew_and_leaves_an_empty_plan(cli: Cli) -> None:
    cli.write({"pareta.yaml": PROJECT})
    assert cli("apply", "--auto-approve").code == 0
    first, paid = run_id(cli), charges(cli.root, "eval:")
    assert "Nothing to change" in cli("apply", "--auto-approve").out
    again = cli("apply", "--auto-approve", "--no-reuse")
    assert again.code == 0
    assert "its evidence is to be bought anew" in again.out
    assert run_id(cli) != first
    assert charges(cli.root, "eval:") == 2 * paid
    assert "Nothing to change" in cli("plan").out


def test_a_saved_plan_says_whether_it_reuses(cli: Cli) -> None:
    cli.write({"pareta.yaml": PROJECT})
    assert cli("apply", "--auto-approve").code == 0
    first = run_id(cli)
    assert cli("plan", "--no-reuse", "--out", "fresh.plan").code == 0
    assert cli("apply", "fresh.plan").code == 0
    assert run_id(cli) != first
    assert cli("apply", "fresh.plan").code == 5


def test_a_saved_plan_takes_no_planning_options(cli: Cli) -> None:
    cli.write({"pareta.yaml": PROJECT})
    assert cli("plan", "--out", "one.plan").code == 0
    for option in ("--no-reuse", "--locked", "--frozen"):
        refused = cli("apply", "one.plan", option)
        assert refused.code == 1
        assert "as it was reviewed" in refused.err
