"""Tasks of every kind, asked of a project's own model: held, measured, gated, shown."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conftest import CATALOG
from tests.platform.providers.scripted_provider import (
    ALL,
    ScriptedProvider,
    Step,
    answers,
    completion,
    scripted_provider,
)

if TYPE_CHECKING:
    from tests.conftest import Cli


class Case(NamedTuple):
    """A kind's task: what is said of answers, what rows expect, the last one's wrong answer."""

    kind: str
    scorer: str
    said: str
    right: list[Any]
    wrong: Any
    score: float
    member: str | None = None


SCHEMA = "{type: object, properties: {n: {type: integer}, to: {type: string}}, required: [n, to]}"
CASES = [
    Case(
        *("labelling", "label-f1", "labels: {bug: it fails, billing: money}"),
        right=[["bug"], [], ["billing", "bug"]],
        wrong=["bug"],
        score=(1 + 1 + 2 / 3) / 3,
        member="answer",
    ),
    Case(
        *("structure", "value-f1", f"answer_schema: {SCHEMA}"),
        right=[{"n": 1, "to": "Ann"}, {"n": 2, "to": "Bob"}, {"n": 3, "to": "Cy"}],
        wrong={"n": 3, "to": "Di"},
        score=(1 + 1 + 1 / 2) / 3,
    ),
    Case(
        *("ranking", "mrr", ""),
        right=[["a"], ["b"], ["c"]],
        wrong=["x", "c"],
        score=(1 + 1 + 1 / 2) / 3,
        member="answer",
    ),
    Case(
        *("prose", "rouge-l", ""),
        right=["the cat sat", "the dog ran", "a bird flew"],
        wrong="a bird sang",
        score=(1 + 1 + 2 / 3) / 3,
    ),
]
TASK = """\
id: desk-{case.kind}
title: Desk {case.kind}
description: Work that comes to a desk.
keywords: [desk {case.kind}]
kind: {case.kind}
scorer: {case.scorer}
{case.said}
prompt: Do what a desk does.
models: []
frontier: []
"""
PROJECT = """\
version: 1
providers: {{box: {{base_url: {url}}}}}
models: [{{alias: own-1, provider: box, model: M, context_k: 8, price: {{per_hour_usd: 1}}}}]
"""


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as running:
        yield running


def written(case: Case, output: Any) -> str:
    if isinstance(output, str):
        return output
    return json.dumps({case.member: output} if case.member else output)


def prepare(case: Case, cli: Cli, provider: ScriptedProvider, folder: Path) -> None:
    """The task beside the test catalog, a project with a model, and what that answers."""
    task = folder / f"desk-{case.kind}"
    task.mkdir(parents=True)
    (task / "task.yaml").write_text(TASK.format(case=case))
    rows = [{"id": f"r{n}", "input": f"row {n}", "expected": e} for n, e in enumerate(case.right)]
    lines = "\n".join(map(json.dumps, rows))
    for split in ("dev", "heldout"):
        (task / f"{split}.jsonl").write_text(f"{lines}\n")

    def says(n: int, output: Any) -> Step:
        asked = f"row {n}"
        told = completion(written(case, output))
        return answers(200, told, when=lambda body: asked in str(body.get("messages")), times=ALL)

    given = [*case.right[:-1], case.wrong]
    listed = answers(
        200, {"data": [{"id": "M", "root": "m"}]}, when=lambda body: not body, times=ALL
    )
    provider.scripts["box"] = [listed, *map(says, range(len(given)), given)]
    wanted = {
        "version": 1,
        "name": "desk",
        "task": f"desk-{case.kind}",
        "model": "own-1",
        "frontier": "none",
        "eval": {"rows": rows, "gates": {"min_quality": 0.2}},
    }
    settings = PROJECT.format(url=provider.url("box"))
    cli.write({"pareta-project.yaml": settings, "pareta.yaml": json.dumps(wanted)})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_task_of_a_kind_is_measured_and_gated(
    case: Case,
    cli: Cli,
    provider: ScriptedProvider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "tasks"
    monkeypatch.setenv("PARETA_PLAN_CATALOG", os.pathsep.join([str(CATALOG), str(folder)]))
    prepare(case, cli, provider, folder)
    ended = cli("catalog", "bench", f"desk-{case.kind}")
    assert ended.code == 0, ended
    board = json.loads(cli.read(f"leaderboards/desk-{case.kind}.json"))
    assert board["entries"][0]["quality"] == pytest.approx(case.score, abs=1e-4)

    held = [one.body for one in provider.asked["box"] if one.body][-1].get("response_format")
    assert (held is None) == (case.kind == "prose")
    if held is not None:
        schema = held["json_schema"]["schema"]
        assert schema["type"] == "object"
        assert [*schema["properties"]] == ([case.member] if case.member else ["n", "to"])

    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended
    assert "PASS min_quality" in ended.out
    shown = cli("results", "desk", "--format", "json")
    [of] = json.loads(shown.out)["workloads"]
    told = [row["answers"]["own-1"]["text"] for row in of["rows"]]
    assert case.wrong in [text if case.kind == "prose" else json.loads(text) for text in told]
    assert cli("results", "desk").code == 0
    assert cli("results", "desk", "--format", "html").code == 0
    cli.write({"pareta.yaml": cli.read("pareta.yaml").replace(json.dumps(case.right[0]), "5.5")})
    ended = cli("validate")
    assert ended.code == 1, ended
    assert "expected" in ended.err
