"""What a shell completes, asked as shells ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pareta_plan.cli.main import COMMANDS
from tests.cli.projects import manifest
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli, Outcome

PROJECT = "version: 1\nenvironments: {prod: {}, staging: {}}\n"


def complete(cli: Cli, *words: str, shell: str = "bash") -> Outcome:
    """What there is for the last of the words."""
    line = " ".join(["pareta-plan", *words])
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    if shell == "fish":
        asked["COMP_CWORD"] = words[-1]
    return cli(_PARETA_PLAN_COMPLETE=f"{shell}_complete", **asked)


def names(cli: Cli, *words: str) -> list[str]:
    ended = complete(cli, *words)
    assert ended.err == ""
    return [line.partition(",")[2] for line in ended.out.splitlines() if line]


def test_names_are_completed(cli: Cli) -> None:
    two = "---\n".join([manifest("parcels"), manifest("letters")])
    cli.write({"pareta.yaml": two, "pareta-project.yaml": PROJECT, "compose.yaml": "name: web\n"})
    assert names(cli, "pl") == ["plan"]
    assert names(cli, "catalog", "le") == ["leaderboard"]
    assert names(cli, "plan", "--loc") == ["--locked"]
    assert names(cli, "plan", "--target", "''") == ["letters", "parcels"]
    assert names(cli, "explain", "pa") == ["parcels"]
    assert names(cli, "--env", "p") == names(cli, "plan", "--env", "p") == ["prod"]
    assert names(cli, "catalog", "show", "parcel") == ["parcel-status"]
    assert names(cli, "init", "--task", "sent") == ["sentiment"]
    assert names(cli, "init", "--model", "langid") == ["langid-1"]
    assert cli("lock").code == 0
    found = names(cli, "lock", "--upgrade-workload", "parcels=")
    assert found == ["parcels==bayes-1", "parcels==linear-1"]
    assert "Show what apply would change" in complete(cli, "pl", shell="fish").out
    assert not (cli.root / ".pareta").exists() or cli("validate").code == 0


def test_tasks_of_the_project_are_completed(cli: Cli) -> None:
    cli.write({"pareta-project.yaml": "version: 1\ncatalog: [mine]\n", "mine/desk/task.yaml": ""})
    assert names(cli, "catalog", "show", "des") == ["desk"]


@pytest.mark.parametrize(
    "files",
    [
        {"pareta.lock": "no JSON"},
        {"pareta.lock": '{"workloads": []}'},
        {"pareta-project.yaml": "[", "a.yaml": b"\xff\xfe"},
        {"pareta.yaml/x": ""},
    ],
)
def test_what_is_broken_completes_nothing_and_says_nothing(
    files: dict[str, str | bytes], cli: Cli
) -> None:
    cli.write(files)
    for words in (["plan", "--env", "''"], ["explain", "''"], ["lock", "--upgrade-workload", "a"]):
        assert names(cli, *words) == []
    for asked in ("bash_nonsense", "nonsense", ""):
        ended = cli(_PARETA_PLAN_COMPLETE=asked)
        assert not ended.out.strip()


def test_commands_are_completed_without_loading_them(cli: Cli) -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from pareta_plan.__main__ import main\n"
        "main()\n"
    )
    asked = {"COMP_WORDS": "pareta-plan ", "COMP_CWORD": "1"}
    env = {**os.environ, **asked, "_PARETA_PLAN_COMPLETE": "bash_complete"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cli.root,
        env={**env, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.removeprefix("plain,") for line in ended.stdout.split()] == list(COMMANDS)
    loaded = set(ended.stderr.split())
    assert not [name for name in loaded if name.startswith("pareta_plan.cli.commands")]
    assert "pydantic" not in loaded


SCRIPTS = {
    "bash": "COMP_WORDS=(pareta-plan expl); COMP_CWORD=1\n"
    '_pareta_plan_completion pareta-plan; echo "$COMPREPLY"',
    "zsh": "whence -w _pareta_plan_completion",
    "fish": "complete --command pareta-plan --do-complete 'pareta-plan expl'",
}
SAID = {"bash": "explain", "zsh": "_pareta_plan_completion: function", "fish": "explain"}


@pytest.mark.parametrize("shell", list(SCRIPTS))
def test_the_script_works_where_the_shell_is(shell: str, cli: Cli) -> None:
    script = cli("completion", shell)
    assert script.code == 0
    assert script.err == ""
    assert "_PARETA_PLAN_COMPLETE" in script.out
    if (path := shutil.which(shell)) is None:
        return
    (cli.root / "bin").mkdir()
    program = cli.root / "bin" / "pareta-plan"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pareta_plan "$@"\n')
    program.chmod(0o755)
    begin = "autoload -Uz compinit && compinit -u -D\n" if shell == "zsh" else ""
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    env["PATH"] = f"{cli.root / 'bin'}{os.pathsep}{env['PATH']}"
    ended = subprocess.run(
        [path, "-c", f"{begin}{script.out}\n{SCRIPTS[shell]}"],
        cwd=cli.root,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert SAID[shell] in ended.stdout, ended


def test_a_hundred_workloads_are_completed_at_once(cli: Cli) -> None:
    cli.write({"pareta.yaml": "---\n".join(manifest(f"team-{n:03}") for n in range(100))})
    assert len(names(cli, "explain", "team")) == 100
    started = time.monotonic()
    names(cli, "explain", "team-00")
    assert time.monotonic() - started < 0.5
