"""action.yml as a runner runs it: what a workflow gets, whatever happens."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from pareta_plan.action import outcome, upgrade
from pareta_plan.action.child import without_secrets
from pareta_plan.action.inputs import Command, Comment, FailOn, read_inputs
from pareta_plan.action.outcome import step_code
from pareta_plan.cli.main import COMMANDS
from pareta_plan.errors import UsageError
from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.drift import Kind
from tests.action.fake_github import READS, WRITES, FakeGitHub
from tests.action.workflow_runner import HEAD, MERGE, Done, Runner
from tests.cli.projects import LIVE, evaluated, manifest
from tests.conftest import REPOSITORY as SOURCE

GATE = 'min_quality: 0.05, on_inconclusive: "warn"'
MANIFEST = manifest(more=LIVE + evaluated(GATE))
SECRET = "pareta_sk_of_the_workflow"


def cli(runner: Runner, *arguments: str) -> None:
    """A command that somebody ran before in a checkout like this one."""
    ended = subprocess.run(
        [sys.executable, "-m", "pareta_plan", *arguments],
        cwd=runner.workspace,
        env={**os.environ, "PARETA_PLAN_CATALOG": str(SOURCE / "tests" / "catalog")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


LOCKFILES: dict[str, str] = {}
"""Those of the manifests so far: locking the same one again would be the same again."""


def project(runner: Runner, text: str = MANIFEST) -> None:
    """A checkout with a manifest and its lockfile."""
    runner.write({"pareta.yaml": text})
    if text not in LOCKFILES:
        cli(runner, "lock")
        LOCKFILES[text] = (runner.workspace / "pareta.lock").read_text("utf-8")
    runner.write({"pareta.lock": LOCKFILES[text]})


def levels(done: Done) -> list[str]:
    return [level for level, _, _ in done.annotations]


def test_a_change_is_planned_commented_merged_and_applied(
    runner: Runner, github: FakeGitHub
) -> None:
    project(runner)
    planned = runner("pull_request", runner.pull_request(), label="prod")
    assert planned.code == 0, planned.log
    out = planned.outputs
    assert (out["changes"], out["to-add"], out["to-change"], out["to-destroy"]) == (
        "true", "1", "0", "0",
    )  # fmt: skip
    assert float(out["cost-estimate"]) > 0
    assert (out["cost-actual"], out["failure-reason"]) == ("", "")
    report = json.loads(Path(out["json-plan-path"]).read_text("utf-8"))
    assert report["kind"] == "plan"
    for kind, name in outcome.PATHS.items():
        assert Path(out[name]).is_file() == (kind != "html"), "no row was evaluated yet"
    (comment,) = github.comments
    assert comment["body"].startswith("<!-- pareta-plan: prod -->\n")
    assert "parcels" in comment["body"]
    assert report["digest"][7:19] in comment["body"]
    assert "parcels" in planned.summary
    assert "apply pareta.plan`" in comment["body"], "as the artifact has it, not the runner"
    assert not [path for path in runner.workspace.iterdir() if path.name != "pareta.yaml"
                and path.name not in ("pareta.lock", ".pareta")]  # fmt: skip

    merge(github, Path(out["plan-path"]))
    killed = "> [!NOTE]\n> **Applying.** [Look at the run](https://github.example/1).\n\n"
    head, _, rest = comment["body"].partition("\n")
    comment["body"] = f"{head}\n{2 * killed}{rest}"
    seen = spied(github)
    applied = runner("push", label="prod", command="apply", plan_file="artifact:pareta-plan",
                     max_cost="0.01")  # fmt: skip
    assert applied.code == 0, applied.log
    assert seen[0].count("**Applying.**") == 1, "those of killed runs are gone"
    assert "parcels" in seen[0], "the plan stays while it is applied"
    (comment,) = github.comments
    assert comment["body"] == seen[-1]
    assert "**Applying.**" not in comment["body"]
    assert applied.outputs["gate-result"] == "pass"
    assert Path(applied.outputs["html-path"]).is_file() == ("results" in COMMANDS)
    assert float(applied.outputs["cost-actual"]) > 0

    refused = runner("push", label="prod", command="apply", plan_file="artifact:pareta-plan")
    assert (refused.code, refused.outputs["failure-reason"]) == (5, "stale")
    empty = runner("pull_request", runner.pull_request(), label="prod", fail_on="changes")
    assert (empty.code, empty.outputs["changes"]) == (0, "false")


def merge(github: FakeGitHub, plan: Path) -> None:
    """Merge the pull request, whose run uploaded the plan."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.write(plan, plan.name)
    data = archive.getvalue()
    github.merged[MERGE] = [
        {"number": 7, "merged_at": "2031-01-01", "merge_commit_sha": MERGE, "head": {"sha": HEAD}}
    ]
    github.runs.append({"id": 11, "head_sha": HEAD})
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    github.artifacts[5] = {
        "id": 5, "run": 11, "name": "pareta-plan", "expired": False, "digest": digest,
    }  # fmt: skip
    github.archives[5] = data


def spied(github: FakeGitHub) -> list[str]:
    """What the comment says from now on, text by text."""
    seen: list[str] = []
    kept = github.comments

    class Watched(dict[str, Any]):
        def update(self, *args: Any, **more: Any) -> None:
            super().update(*args, **more)
            seen.append(self["body"])

    kept[:] = [Watched(one) for one in kept]
    return seen


def test_a_plan_of_nobody_is_not_applied(runner: Runner, github: FakeGitHub) -> None:
    project(runner)
    nobody = runner("push", command="apply", plan_file="artifact:pareta-plan")
    assert (nobody.code, nobody.outputs["failure-reason"]) == (5, "stale")
    assert "no plan was reviewed" in nobody.annotations[0][2]
    merge(github, runner.workspace / "pareta.yaml")
    no_plan = runner("push", command="apply", plan_file="artifact:pareta-plan")
    assert "holds no pareta.plan" in no_plan.annotations[0][2]
    github.artifacts[5]["digest"] = "sha256:0"
    other = runner("push", command="apply", plan_file="artifact:pareta-plan")
    assert "isn't the one that was uploaded" in other.annotations[0][2]
    assert not github.comments


def test_a_fork_without_secrets_gets_an_offline_plan_and_a_summary(
    runner: Runner, github: FakeGitHub
) -> None:
    project(runner)
    (runner.workspace / "sitecustomize.py").write_text("raise SystemExit('ran')")
    (runner.workspace / "pareta_plan").mkdir()
    (runner.workspace / "pareta_plan" / "__init__.py").write_text("raise SystemExit('ran')")
    event = runner.pull_request(fork=True)
    hosted = {"PARETA_BASE_URL": "https://api.example.com", "PARETA_API_KEY": ""}
    done = runner("pull_request", event, token=READS, env=hosted)
    assert done.code == 0, done.log
    assert "plan --frozen" in done.log
    assert done.outputs["to-add"] == "1"
    assert "parcels" in done.summary
    assert not github.comments
    warning = next(said for level, _, said in done.annotations if level == "warning")
    assert warning.startswith("the comment can't be written: ")
    assert "403 Resource not accessible by integration" in warning


def test_what_a_checkout_prints_commands_nothing(runner: Runner, github: FakeGitHub) -> None:
    name = "::error::from a manifest\n::set-output name=x::y\n##[error]from a row"
    project(runner)
    text = MANIFEST.replace("intent: parcel status", f"intent: {json.dumps(name)}")
    runner.write({"pareta.yaml": text})
    done = runner("pull_request", runner.pull_request())
    assert done.code == 5
    assert done.outputs["failure-reason"] == "stale"
    assert not [one for one in done.annotations if "from a" in one[2] and "::" in one[2][:3]]
    assert github.comments[0]["body"].startswith("<!-- pareta-plan: default -->")
    assert WRITES not in done.log + github.comments[0]["body"] + done.summary


def test_a_broken_manifest_is_told_where_it_is(runner: Runner, github: FakeGitHub) -> None:
    runner.write({"sub/pareta.yaml": MANIFEST.replace("frontier: none", "frontier: [")})
    done = runner(
        "pull_request", runner.pull_request(), command="validate", path="sub", fail_on="error"
    )
    assert (done.code, done.outputs["failure-reason"]) == (1, "error")
    level, place, _ = done.annotations[0]
    assert level == "error"
    assert "file=sub/pareta.yaml" in place
    assert "line=" in place


def test_changes_only_says_nothing_of_nothing_and_updates_what_it_said(
    runner: Runner, github: FakeGitHub
) -> None:
    project(runner, manifest())  # nothing to evaluate, nothing to deploy
    quiet = runner("pull_request", runner.pull_request(), comment="changes-only")
    assert (quiet.code, quiet.outputs["changes"]) == (0, "false")
    assert not github.comments
    earlier = github.comment("<!-- pareta-plan: default -->\nchanges")
    runner("pull_request", runner.pull_request(), comment="changes-only")
    assert "Nothing" in earlier["body"] or "No changes" in earlier["body"]
    earlier["body"] = "<!-- pareta-plan: default -->\nchanges"
    runner("pull_request", runner.pull_request(), comment="off")
    assert earlier["body"].endswith("changes")


def test_a_failed_gate_passes_its_exit_code_on_unless_it_is_let_pass(
    runner: Runner, github: FakeGitHub
) -> None:
    project(runner, manifest(more=LIVE + evaluated("min_quality: 0.99", right=False)))
    failed = runner("workflow_dispatch", command="apply")
    assert (failed.code, failed.outputs["gate-result"]) == (3, "fail")
    assert failed.outputs["failure-reason"] == "gate-failed"
    assert failed.outputs["cost-actual"]
    assert "error" in levels(failed)
    passed = runner("workflow_dispatch", command="apply", fail_on="error")
    assert passed.code == 0
    assert not github.comments


def test_drift_opens_one_issue_and_closes_it(runner: Runner, github: FakeGitHub) -> None:
    project(runner)
    lockfile = runner.workspace / "pareta.lock"
    clean = lockfile.read_text("utf-8")
    locked = json.loads(clean)
    locked["workloads"]["parcels"]["model"]["resolved"]["quality"] = 0.1
    lockfile.write_text(json.dumps(locked, indent=2, sort_keys=True) + "\n", "utf-8")
    done = runner("schedule", command="drift", label="prod")
    assert (done.code, done.outputs["changes"]) == (0, "true"), done.log
    failing = runner("schedule", command="drift", label="prod", fail_on="changes")
    assert (failing.code, failing.outputs["failure-reason"]) == (2, "changes")
    (issue,) = github.issues
    assert issue["body"].startswith("<!-- pareta-plan: prod -->")
    assert "parcels" in issue["body"]
    lockfile.write_text(clean, "utf-8")
    assert runner("schedule", command="drift", label="prod").outputs["changes"] == "false"
    assert issue["state"] == "closed"


def test_lock_upgrade_opens_one_pull_request_that_names_the_successor(
    runner: Runner, github: FakeGitHub
) -> None:
    project(runner)
    lockfile = runner.workspace / "pareta.lock"
    old = json.loads(lockfile.read_text("utf-8"))
    new = lockfile.read_text("utf-8")
    old["workloads"]["parcels"]["model"]["resolved"]["id"] = "linear-0"
    github.objects[MERGE] = {"sha": MERGE, "tree": {"sha": "t"}, "parents": []}
    for _ in range(2):
        lockfile.write_text(json.dumps(old, indent=2, sort_keys=True) + "\n", "utf-8")
        done = runner("schedule", command="lock-upgrade")
        assert done.code == 0, done.log
    (pull,) = github.pulls
    assert "**linear&#45;0** is no longer offered" in pull["body"]
    assert "its successor for **parcels** is **linear&#45;1**" in pull["body"]
    assert "| `parcels` | `linear-0` \u2192<br>`linear-1` |" in pull["body"]
    assert pull["body"].index("All that moved") < pull["body"].index("The whole plan")
    assert (pull["head"], pull["base"]) == ("pareta-plan/lock-upgrade", "main")
    commit = github.objects[github.refs["heads/pareta-plan/lock-upgrade"]]
    assert commit["parents"] == [{"sha": MERGE}]
    (entry,) = github.objects[commit["tree"]["sha"]]["tree"]
    assert (entry["path"], entry["content"]) == ("pareta.lock", new)
    pushes = [path for method, path in github.requests if path.endswith("git/refs")]
    assert len(pushes) == 1


def test_what_is_to_be_signed_is_of_the_lockfile_of_the_checkout(runner: Runner) -> None:
    project(runner)
    done = runner("push", command="provenance")
    assert done.code == 0, done.log
    said = json.loads(Path(done.outputs["provenance-path"]).read_text("utf-8"))
    lockfile = (runner.workspace / "pareta.lock").read_bytes()
    assert said["lockfile"]["digest"]["sha256"] == hashlib.sha256(lockfile).hexdigest()
    assert (said["act"], said["run"]["commit"]) == ("checked", MERGE)
    runner.write({"pareta.yaml": MANIFEST.replace("parcel status", "status of a parcel")})
    stale = runner("push", command="provenance")
    assert (stale.code, stale.outputs["provenance-path"]) == (5, "")


def test_only_what_is_named_is_deleted(runner: Runner) -> None:
    names = ("letters", "parcels")
    runner.write({f"{name}.yaml": manifest(name, more=LIVE) for name in names})
    cli(runner, "apply", "--auto-approve")
    (runner.workspace / "parcels.yaml").unlink()
    for named in ("", "letters"):
        refused = runner("push", command="apply", allow_destroy=named)
        assert (refused.code, refused.outputs["failure-reason"]) == (1, "error")
        assert "the plan deletes the endpoints of parcels" in refused.log
    deleted = runner("push", command="apply", allow_destroy="letters\nparcels")
    assert deleted.code == 0, deleted.log
    lockfile = json.loads((runner.workspace / "pareta.lock").read_text("utf-8"))
    assert [*lockfile["workloads"]] == ["letters"]


def test_the_command_gets_no_token_of_githubs() -> None:
    environ = {
        "PATH": "/bin", "PARETA_API_KEY": SECRET, "GITHUB_SHA": MERGE,
        "INPUT_GITHUB_TOKEN": WRITES, "GITHUB_TOKEN": WRITES, "GH_TOKEN": WRITES,
        "ACTIONS_RUNTIME_TOKEN": WRITES, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": WRITES,
        "GITHUB_OUTPUT": "o", "GITHUB_ENV": "e", "GITHUB_PATH": "p", "GITHUB_STEP_SUMMARY": "s",
        "GITHUB_STATE": "t",
    }  # fmt: skip
    assert without_secrets(environ).keys() == {"PATH", "PARETA_API_KEY", "GITHUB_SHA"}


def test_a_stop_goes_to_the_command_which_ends_in_good_order(runner: Runner) -> None:
    """A runner that cancels a job signals the step's own process, and no other."""
    project(runner)
    environ = {**os.environ, "INPUT_COMMAND": "apply", "INPUT_COMMENT": "off",
               "PARETA_PLAN_CATALOG": str(SOURCE / "tests" / "catalog"),
               "GITHUB_OUTPUT": str(runner.temp / "outputs")}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "pareta_plan.action"],
        cwd=runner.workspace,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "uploading rows" in line:
                os.kill(process.pid, signal.SIGINT)
                break
        rest = process.stdout.read()
        assert process.wait(30) == 130, rest
    assert "failure-reason<<" in (runner.temp / "outputs").read_text("utf-8")
    assert "stopped" in (runner.temp / "outputs").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"COMMAND": "aply"}, "did you mean 'apply'"),
        ({"COMMENT": "sometimes"}, "the input comment can't be 'sometimes'"),
        ({"FAIL_ON": "warning"}, "the input fail-on can't be"),
        ({"PLAN_FILE": "a.plan"}, "plan-file goes with `command: apply` only"),
        ({"MAX_COST": "1"}, "max-cost goes with"),
        ({"LABEL": "x --> <img>"}, "can't mark a comment"),
        ({"COMMAND": "validate", "TARGET": "a"}, "takes no target"),
        ({"COMMAND": "apply", "ALLOW_DESTROY": "a,b-*"}, "which no workload is called"),
        ({"ALLOW_DESTROY": "a"}, "allow-destroy goes with `command: apply` only"),
        ({"COMMAND": "apply", "PLAN_FILE": "p", "TARGET": "a"}, "as it was reviewed"),
    ],
)
def test_an_input_that_is_wrong_is_named(given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        read_inputs({f"INPUT_{name}": value for name, value in given.items()})


def test_inputs_are_read_as_they_are_written() -> None:
    inputs = read_inputs(
        {"INPUT_TARGET": "ticket-*,\n team=fin*\n", "INPUT_PATH": "./prod/eu",
         "INPUT_ENVIRONMENT": "staging", "INPUT_GITHUB_TOKEN": WRITES}
    )  # fmt: skip
    assert inputs.target == ("ticket-*", "team=fin*")
    assert inputs.label == "prod/eu staging"
    assert (inputs.command, inputs.comment) == (Command.PLAN, Comment.ALWAYS)
    assert WRITES not in repr(inputs)


@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [
        ("error", [0, 1, 0, 0, 0, 5, 6, 130]),
        ("gate", [0, 1, 0, 3, 0, 5, 6, 130]),
        ("inconclusive", [0, 1, 0, 3, 4, 5, 6, 130]),
        ("changes", [0, 1, 2, 3, 4, 5, 6, 130]),
    ],
)
def test_fail_on_lets_pass_what_stands_after_it(fail_on: str, codes: list[int]) -> None:
    every = (0, 1, 2, 3, 4, 5, 6, 130)
    assert [step_code(code, FailOn(fail_on)) for code in every] == codes


def test_the_words_of_reports_are_those_of_the_rooms_that_say_them() -> None:
    assert set(outcome._WORST) == set(Outcome)
    assert upgrade.MODEL_GONE == Kind.MODEL_GONE


def test_the_inputs_and_words_of_action_yml_are_those_of_the_code() -> None:
    action = yaml.safe_load((SOURCE / "action.yml").read_text("utf-8"))
    step = action["runs"]["steps"][1]["env"]
    handed = {name.removeprefix("INPUT_").lower().replace("_", "-") for name in step}
    assert handed - {"pareta-plan-python"} == action["inputs"].keys() - {
        "extras", "python-version",
    }  # fmt: skip
    for kind, name in ((Command, "command"), (Comment, "comment"), (FailOn, "fail-on")):
        for word in kind:
            assert f"`{word}`" in action["inputs"][name]["description"]
