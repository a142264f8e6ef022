"""A clone has a lockfile and no deployments: what `plan`, `drift` and `apply` make of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import LIVE, endpoints, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

NOTE = "this checkout never brought up what the lockfile records as deployed"
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def origin(cli: Cli) -> Cli:
    """A project in which two workloads were applied and committed."""
    other = manifest("others", model="bayes-1", more=LIVE)
    text = manifest(model="linear-1", more=LIVE + evaluated("min_quality: 0.1"))
    cli.write({"a.yaml": text, "b.yaml": other, ".gitignore": "*.plan\n"})
    git(cli.root, "init", "-q")
    commit(cli)
    assert cli("apply", "--auto-approve").code == 0
    commit(cli)
    return cli


def commit(cli: Cli) -> None:
    git(cli.root, "add", ".")
    git(cli.root, "commit", "-q", "-m", "-")


def clone(origin: Cli, name: str) -> Cli:
    made = origin.sibling(name)
    git(origin.root, "clone", "-q", ".", str(made.root))
    return made


def test_a_pull_request_that_changes_nothing_has_an_empty_plan(origin: Cli) -> None:
    runner = clone(origin, "runner")
    planned = runner("plan", "--detailed-exitcode")
    assert (planned.code, "Nothing to change: 2 workloads" in planned.out) == (0, True), planned
    assert NOTE in planned.err
    moved = runner("drift", "--detailed-exitcode")
    assert (moved.code, moved.out) == (0, "No drift.\n")
    assert not (runner.root / ".pareta").exists()
    hidden = runner("plan", "--out", ".pareta/release.plan")
    assert (hidden.code, "is for the state of applies" in hidden.err) == (1, True), hidden


def test_what_was_reviewed_in_one_checkout_is_applied_in_another(origin: Cli) -> None:
    deployed = json.loads(origin("output", "--format", "json").out)["endpoints"]
    origin.write({"a.yaml": origin.read("a.yaml").replace("linear-1", "bayes-1")})
    commit(origin)
    reviewed, merged = clone(origin, "reviewed"), clone(origin, "merged")
    assert reviewed("lock").code == 0  # keeps a state, and the checkout is a new one still
    plan = reviewed("plan", "--out", "r.plan", "--detailed-exitcode", "--json")
    assert plan.code == 2, plan
    shown = json.loads(plan.out)
    assert [(c["workload"], c["action"]) for c in shown["changes"]] == [("parcels", "replace")]
    assert (shown["as_recorded"], shown["unchanged"]) == (True, ["others"])
    assert not endpoints(reviewed.root)
    merged.write({name: reviewed.read(name) for name in ("r.plan", "pareta.lock")})
    applied = merged("apply", "r.plan")
    assert (applied.code, "1 done" in applied.out, NOTE in applied.err) == (0, True, True), applied
    now = json.loads(merged("output", "--format", "json").out)["endpoints"]
    assert now["others"] == deployed["others"]
    assert endpoints(merged.root) == {now["parcels"]: "live"}
    assert merged("plan", "--detailed-exitcode").code == 0
    merged.write({"b.yaml": merged.read("b.yaml").replace("live", "stopped")})
    assert merged("plan", "--out", "s.plan").code == 0
    stopped = merged("apply", "s.plan")  # what it stops is not there
    note = f"note: {now['others']} is brought up first: the plan took it to be there"
    assert (stopped.code, note in stopped.err) == (0, True), stopped
    assert endpoints(merged.root) == {now["parcels"]: "live", now["others"]: "stopped"}


def test_a_plan_of_what_is_really_deployed_is_not_for_a_new_checkout(origin: Cli) -> None:
    origin.write({"a.yaml": origin.read("a.yaml").replace("linear-1", "bayes-1")})
    assert origin("plan", "--out", "real.plan").code == 0
    runner = clone(origin, "runner")
    runner.write({name: origin.read(name) for name in ("a.yaml", "pareta.lock", "real.plan")})
    refused = runner("apply", "real.plan")
    assert (refused.code, "is now gone" in refused.err) == (5, True), refused


def test_apply_without_a_saved_plan_brings_up_what_is_missing(origin: Cli) -> None:
    mine = clone(origin, "mine")
    unapproved = mine("apply")
    assert (unapproved.code, "2 to create" in unapproved.out) == (1, True), unapproved
    assert mine("plan", "--detailed-exitcode").code == 0  # to look at it changed nothing
    lockfile = mine.read("pareta.lock")
    applied = mine("apply", "--auto-approve")
    assert (applied.code, "Billed for evaluations: $0.000000" in applied.out) == (0, True), applied
    assert [*endpoints(mine.root).values()] == ["live", "live"]
    assert mine.read("pareta.lock") == lockfile
    after = mine("plan", "--detailed-exitcode")
    assert (after.code, NOTE in after.err) == (0, False)
    (mine.root / ".pareta" / "platform" / "platform.sqlite3").unlink()
    assert "is gone" in mine("plan").out  # what was here and is not any more has drifted
