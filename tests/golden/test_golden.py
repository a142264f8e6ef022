"""Runs every folder here that has a `command`, and compares what it says with `expected/`.

A line of `command` is one run: arguments, perhaps after NAME=value for the environment; or one
of the directives of `stage`. Folders named by `@step` lie beside it. `GOLDEN=write` rewrites
the expectations.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan.plan.model import Action, Class
from tests.golden.stage import Stage

if TYPE_CHECKING:
    from tests.conftest import Cli

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/command"))
HEAD = re.compile(r"[-+~?^v=] [a-z0-9-]+ ((?:no )?[a-z]+) \(([a-z, -]+)\): ")
STEP = re.compile(r"@(?:at .* )?step (\S+)")
KEPT = "pareta*.lock"
CHANGING = re.compile(  # of one run, of one system
    r"(?<=run_)[0-9a-f]{2,}|(?<=Errno )\d+|(?<=plan `)[0-9a-f]{12}|[0-9a-f]{16}(?=-call)"
)


def run(cli: Cli, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, str]:
    said = {"stdout": "", "stderr": "", "code": ""}
    stage = Stage(cli, folder, patch)
    for line in (folder / "command").read_text("utf-8").splitlines():
        if ended := stage.play(line):
            said["stdout"] += ended.out
            said["stderr"] += ended.err
            said["code"] += f"{ended.code}\n"
    stage.end()
    for lockfile in sorted(cli.root.glob(KEPT)):
        said[lockfile.name] = lockfile.read_text("utf-8")
    return {name: CHANGING.sub("x", text) for name, text in said.items() if text}


def steps(folder: Path) -> set[str]:
    """The folders that a case copies later."""
    lines = (folder / "command").read_text("utf-8").splitlines()
    return {found[1] for line in lines if (found := STEP.match(line))}


def test_what_people_read_fits_eighty_columns() -> None:
    wide = [
        (path.parent.parent.name, line)
        for path in HERE.glob("*/expected/stdout")
        for line in path.read_text("utf-8").splitlines()
        if len(line) > 80 and not line.lstrip().startswith('"')  # JSON is for machines
        if not path.parts[-3].startswith(("comment-", "reports-"))  # so are these, and CSV
        if not path.parts[-3].endswith("-csv")
    ]
    assert not wide


def test_every_action_and_class_has_a_case() -> None:
    plans = [path.read_text("utf-8") for path in HERE.glob("*/expected/stdout")]
    heads = [head for text in plans for head in HEAD.findall(" ".join(text.split()))]
    actions = {action for action, _ in heads}
    classes = {kind for _, kinds in heads for kind in kinds.split(", ")}
    assert {"none" if a == "no action" else a for a in actions} == {*Action}
    assert classes == {*Class}


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = HERE / case
    expected = folder / "expected"
    ignored = shutil.ignore_patterns("command", "expected", *steps(folder))
    shutil.copytree(folder, cli.root, dirs_exist_ok=True, ignore=ignored)
    said = run(cli, folder, monkeypatch)
    if os.environ.get("GOLDEN") == "write":
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, text in said.items():
            (expected / name).write_text(text, "utf-8", newline="\n")
    assert said == {path.name: path.read_text("utf-8") for path in expected.iterdir()}
