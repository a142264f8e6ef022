"""The workflows that people copy: what they ask for exists, and they say nothing risky."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY as SOURCE

ACTION = yaml.safe_load((SOURCE / "action.yml").read_text("utf-8"))
COPIED = {
    path.name: path.read_text("utf-8")
    for path in sorted((SOURCE / "docs" / "ci").glob("*.yml"))
    if path.name != "gitlab-ci.yml"
}
README = re.findall(
    r"^```yml\n(on:.*?)^```$", (SOURCE / "README.md").read_text("utf-8"), re.S | re.M
)
WORKFLOWS = {**COPIED, "README.md": README[0]}
OURS = "pareta/pareta-plan@"


def steps(text: str) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(text)["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_is_asked_of_the_action_exists(name: str) -> None:
    text = WORKFLOWS[name]
    ours = [step for step in steps(text) if step.get("uses", "").startswith(OURS)]
    assert ours
    for step in ours:
        assert step.get("with", {}).keys() <= ACTION["inputs"].keys()
    for used in re.findall(r"steps\.plan\.outputs\.([\w-]+)", text):
        assert used in ACTION["outputs"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_risky_is_copied(name: str) -> None:
    text = WORKFLOWS[name]
    assert "pull_request_target" not in text
    for step in steps(text):
        assert "${{" not in step.get("run", "")
        if not step.get("uses", OURS).startswith(OURS):
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"])
    assert text.count("# v") >= len(re.findall("uses: actions/", text)), "the version beside it"


def test_the_readme_has_the_lint_of_the_files(tmp_path: Path) -> None:
    assert len(README[0].splitlines()) == 10
    path = tmp_path / "workflow.yml"
    path.write_text(README[0])
    subprocess.run(["actionlint", str(path)], check=True)


def test_the_versions_beside_the_digests_agree() -> None:
    """One action, one digest, one version, wherever it is named."""
    pages = "".join(path.read_text("utf-8") for path in (SOURCE / "docs").glob("*.md"))
    found = re.findall(r"(actions/[\w-]+)@(\w+) # (v[\d.]+)", "".join(WORKFLOWS.values()) + pages)
    assert len({name for name, _, _ in found}) == len(set(found)) >= 3


@pytest.mark.parametrize("job", ["reviewed", "approved"])
def test_what_was_applied_is_recorded(tmp_path: Path, job: str) -> None:
    """The script of the workflow on a real git repository, whose remote is a folder here."""
    jobs = yaml.safe_load(COPIED["apply.yml"])["jobs"]
    script = jobs[job]["steps"][-1]["run"]
    remote, checkout = tmp_path / "remote.git", tmp_path / "checkout"

    def git(*arguments: str, cwd: Path = checkout) -> str:
        ended = subprocess.run(
            ["git", *arguments], cwd=cwd, env=env, check=True, capture_output=True, text=True
        )
        return ended.stdout

    url = "https://x-access-token:ghs_t@github.example/acme/models"
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GITHUB_TOKEN": "ghs_t",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "acme/models",
        "GITHUB_REF_NAME": "main",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{remote}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
    }
    for folder in (remote, checkout):
        folder.mkdir()
    git("init", "--bare", "--initial-branch", "main", cwd=remote)
    git("init", "--initial-branch", "main")
    (checkout / "models").mkdir()
    lockfile = checkout / "models" / "pareta.lock"
    lockfile.write_text("before\n")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--message", "first")

    def record() -> None:
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        subprocess.run(command, cwd=checkout, env=env, check=True, capture_output=True)

    record()
    assert git("log", "--oneline").count("\n") == 1, "nothing to record is no commit"
    lockfile.write_text("after\n")
    (checkout / "models" / "other").write_text("not recorded\n")
    record()
    assert git("show", "main:models/pareta.lock", cwd=remote) == "after\n"
    assert "other" not in git("ls-tree", "-r", "--name-only", "main", cwd=remote)


def test_the_hooks_are_commands_that_there_are() -> None:
    hooks = yaml.safe_load((SOURCE / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["entry"] for hook in hooks] == ["pareta-plan validate", "pareta-plan lock --check"]
    for hook in hooks:
        assert not hook["pass_filenames"]
        assert re.search(hook["files"], "models/data/tickets.jsonl")
