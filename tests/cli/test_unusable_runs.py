"""A baseline that can't answer at all is a failure of the run, never evidence of quality."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from tests.cli.projects import LIVE, charges, evaluated, manifest
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli

ROSTER = "- {{id: acme-loose, vendor: Acme, context_k: 1, runtime: {}}}\n"


def test_a_run_without_a_baseline_is_redone_when_it_is_there_again(cli: Cli) -> None:
    catalogs = f"{CATALOG}{os.pathsep}{cli.root / 'more'}"
    measured = evaluated("max_gap_to_frontier: 1")
    cli.write(
        {
            "pareta.yaml": manifest(frontier="[acme-loose]", more=LIVE + measured),
            "more/frontier.yaml": ROSTER.format("rules"),
        }
    )
    broken = cli("apply", "--auto-approve", PARETA_PLAN_CATALOG=catalogs)
    assert broken.code == 1
    assert "acme-loose answered none of 3 rows: " in " ".join(broken.out.split())
    assert "there is no set of rules" in " ".join(broken.out.split())
    entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
    assert "evidence" not in entry
    assert "deployment" not in entry

    cli.write({"more/frontier.yaml": ROSTER.format("bayes")})
    mended = cli("apply", "--auto-approve", PARETA_PLAN_CATALOG=catalogs)
    assert mended.code == 0, mended
    assert charges(cli.root, "eval:") == 3 + 3 + 3  # the first run's answers, and the second run's
