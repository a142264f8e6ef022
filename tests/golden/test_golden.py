"""Runs every folder here that has a `command`, and compares what it says with `expected/`.

A line of `command` is one run: arguments, perhaps after NAME=value for the environment.
`GOLDEN=write` rewrites the expectations.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Cli

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/command"))
KEPT = "pareta.lock"


def run(cli: Cli, command: str) -> dict[str, str]:
    said = {"stdout": "", "stderr": "", "code": ""}
    for line in command.splitlines():
        words = shlex.split(line)
        env = dict(w.split("=", 1) for w in words if w.split("=")[0].isupper() and "=" in w)
        ended = cli(*words[len(env) :], **env)
        said["stdout"] += ended.out
        said["stderr"] += ended.err
        said["code"] += f"{ended.code}\n"
    if (cli.root / KEPT).exists():
        said[KEPT] = cli.read(KEPT)
    return {name: text for name, text in said.items() if text}


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, cli: Cli) -> None:
    folder = HERE / case
    expected = folder / "expected"
    ignored = shutil.ignore_patterns("command", "expected")
    shutil.copytree(folder, cli.root, dirs_exist_ok=True, ignore=ignored)
    said = run(cli, (folder / "command").read_text("utf-8"))
    if os.environ.get("GOLDEN") == "write":
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, text in said.items():
            (expected / name).write_text(text, "utf-8", newline="\n")
    assert said == {path.name: path.read_text("utf-8") for path in expected.iterdir()}
