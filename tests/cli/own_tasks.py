"""A small task with held-out rows, beside those of the test catalog."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import CATALOG

TASK = "desk-mail"
ROWS = (
    ("The heating is broken again", "repair"),
    ("Please water the plants", "garden"),
    ("A window does not close", "repair"),
    ("The hedge is too high", "garden"),
    ("No light in the corridor", "repair"),
    ("Leaves all over the yard", "garden"),
    ("The lift is stuck", "repair"),
    ("Roses want cutting", "garden"),
    ("A tap drips all night", "repair"),
    ("Moss grows on the path", "garden"),
    ("The bell makes no sound", "repair"),
    ("Our lawn is brown", "garden"),
)
DEVELOPMENT = (
    ("Water comes through the ceiling", "repair"),
    ("Please plant some tulips", "garden"),
    ("My key broke in the lock", "repair"),
    ("Weeds stand knee-high", "garden"),
    ("The radiator hisses", "repair"),
    ("Trim the apple tree", "garden"),
)
SPEC = """\
id: desk-mail
title: Desk mail
description: Tell whom a note to the caretaker is for.
keywords: [desk mail, caretaker, note]
kind: classification
scorer: accuracy
labels: {repair: something is broken, garden: plants and grounds}
prompt: Name whom the note is for.
models: [{alias: bayes-1, runtime: bayes}]
frontier: []
"""


def add_task(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the task into a catalog folder that the command line reads."""
    task = folder / TASK
    task.mkdir(parents=True)
    (task / "task.yaml").write_text(SPEC)
    write_rows(task, ROWS)
    folders = os.pathsep.join([str(CATALOG), str(folder)])
    monkeypatch.setenv("PARETA_PLAN_CATALOG", folders)
    return task


def write_rows(task: Path, rows: tuple[tuple[str, str], ...]) -> None:
    """Make these the held-out rows, beside the development rows."""
    for split, these in (("dev", DEVELOPMENT), ("heldout", rows)):
        lines = [json.dumps({"id": t, "input": t, "expected": label}) for t, label in these]
        (task / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
