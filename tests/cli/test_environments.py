"""One project in several environments: what each has of its own."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pareta_plan.project.project import Project
from tests.cli.projects import LIVE, endpoints, evaluated, manifest
from tests.conftest import CATALOG

if TYPE_CHECKING:
    from tests.conftest import Cli

FILE = """\
version: 1
project: acme
environments:
  staging: {}
  prod:
    overrides:
      "parcels": {model: bayes-1, labels: {tier: gold}}
"""


def deployed(cli: Cli, env: str) -> dict[str, str]:
    content = json.loads(cli.read(f"pareta.{env}.lock"))["workloads"]["parcels"]
    return dict(content["deployment"])


def test_environments_have_locks_and_deployments_of_their_own(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE), "pareta-project.yaml": FILE})
    assert cli("apply", "--auto-approve", "--env", "staging").code == 0
    before = cli.read("pareta.staging.lock")
    assert cli("apply", "--auto-approve", PARETA_PLAN_ENV="prod").code == 0
    assert cli.read("pareta.staging.lock") == before
    assert not (cli.root / "pareta.lock").exists()
    assert deployed(cli, "staging")["model"] == "linear-1"
    assert deployed(cli, "prod")["model"] == "bayes-1"
    assert len(endpoints(cli.root)) == 2
    for env in ("staging", "prod"):
        assert "Nothing to change" in cli("plan", "--env", env, "--locked").out
        assert cli("--env", env, "output", "parcels").out.strip() == deployed(cli, env)["endpoint"]
        drift = cli("drift", "--env", env, "--detailed-exitcode")
        assert (drift.code, drift.out) == (0, "No drift.\n")
        assert deployed(cli, env)["model"] in cli("explain", "parcels", "--env", env).out


def test_a_copied_lockfile_takes_no_deployment_over(cli: Cli) -> None:
    proved = manifest(more=LIVE + evaluated("min_quality: 0.3"))
    file = "version: 1\nproject: acme\nenvironments: {staging: {}, prod: {}}\n"
    cli.write({"pareta.yaml": proved, "pareta-project.yaml": file})
    assert cli("apply", "--auto-approve", "--env", "staging").code == 0
    (staging,) = endpoints(cli.root)
    cli.write({"pareta.prod.lock": cli.read("pareta.staging.lock")})
    commands = (
        ("plan",),
        ("plan", "--frozen"),
        ("lock",),
        ("apply", "--auto-approve"),
        ("output",),
    )
    for command in commands:
        refused = cli(*command, "--env", "prod")
        assert refused.code == 5
        assert "a copy from the environment staging of project acme" in refused.err
        assert "`pareta-plan --env prod lock --move`" in refused.err
    assert cli("lock", "--move", "--env", "prod").code == 0
    planned = cli("plan", "--env", "prod").out
    assert "evaluate" not in planned
    assert "1 to create" in planned
    assert cli("apply", "--auto-approve", "--env", "prod").code == 0
    assert len(endpoints(cli.root)) == 2
    assert deployed(cli, "staging")["endpoint"] == staging != deployed(cli, "prod")["endpoint"]


def test_a_renamed_lockfile_keeps_its_deployments(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    cli.write({"pareta-project.yaml": "version: 1\nenvironments: {prod: {}}\n"})
    (cli.root / "pareta.lock").rename(cli.root / "pareta.prod.lock")
    planned = cli("plan", "--env", "prod", "--format", "json")
    [change] = json.loads(planned.out)["changes"]
    assert [step["do"] for step in change["steps"]] == ["promote", "record"], "but for its name"


def test_labels_of_overrides_select_no_further_overrides(cli: Cli) -> None:
    """Else their order would decide what they select."""
    more = '      "tier=*": {deploy: {state: stopped}}\n'
    cli.write({"pareta.yaml": manifest(more=LIVE), "pareta-project.yaml": FILE + more})
    ended = cli("validate", "--env", "prod")
    assert (ended.code, "'tier=*' selects no workload" in ended.err) == (1, True)


def test_an_apply_that_failed_in_one_environment_is_not_taken_up_in_another(cli: Cli) -> None:
    file = "version: 1\nenvironments: {staging: {}, prod: {overrides: {'*': {frontier: all}}}}\n"
    loose = "- {id: acme-loose, vendor: Acme, context_k: 1, runtime: rules}\n"
    one = manifest(more=LIVE + evaluated("min_quality: 0.3"))
    cli.write({"pareta.yaml": one, "pareta-project.yaml": file, "more/frontier.yaml": loose})
    catalogs = {"PARETA_PLAN_CATALOG": f"{CATALOG}{os.pathsep}{cli.root / 'more'}"}
    took_up = "an earlier apply has not finished"
    assert cli("apply", "--auto-approve", "--env", "prod", **catalogs).code == 1
    staging = cli("apply", "--auto-approve", "--env", "staging", **catalogs)
    assert (staging.code, took_up in staging.err) == (0, False)
    prod = cli("apply", "--auto-approve", "--env", "prod", **catalogs)
    assert (prod.code, took_up in prod.err) == (1, True)


def test_a_default_that_changes_makes_the_lock_stale(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(), "pareta-project.yaml": "version: 1\n"})
    assert cli("lock").code == 0
    cli.write({"pareta-project.yaml": "version: 1\ndefaults: {labels: {team: finance}}\n"})
    ended = cli("lock", "--check")
    assert (ended.code, "parcels: the manifest changed" in ended.err) == (5, True)


def test_a_manifest_takes_a_default_away(cli: Cli) -> None:
    cli.write(
        {
            "pareta.yaml": manifest(more="deploy: null\n"),
            "pareta-project.yaml": "version: 1\ndefaults: {deploy: {state: live}}\n",
        }
    )
    assert "Nothing to change" in cli("plan").out


def test_defaults_of_eval_are_for_those_that_have_one(cli: Cli) -> None:
    gates = "version: 1\ndefaults: {eval: {gates: {min_quality: 0.1}}}\n"
    bare = manifest("bare", more=LIVE)
    cli.write({"a.yaml": manifest(more=LIVE + evaluated()), "b.yaml": bare})
    cli.write({"pareta-project.yaml": gates})
    assert cli("validate").code == 0
    applied = cli("apply", "--auto-approve").out
    assert (applied.count("hold the result"), applied.count(" min_quality: ")) == (1, 1)
    nothing = cli("plan").out
    cli.write({"b.yaml": bare + "eval: null\n"})
    assert "Nothing to change" in nothing
    assert "Nothing to change" in cli("plan").out


def test_defaults_of_eval_with_rows_are_for_all(cli: Cli) -> None:
    rows = "input,expected\nHanded over at the door,delivered\n"
    cli.write({"one.yaml": manifest("one"), "two.yaml": manifest("two"), "rows.csv": rows})
    cli.write({"pareta-project.yaml": "version: 1\ndefaults: {eval: {items: rows.csv}}\n"})
    assert cli("plan").out.count("- evaluate 1 row") == 2


def test_what_is_wrong_with_what_several_share_names_them(cli: Cli) -> None:
    cli.write({"one.yaml": manifest("one"), "two.yaml": manifest("two", more=evaluated())})
    over = "overrides: {'*': {eval: {gates: {min_quality: 0.1}}}}"
    cli.write({"pareta-project.yaml": f"version: 1\nenvironments: {{prod: {{{over}}}}}\n"})
    said = cli("validate", "--env", "prod").err
    assert "one: give the rows once" in said
    assert "two: " not in said


@pytest.mark.parametrize("file", [None, "version: 1\n", "version: 2\n", "a: [\n"])
def test_what_is_wrong_for_all_is_said_once(file: str | None, cli: Cli) -> None:
    cli.write({f"{n}.yaml": manifest(n) for n in ("one", "two", "three")})
    if file:
        cli.write({"pareta-project.yaml": file})
    ended = cli("plan", "--env", "prod")
    assert (ended.code, ended.err.count("error: ")) == (1, 1)


def test_large_manifests_are_remembered_as_they_were_written(cli: Cli) -> None:
    """What the project says is laid over them each time, and errors in them keep their places."""
    large = "# " + "x" * 30_000 + "\n" + manifest(more=LIVE).replace("frontier: none\n", "")
    for frontier, code in (("none", 0), ("all", 0), ("", 1)):
        defaults = f"defaults: {{frontier: {frontier}}}\n" if frontier else ""
        cli.write({"pareta.yaml": large, "pareta-project.yaml": "version: 1\n" + defaults})
        ended = cli("lock", PARETA_PLAN_CACHE=str(cli.root.parent / "cache"))
        assert ended.code == code
        if frontier:
            entry = json.loads(cli.read("pareta.lock"))["workloads"]["parcels"]
            assert entry["frontier"]["requested"] == frontier
    assert "pareta.yaml:2:1: 'frontier' is missing" in ended.err
    assert list((cli.root.parent / "cache").rglob("*.json"))


@pytest.mark.parametrize(
    ("file", "env", "scope"),
    [
        (None, None, ""),
        ("", None, ""),
        ("project: acme\n", None, "acme"),
        ("project: acme\nenvironments: {prod: {}}\n", "prod", "acme/prod"),
        ("environments: {prod: {}}\n", "prod", "/prod"),
    ],
)
def test_scopes(cli: Cli, file: str | None, env: str | None, scope: str) -> None:
    if file is not None:
        cli.write({"pareta-project.yaml": "version: 1\n" + file})
    assert Project(cli.root, env).scope == scope


HOSTILE = {
    "empty": (b"", "the file is empty"),
    "a comment": (b"# nothing\n", "the file is empty"),
    "a list": (b"- version: 1\n", "expected `key: value` lines"),
    "no UTF-8": (b"version: 1\nproject: \xff\n", "is not UTF-8"),
    "a merge key": (b"version: 1\n<<: {}\n", "expected a plain key"),
    "a tag": (b"version: 1\ndefaults: !!python/object:os.system {}\n", "is not allowed"),
    "deep": (b"version: 1\ndefaults: " + b"{a: " * 500 + b"}" * 500, "nested too deeply"),
    "an odd part": (b"version: 1\ndefaults: [1]\n", "expected `key: value` lines"),
    "an odd selector": (
        b"version: 1\nenvironments: {prod: {overrides: {'[': {}}}}\n",
        "'[' selects no workload",
    ),
    "odd labels": (b"version: 1\ndefaults: {labels: 3}\n", "expected `key: value` lines"),
    "too large": (b"version: 1\n#" + b"x" * 1_000_000, "at most 1,000,000"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_bad_project_file_is_refused_with_its_place(cli: Cli, what: str) -> None:
    content, why = HOSTILE[what]
    cli.write({"pareta.yaml": manifest(), "pareta-project.yaml": content})
    ended = cli("validate")
    assert ended.code == 1
    assert "error: pareta-project.yaml" in ended.err
    assert why in ended.err


@pytest.mark.parametrize("to", ["nowhere.yaml", "../outside.yaml", "pareta-project.yaml", "."])
def test_a_project_file_that_leads_elsewhere_is_not_passed_over(cli: Cli, to: str) -> None:
    """Else its policy would be gone without a word."""
    cli.write({"pareta.yaml": manifest(), "../outside.yaml": "version: 1\n"})
    (cli.root / "pareta-project.yaml").symlink_to(to)
    ended = cli("validate")
    assert ended.code == 1
    assert "pareta-project.yaml" in ended.err
