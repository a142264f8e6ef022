"""Tasks of every kind, asked of a project's own model: held, measured, gated, shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.cli.test_task_mistakes import TEXTS
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
    """A kind's task: what is said of answers, what rows expect in turn, a wrong answer.

    The third of the ten held-out rows is answered wrong, and scores `score`.
    """

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
        score=2 / 3,
        member="answer",
    ),
    Case(
        *("structure", "value-f1", f"answer_schema: {SCHEMA}"),
        right=[{"n": 1, "to": "Ann"}, {"n": 2, "to": "Bob"}, {"n": 3, "to": "Cy"}],
        wrong={"n": 3, "to": "Di"},
        score=1 / 2,
    ),
    Case(
        *("ranking", "mrr", ""),
        right=[["a"], ["b"], ["c"]],
        wrong=["x", "c"],
        score=1 / 2,
        member="answer",
    ),
    Case(
        *("prose", "rouge-l", ""),
        right=["the cat sat", "the dog ran", "a bird flew"],
        wrong="a bird sang",
        score=2 / 3,
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
catalog: [catalog]
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


def rows_of(case: Case, texts: tuple[str, ...]) -> list[dict[str, Any]]:
    """A row of each text, with what is right in turn."""
    return [
        {"id": text, "input": text, "expected": case.right[n % len(case.right)]}
        for n, text in enumerate(texts)
    ]


def prepare(case: Case, cli: Cli, provider: ScriptedProvider) -> None:
    """A project with the task and a model, and what that answers."""
    held_out = rows_of(case, TEXTS[10:])

    def says(text: str, output: Any) -> Step:
        told = completion(written(case, output))
        return answers(200, told, when=lambda body: text in str(body.get("messages")), times=ALL)

    given = {row["input"]: row["expected"] for row in held_out} | {TEXTS[12]: case.wrong}
    listed = answers(
        200, {"data": [{"id": "M", "root": "m"}]}, when=lambda body: not body, times=ALL
    )
    provider.scripts["box"] = [listed, *map(says, given, given.values())]
    wanted = {
        "version": 1,
        "name": "desk",
        "task": f"desk-{case.kind}",
        "model": "own-1",
        "frontier": "none",
        "eval": {"rows": held_out[:3], "gates": {"min_quality": 0.2}},
    }
    settings = PROJECT.format(url=provider.url("box"))
    cli.write({"pareta-project.yaml": settings, "pareta.yaml": json.dumps(wanted)})
    write_task(case, cli, rows_of(case, TEXTS[:10]), held_out)


def write_task(
    case: Case, cli: Cli, dev: list[dict[str, Any]], held_out: list[dict[str, Any]]
) -> None:
    """The task's folder in the project."""
    folder = f"catalog/desk-{case.kind}"
    splits = {"dev": dev, "heldout": held_out}
    files = {f"{folder}/{n}.jsonl": "\n".join(map(json.dumps, r)) for n, r in splits.items()}
    cli.write({f"{folder}/task.yaml": TASK.format(case=case), **files})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_task_of_a_kind_is_measured_and_gated(
    case: Case, cli: Cli, provider: ScriptedProvider
) -> None:
    prepare(case, cli, provider)
    assert cli("catalog", "check").code == 0
    ended = cli("catalog", "bench", f"desk-{case.kind}")
    assert ended.code == 0, ended
    board = json.loads(cli.read(f"leaderboards/desk-{case.kind}.json"))
    assert board["entries"][0]["quality"] == pytest.approx((9 + case.score) / 10)

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
    cli.write({"pareta.yaml": cli.read("pareta.yaml").replace(json.dumps(case.right[0]), "5.5", 1)})
    ended = cli("validate")
    assert ended.code == 1, ended
    assert "expected" in ended.err


FLAWED = [
    (0, ["gardn"], "expected.0: there is no label 'gardn', only bug, billing"),
    (0, ["bug", "bug"], "expected.1: 'bug' is there twice"),
    (0, "bug", "expected: expected a list of labels, got 'bug'"),
    (1, 5, "expected: 5 is not of type 'object'"),
    (1, {"n": "x", "to": "y"}, "expected.n: 'x' is not of type 'integer'"),
    (2, ["a", 1], "expected.1: expected a text, got 1"),
    (3, 5, "expected: expected a text, got 5"),
]


@pytest.mark.parametrize(("n", "expected", "said"), FLAWED)
def test_mistakes_in_rows(cli: Cli, n: int, expected: Any, said: str) -> None:
    dev = rows_of(CASES[n], TEXTS[:10])
    dev[3]["expected"] = expected
    cli.write({"pareta-project.yaml": "version: 1\ncatalog: [catalog]\n"})
    write_task(CASES[n], cli, dev, rows_of(CASES[n], TEXTS[10:]))
    ended = cli("catalog", "check")
    assert ended.code == 1
    assert f"desk-{CASES[n].kind}/dev.jsonl:4:" in ended.err
    assert said in ended.err, ended.err


@pytest.mark.parametrize(
    ("n", "said_of_answers", "said"),
    [
        (1, "answer_schema: {type: objekt}", "is no JSON Schema: type: 'objekt'"),
        (1, "answer_schema: {$ref: 'file:///x'}", "must begin with #: nothing else is read"),
        (1, "", "5:7: the kind structure needs answer_schema"),
        (3, "labels: {a: b, c: d}", "7:9: the kind prose can't have labels"),
    ],
)
def test_mistakes_in_what_answers_are(cli: Cli, n: int, said_of_answers: str, said: str) -> None:
    case = CASES[n]._replace(said=said_of_answers)
    cli.write({"pareta-project.yaml": "version: 1\ncatalog: [catalog]\n"})
    write_task(case, cli, rows_of(case, TEXTS[:10]), rows_of(case, TEXTS[10:]))
    ended = cli("catalog", "check")
    assert ended.code == 1
    assert said in ended.err, ended.err


def test_a_run_whose_scorer_lacks_its_library_says_which(
    cli: Cli, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    [case] = [case for case in CASES if case.kind == "prose"]
    prepare(case, cli, provider)
    for name in [name for name in sys.modules if name.split(".")[0] == "rapidfuzz"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    ended = cli("apply", "--auto-approve")
    assert ended.code == 1, ended
    said = " ".join(ended.out.split())
    assert "scoring texts needs rapidfuzz, which isn't installed" in said, ended.out
