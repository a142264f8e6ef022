"""What a stopped or failed apply leaves behind, and who may delete what."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.client.resources import EvalRuns
from tests.cli.projects import LIVE, charges, endpoints, evaluated, manifest
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli


def apply(cli: Cli, *options: str) -> Any:
    return cli("apply", "--auto-approve", *options)


def killed_at_the_call(cli: Cli) -> None:
    """Apply, and kill the process when the new endpoint is up but not recorded."""
    with cli.child("apply", "--auto-approve") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "calling" in line:
                break
        process.kill()


def test_a_renamed_workload_takes_its_endpoint_along(cli: Cli) -> None:
    deploy = "deploy: {name: shop, state: live}\n"
    for old, new in (("zzz", "aaa"), ("aaa", "mmm")):
        cli.write({"pareta.yaml": manifest(old, more=deploy)})
        assert apply(cli).code == 0
        before = endpoints(cli.root)
        cli.write({"pareta.yaml": manifest(new, more=deploy)})
        renamed = apply(cli)
        assert renamed.code == 0, renamed
        assert "takes its endpoint over" in " ".join(renamed.out.split())
        assert endpoints(cli.root) == before
        assert list(json.loads(cli.read("pareta.lock"))["workloads"]) == [new]
        assert cli("plan", "--detailed-exitcode").code == 0
        cli.write({"pareta.yaml": manifest(old, more=deploy)})


def test_what_a_stopped_apply_brought_up_is_taken_down_though_nothing_else_changes(
    cli: Cli,
) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    killed_at_the_call(cli)
    assert endpoints(cli.root)
    (up,) = endpoints(cli.root)
    cli.write({"pareta.yaml": manifest()})
    foretold = cli("plan")
    assert "an earlier apply has not finished" in foretold.err
    assert f"apply takes down what came to nothing: {up}\n" in foretold.err
    ended = apply(cli)
    assert ended.code == 0
    assert f"apply takes down what came to nothing: {up}\n" in ended.err
    assert endpoints(cli.root) == {}
    assert "has not finished" not in apply(cli).err


def test_a_stopped_apply_of_a_saved_plan_goes_on(cli: Cli) -> None:
    cli.write({"pareta.yaml": "---\n".join(manifest(n, more=LIVE) for n in ("one", "two"))})
    assert cli("plan", "--out", "release.plan").code == 0
    with cli.child("apply", "release.plan") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("two: "):
                break
        process.terminate()
    resumed = cli("apply", "release.plan")
    assert resumed.code == 0, resumed
    assert set(endpoints(cli.root).values()) == {"live"}
    assert len(endpoints(cli.root)) == 2
    assert cli("apply", "release.plan").code == 5


def test_the_rest_of_a_stopped_plan_is_what_was_reviewed(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("plan", "--out", "release.plan").code == 0
    with cli.child("apply", "release.plan") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "calling" in line:
                break
        process.kill()
    cli.write({"pareta.yaml": manifest(model="bayes-1", more=LIVE)})
    assert cli("lock").code == 0
    swapped = cli("apply", "release.plan")
    assert swapped.code == 5
    assert "its manifest or its rows changed" in swapped.err
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("lock").code == 0
    assert cli("apply", "release.plan").code == 0


def test_what_was_recorded_is_not_taken_down_by_a_later_apply(cli: Cli) -> None:
    broken = manifest("broken", frontier="[acme-loose]", more=LIVE + evaluated("min_savings: 1"))
    catalogs = f"{CATALOG}{os.pathsep}{cli.root / 'more'}"
    loose = "- {id: acme-loose, vendor: Acme, context_k: 1, runtime: rules}\n"
    both = "---\n".join([manifest("sound", more=LIVE), broken])
    cli.write({"pareta.yaml": both, "more/frontier.yaml": loose})
    failed = cli("apply", "--auto-approve", PARETA_PLAN_CATALOG=catalogs)
    assert failed.code == 1
    live = endpoints(cli.root)
    assert list(live.values()) == ["live"]

    cli.write({"pareta.yaml": broken})
    (cli.root / "pareta.lock").unlink()
    assert cli("apply", "--auto-approve", PARETA_PLAN_CATALOG=catalogs).code == 1
    assert endpoints(cli.root) == live


def test_a_journal_means_nothing_on_a_platform_that_forgot(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    killed_at_the_call(cli)
    for path in sorted((cli.root / ".pareta" / "platform").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (cli.root / "pareta.lock").unlink(missing_ok=True)
    ended = apply(cli)
    assert ended.code == 0, ended
    assert charges(cli.root, "eval:") == 3


def test_a_gate_does_not_keep_a_bad_model_in_service(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    assert apply(cli).code == 0
    stopped = "deploy: {state: stopped}\n"
    cli.write({"pareta.yaml": manifest(more=stopped + evaluated("min_quality: 1"))})
    assert apply(cli).code == 0
    assert list(endpoints(cli.root).values()) == ["stopped"]


def test_a_stopped_endpoint_is_recorded_again_without_a_lockfile(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more="deploy: {state: stopped}\n")})
    assert apply(cli).code == 0
    (cli.root / "pareta.lock").unlink()
    assert apply(cli).code == 0
    assert cli("output", "parcels").out.strip() in endpoints(cli.root)
    assert cli("plan", "--detailed-exitcode").code == 0


def test_a_lockfile_with_deployments_stays_on_its_platform(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert apply(cli).code == 0
    before = cli.read("pareta.lock")
    cli.write({"pareta.lock": before.replace('"embedded"', '"https://api.example.com"')})
    for command in (
        ("plan",),
        ("lock",),
        ("apply", "--auto-approve"),
        ("apply", "--frozen", "--auto-approve"),
    ):
        ended = cli(*command)
        assert ended.code == 5
        assert "https://api.example.com" in ended.err
    assert cli("lock", "--move").code == 0
    assert "deployment" not in json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]


def test_a_platform_whose_runs_fail_at_once_is_not_asked_for_ever(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.3"))})
    retrieve = EvalRuns.__dict__["retrieve"]

    def failing(self: Any, run_id: str) -> Any:
        found = retrieve.__get__(self, type(self))(run_id)
        failed = found.run.model_copy(update={"status": "failed"})
        return found.model_copy(update={"run": failed})

    monkeypatch.setattr(EvalRuns, "retrieve", failing)
    ended = apply(cli)
    assert ended.code == 1
    with closing(sqlite3.connect(_database(cli))) as connection:
        (runs,) = connection.execute("SELECT count(*) FROM eval_runs").fetchone()
    assert runs == 2


def _database(cli: Cli) -> str:
    return str(cli.root / ".pareta" / "platform" / "platform.sqlite3")
