"""A project's policy as scripts and environments see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.projects import LIVE, charges, endpoints, evaluated, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli

FILE = """\
version: 1
environments:
  prod: {}
policy:
  rules:
    - {id: families, allow_model_families: [bayes]}
    - {id: owner, require_labels: [team]}
  waivers:
    - {rule: owner, workload: "*", reason: for now, expires: 9999-12-31}
    - {rule: families, workload: "*", reason: long ago, expires: 1999-12-31}
"""


def test_a_plan_as_json_lists_what_is_broken(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE), "pareta-project.yaml": FILE})
    ended = cli("plan", "--format", "json")
    families, owner = json.loads(ended.out)["policy"]
    assert ended.code == 3
    assert families.pop("hint").startswith("`pareta-plan catalog leaderboard parcel-status`")
    assert families == {
        "rule": "families",
        "workload": "parcels",
        "found": "the model linear-1 is of the family linear",
        "allowed": "bayes",
        "rule_at": "pareta-project.yaml:6:7",
        "manifest_at": "pareta.yaml:4:8",
        "waived": None,
        "expired": {"reason": "long ago", "expires": "1999-12-31"},
    }
    assert (owner["rule"], owner["waived"]["reason"], owner["expired"]) == (
        "owner",
        "for now",
        None,
    )


def test_a_broken_policy_starts_nothing(cli: Cli) -> None:
    project = manifest(more=LIVE + evaluated("min_quality: 0.3"))
    cli.write({"pareta.yaml": project, "pareta-project.yaml": FILE})
    for command in (("apply", "--auto-approve"), ("apply", "--auto-approve", "--json")):
        ended = cli(*command)
        assert (ended.code, "nothing was started" in ended.err) == (3, True), ended
    told = json.loads(ended.out)
    assert (told["results"], told["why"]) == ([], "policy-failed")
    assert "nothing was started" in told["errors"][0]["what"]
    assert "the model linear-1 is of the family linear" in ended.err
    assert endpoints(cli.root) == {}
    assert charges(cli.root) == 0


def test_the_help_is_for_the_environment_at_hand(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE), "pareta-project.yaml": FILE})
    ended = cli("plan", "--env", "prod", "--out", "a.plan")
    assert "--upgrade-workload" in ended.out
    assert "`pareta-plan --env prod lock" in " ".join(ended.out.split())
    assert cli("lock", "--env", "prod", "--upgrade-workload", "parcels==bayes-1").code == 0
    held = cli("plan", "--env", "prod", "--out", "a.plan")
    assert held.code == 0
    assert "apply it with: pareta-plan --env prod apply a.plan" in held.err
    elsewhere = cli("apply", "a.plan")
    assert elsewhere.code == 5
    assert "it was made for the environment prod and keeps to it" in elsewhere.err
    assert cli("--env", "prod", "apply", "a.plan").code == 0


def test_a_lock_from_before_vendors_were_kept_can_be_completed(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(frontier="[acme-large]", more=LIVE)})
    assert cli("lock").code == 0
    lock = json.loads(cli.read("pareta.lock"))
    del lock["workloads"]["parcels"]["frontier"]["resolved"][0]["vendor"]
    cli.write({"pareta.lock": json.dumps(lock)})
    rule = "version: 1\npolicy: {rules: [{id: vendors, allow_vendors: [acme]}]}\n"
    cli.write({"pareta-project.yaml": rule})
    ended = cli("plan", "--locked")
    assert (ended.code, "nothing says which vendor" in ended.out) == (3, True)
    assert cli("lock", "--upgrade-workload", "parcels").code == 0
    assert cli("plan", "--locked").code == 0
