"""The models that a task names, measured where the weights of some can't be had."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.cli.own_tasks import SPEC, TASK, add_task

if TYPE_CHECKING:
    from tests.conftest import Cli

BOTH = "models: [{alias: bayes-1, runtime: bayes}, {alias: embed-1, runtime: embed}]"


def test_a_model_without_weights_is_left_out_and_told(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PARETA_PLAN_MINILM_ONNX", "PARETA_PLAN_MINILM_TOKENIZER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(import_module("pareta_plan.platform.sentences.sentences"), "_loaded", [])
    task = add_task(cli.root / "tasks", monkeypatch)
    head = SPEC.partition("models:")[0]
    (task / "task.yaml").write_text(f"{head}{BOTH}\nfrontier: []\n")
    ended = cli("catalog", "bench", TASK)
    assert ended.code == 0, ended
    assert "embed-1 isn't measured: pip couldn't fetch" in ended.err
    assert "set PARETA_PLAN_MINILM_ONNX to its path" in ended.err
    board = json.loads((task / "leaderboard.json").read_text())
    assert [entry["name"] for entry in board["entries"]] == ["bayes-1"]
