"""One workload's story, as `explain` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.projects import LIVE, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli


def test_before_and_after_an_apply(cli: Cli) -> None:
    more = LIVE + evaluated("min_quality: 0.3")
    cli.write({"pareta.yaml": manifest(frontier="benchmarked", more=more)})
    assert cli("lock").code == 0
    before = cli("explain", "parcels")
    assert before.code == 0
    assert "evidence  none yet; apply scores 3 rows" in before.out
    assert "deployed  nothing" in before.out
    assert cli("apply", "--auto-approve").code == 0
    after = cli("explain", "parcels").out
    for part in (
        "task      parcel-status (matched by keyword",
        "model     linear-1 (recommended: best measured quality",
        "baseline  acme-large",
        "reused while nothing that decides it changes",
        "PASS min_quality",
        "decided   deployable",
        "deployed  parcels-",
    ):
        assert part in after
    assert all(len(line) <= 80 for line in after.splitlines())


def test_the_gate_that_decides(cli: Cli) -> None:
    more = evaluated("min_quality: 0.9", right=False)
    cli.write({"pareta.yaml": manifest(more=more)})
    assert cli("apply", "--auto-approve").code == 3
    said = cli("explain", "parcels", "--frozen").out
    assert "decided   not deployable, fail: min_quality" in said


def test_what_else_was_close(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(intent="chauffeur rating")})
    assert cli("lock").code == 0
    said = cli("explain", "parcels")
    assert said.code == 0
    assert "also      " in said.out


def test_evidence_of_another_decision_decides_nothing(cli: Cli) -> None:
    more = LIVE + evaluated("min_quality: 0.3")
    cli.write({"pareta.yaml": manifest(more=more)})
    assert cli("apply", "--auto-approve").code == 0
    cli.write({"pareta.yaml": manifest(model="bayes-1", more=more)})
    assert cli("lock").code == 0
    said = cli("explain", "parcels", "--frozen").out
    assert "out of date: what decides it is no longer the same" in said
    assert "decided   by the next apply, which scores 3 rows anew" in said
    assert "FAIL" not in said


def test_a_manifest_that_is_gone(cli: Cli) -> None:
    one, other = manifest("one", more=LIVE), manifest("other")
    cli.write({"one.yaml": one, "other.yaml": other})
    assert cli("apply", "--auto-approve").code == 0
    (cli.root / "one.yaml").unlink()
    told = cli("explain", "one", "--frozen")
    assert "manifest  gone, and apply takes away what is deployed" in told.out


def test_without_a_platform_the_rest_is_told(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    assert cli("lock").code == 0
    asked = cli("explain", "parcels").out
    assert "also      no other task is close" in asked
    for env in ({"PARETA_API_KEY": "k" * 20}, {}):
        told = cli("explain", "parcels", PARETA_BASE_URL="http://127.0.0.1:9", **env)
        assert told.code == 0
        assert "also      what else is close was not asked" in told.out
        assert "PARETA_API_KEY is not" in told.err or "can't reach" in told.err


def test_a_stale_entry_is_told(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    assert cli("lock").code == 0
    cli.write({"pareta.yaml": manifest(intent="status of a parcel")})
    told = cli("explain", "parcels", "--frozen")
    assert "the lockfile is stale: parcels: the manifest changed" in told.err


def test_a_name_that_is_not_there(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest()})
    assert cli("explain", "parcels").code == 5
    assert cli("lock").code == 0
    ended = cli("explain", "parcel")
    assert ended.code == 1
    assert "Workloads: parcels." in ended.err
