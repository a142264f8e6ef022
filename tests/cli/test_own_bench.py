"""A project's own models, measured on a task's held-out rows into the project's own board."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pareta_plan.platform.providers.request import LABEL
from tests.cli.own_tasks import ROWS, TASK, add_task, write_rows
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

PRICE = "{input_per_million_usd: 0.05, output_per_million_usd: 0.20}"
BOARD = f"leaderboards/{TASK}.json"
COST = 120 * 0.05 + 7 * 0.20
"""Of the tokens that the scripted provider counts, in micro-dollars."""
LISTED = {"data": [{"id": "Qwen/Qwen3-8B", "root": "qwen3-8b-of-may"}]}


def says(label: str, text: str = "", **more: Any) -> Step:
    """An answer to the rows that have this text."""

    def fits(body: dict[str, Any]) -> bool:
        return bool(body) and text in str(body["messages"][-1]["content"])

    return answers(
        200, completion(json.dumps({LABEL: label})), when=fits, times=more.pop("times", ALL)
    )


def slow(step: Step) -> Step:
    """The same, after a while."""
    return replace(step, pieces=[0.03, *step.pieces])


def right(*wrong: str) -> list[Step]:
    """Answers to all rows, right but for those that have these texts."""
    other = {"repair": "garden", "garden": "repair"}
    return [
        answers(200, LISTED, when=lambda body: not body, times=ALL),
        *(slow(says(other[label] if text in wrong else label, text)) for text, label in ROWS),
    ]


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as running:
        running.scripts["box"] = right()
        running.scripts["den"] = right(ROWS[0][0])
        yield running


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return add_task(tmp_path / "tasks", monkeypatch)


def declare(cli: Cli, provider: ScriptedProvider, more: str = "", price: str = PRICE) -> None:
    cli.write(
        {
            "pareta-project.yaml": "version: 1\nproviders:\n"
            f"  box: {{base_url: {provider.url('box')}, concurrency: 3}}\n"
            f"  den: {{base_url: {provider.url('den')}}}\n"
            "models:\n"
            "  - {alias: qwen-1, provider: box, model: Qwen/Qwen3-8B, context_k: 8, "
            f"price: {price}}}\n{more}"
        }
    )


DEN = "  - {alias: qwen-2, provider: den, model: Qwen/Qwen3-4B}\n"


def entries(cli: Cli) -> dict[str, Any]:
    return {entry["name"]: entry for entry in json.loads(cli.read(BOARD))["entries"]}


def test_a_board_says_what_its_figures_rest_on(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    provider.scripts["box"] = [
        answers(400, {"error": {"message": "no"}}, when=lambda b: ROWS[1][0] in str(b), times=ALL),
        says("nonsense", ROWS[2][0]),
        *right(ROWS[0][0]),
    ]
    declare(cli, provider)
    ended = cli("catalog", "bench", TASK)
    assert ended.code == 0, ended
    text = cli.read(BOARD)
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    entry = entries(cli)["qwen-1"]
    of = entry["provenance"]
    assert entry["quality"] == 9 / 11
    assert (of["rows"], of["errors"], of["faults"]) == (12, 1, {"outside": 1})
    assert (of["provider"], of["model"]) == ("box", "Qwen/Qwen3-8B on box")
    assert of["served"] == "vLLM qwen3-8b-of-may"
    assert of["price"] == "$0.05 in, $0.2 out a million tokens (declared)"
    assert (of["prompt_tokens"], of["completion_tokens"]) == (120, 7)
    assert of["basis"].startswith("sha256:")
    assert "scores" not in of, "a row without an answer has no score"
    assert provider.most_at_once["box"] == 3
    said = " ".join(ended.out.split())
    assert "quality 0.818" in said
    assert "of 12: 1 without an answer, 1 outside" in said
    assert "$0.000008 a request; price $0.05 in, $0.2 out a million tokens (declared)" in said


def test_what_still_holds_of_other_models_stays(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider, DEN)
    assert cli("catalog", "bench", TASK).code == 0
    before = entries(cli)
    assert before["qwen-1"]["provenance"]["scores"] == [1.0] * 12
    asked = len(provider.asked["den"])
    assert cli("catalog", "bench", TASK, "--model", "qwen-1").code == 0
    assert entries(cli) == before
    assert len(provider.asked["den"]) == asked
    write_rows(task, ROWS[:10])
    assert cli("catalog", "bench", TASK, "--model", "qwen-1").code == 0
    assert [*entries(cli)] == ["qwen-1"], "the rows are others: the old figure holds no more"


def test_repeating_tells_how_often_an_answer_flips(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    flipping = ROWS[3][0]
    tries = iter(["garden", "repair", "garden"])
    provider.scripts["box"] = right()
    seen: list[str] = []

    def flips(body: dict[str, Any]) -> bool:
        if not body or flipping not in str(body["messages"][-1]["content"]):
            return False
        seen.append(next(tries))
        return seen[-1] == "repair"

    wrong = answers(200, completion(json.dumps({LABEL: "repair"})), when=flips, times=ALL)
    provider.scripts["box"] = [wrong, *right()]
    declare(cli, provider)
    ended = cli("catalog", "bench", TASK, "--repeat", "3")
    assert ended.code == 0, ended
    of = entries(cli)["qwen-1"]["provenance"]
    assert (of["rows"], of["repeats"], of["flipped"]) == (12, 3, 1)
    assert "asked 3 times: 1 row had different answers" in ended.out


def test_a_ceiling_ends_the_bench_before_a_row_that_could_pass_it(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider)
    worst = 8000 * 0.05 + 1024 * 0.20  # of a whole context and the longest answer, in micro-dollars
    ended = cli("catalog", "bench", TASK, "--max-cost", f"{(worst + 3.5 * COST) / 1e6:.8f}")
    assert ended.code == 6, ended
    said = " ".join(ended.err.split())
    assert "stopped before --max-cost" in said
    assert "nothing of qwen-1 is written" in said
    assert not (cli.root / BOARD).exists()
    assert len([one for one in provider.asked["box"] if one.body]) == 4
    assert "after 4 of 12 rows at most $0.000030 are spent" in said


def test_a_run_that_its_ceiling_cuts_short_is_gone_on_with(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider)
    rows = "\n".join(f"    - {{input: {text}, expected: {label}}}" for text, label in ROWS)
    cli.write(
        {
            "pareta.yaml": "version: 1\nname: notes\nintent: desk mail\nmodel: qwen-1\n"
            f"frontier: none\neval:\n  gates: {{min_quality: 0.2}}\n  rows:\n{rows}\n"
        }
    )
    worst = 8000 * 0.05 + 1024 * 0.20
    apply = ("apply", "--auto-approve")
    cap = ("--max-cost", f"{(worst + 3.5 * COST) / 1e6:.8f}")
    cut = cli(*apply, *cap)
    assert cut.code == 6, cut
    said = " ".join(cut.out.split())
    assert "stopped at $0.0000296, before a row of qwen-1 that could pass the ceiling" in said
    assert "it goes on with the rows that are scored" in said
    assert cli(*apply).code == 0
    asked = [one.body["messages"] for one in provider.asked["box"] if one.body]
    assert len(asked) == len(ROWS), "each row once in all"
    evidence = json.loads(cli.read("pareta.lock"))["workloads"]["notes"]["evidence"]
    assert evidence["results"]["qwen-1"]["scored"] == len(ROWS)


def test_a_ceiling_that_nothing_holds_is_refused(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider, price="{per_hour_usd: 1.2}")
    ended = cli("catalog", "bench", TASK, "--max-cost", "2")
    assert ended.code == 6
    assert "nothing bounds what a request to qwen-1 costs" in " ".join(ended.err.split())
    assert not provider.asked["box"]


def test_a_provider_that_is_gone_is_said(
    cli: Cli, task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retries = import_module("pareta_plan.platform.providers.retries")
    monkeypatch.setattr(retries, "_FIRST_WAIT", 0.01)
    with scripted_provider() as gone:
        declare(cli, gone)
    ended = cli("catalog", "bench", TASK)
    assert ended.code == 1
    said = " ".join(ended.err.split())
    assert "qwen-1 on desk-mail: the provider box can't be reached" in said
    assert "nothing of it is written" in said
    assert "See that the server runs" in said
    assert not (cli.root / BOARD).exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name the tasks to measure the project's models on"),
        (("desk-male",), "no task 'desk-male'; did you mean 'desk-mail'?"),
        ((TASK, "--model", "qwen-3"), "the project has no model 'qwen-3'; did you mean 'qwen-1'?"),
    ],
)
def test_what_is_not_there_is_refused(
    cli: Cli, provider: ScriptedProvider, task: Path, arguments: tuple[str, ...], words: str
) -> None:
    declare(cli, provider)
    ended = cli("catalog", "bench", *arguments)
    assert ended.code == 1
    assert words in " ".join(ended.err.split())


def test_without_models_of_its_own_a_project_measures_none(cli: Cli, task: Path) -> None:
    ended = cli("catalog", "bench", TASK, "--model", "bayes-1")
    assert ended.code == 1
    assert "for a project's own models" in " ".join(ended.err.split())


def test_a_board_is_written_into_the_project_only(
    cli: Cli, provider: ScriptedProvider, task: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (cli.root / "leaderboards").symlink_to(elsewhere)
    declare(cli, provider)
    ended = cli("catalog", "bench", TASK)
    assert ended.code == 1
    assert "outside the project" in ended.err
    assert not provider.asked["box"]
    assert not [*elsewhere.iterdir()]


WANTED = (
    "version: 1\nname: notes\ntask: desk-mail\nmodel: {model}\nfrontier: {frontier}\n"
    "eval: {{rows: [{{input: The tap drips, expected: repair}}]}}\n"
)


def test_only_what_was_measured_as_it_is_now_is_recommended(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider, DEN)
    cli.write({"pareta.yaml": WANTED.format(model="recommended", frontier="none")})
    board = " ".join(cli("catalog", "leaderboard", TASK).out.split())
    assert "qwen-1 open - unknown - unmeasured" in board
    assert "`pareta-plan catalog bench desk-mail --model qwen-1 --model qwen-2` measures" in board
    refused = cli("plan")
    said = " ".join(refused.err.split())
    assert refused.code == 1
    assert "qwen-1, qwen-2 were not measured yet" in said
    assert "pareta-plan catalog bench desk-mail --model qwen-1 --model qwen-2" in said

    assert cli("catalog", "bench", TASK).code == 0
    planned = cli("plan")
    assert planned.code == 0, planned
    said = " ".join(planned.out.split())
    assert "qwen-1 (recommended: best measured quality of 2 open models)" in said
    assert "price $0.05 in, $0.2 out a million tokens (declared)" in said
    write_rows(task, ROWS[1:])
    (cli.root / "pareta.lock").unlink()
    assert "outdated" in cli("catalog", "show", TASK).out
    refused = cli("lock")
    said = " ".join(refused.err.split())
    assert refused.code == 1
    assert "qwen-1, qwen-2 were measured before the rows, the prompt or the declaration" in said


def test_a_model_that_is_named_needs_no_figure_and_that_is_said(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider)
    cli.write({"pareta.yaml": WANTED.format(model="qwen-1", frontier="none")})
    price = "price $0.05 in, $0.2 out a million tokens (declared)"
    for ended in (cli("lock"), cli("plan")):
        assert ended.code == 0, ended
        assert price in " ".join(ended.out.split() + ended.err.split()), ended
        assert "notes: qwen-1 is unmeasured on desk-mail" in " ".join(ended.err.split())
    command = "unmeasured: `pareta-plan catalog bench desk-mail --model qwen-1`"
    for ended in (cli("plan"), cli("explain", "notes", "--frozen")):
        assert command in " ".join(ended.out.split()), ended


def test_benchmarked_means_measured_here(cli: Cli, provider: ScriptedProvider, task: Path) -> None:
    more = "frontier:\n  - {id: large-5, provider: den, context_k: 100}\n"
    declare(cli, provider, more)
    cli.write({"pareta.yaml": WANTED.format(model="qwen-1", frontier="benchmarked")})
    assert cli("lock").code == 0
    assert "large-5" not in cli.read("pareta.lock")
    assert cli("catalog", "bench", TASK).code == 0
    assert cli("lock", "--upgrade").code == 0
    frontier = json.loads(cli.read("pareta.lock"))["workloads"]["notes"]["frontier"]["resolved"]
    assert [(one["id"], one["quality"]) for one in frontier] == [("large-5", 0.916667)]


def test_the_cheapest_is_taken_by_the_projects_rule(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    cheap = DEN.replace(
        "}\n", ", price: {input_per_million_usd: 0, output_per_million_usd: 0.1}}\n"
    )
    rule = "recommend: {within: 0.9, prefer: cheapest}\n"
    declare(cli, provider, cheap + rule)
    cli.write({"pareta.yaml": WANTED.format(model="recommended", frontier="none")})
    assert cli("catalog", "bench", TASK).code == 0
    said = " ".join(cli("plan").out.split())
    assert "model qwen-2 (recommended: the cheapest that is shown to be at most 0.9 worse" in said
    declare(cli, provider, cheap + rule.replace("0.9", "0.1"))
    assert cli("lock", "--upgrade").code == 0
    assert "qwen-1" in cli("plan").out


def test_a_baseline_that_nobody_knows_needs_its_context(
    cli: Cli, provider: ScriptedProvider
) -> None:
    declare(cli, provider, "frontier:\n  - {id: large-5, provider: den}\n")
    ended = cli("validate")
    assert ended.code == 1
    said = " ".join(ended.err.split())
    assert "pareta-project.yaml:8:5: nobody knows how much 'large-5' reads" in said


def test_a_price_that_is_declared_otherwise_is_drift(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    declare(cli, provider)
    cli.write({"pareta.yaml": WANTED.format(model="qwen-1", frontier="none")})
    assert cli("lock").code == 0
    assert cli("drift", "--detailed-exitcode").code == 0
    declare(cli, provider, price="{per_hour_usd: 1.2}")
    found = cli("drift", "--detailed-exitcode")
    assert found.code == 2
    said = " ".join(found.out.split())
    assert "price moved qwen-1: $0.05 in, $0.2 out a million tokens (declared) -> $1.2 an" in said
    upgraded = cli("lock", "--upgrade")
    assert "-> $1.2 an hour (declared)" in " ".join((upgraded.out + upgraded.err).split())
    assert not provider.asked["box"]


def test_a_vendors_price_has_its_source(cli: Cli, provider: ScriptedProvider, task: Path) -> None:
    declare(cli, provider, "frontier:\n  - {id: gpt-5-mini, provider: openai}\n")
    cli.write({"pareta.yaml": WANTED.format(model="qwen-1", frontier="[gpt-5-mini]")})
    said = " ".join(cli("plan").out.split())
    assert "million tokens (genai-prices " in said


def test_ctrl_c_keeps_what_is_measured_whole(
    cli: Cli, provider: ScriptedProvider, task: Path
) -> None:
    provider.scripts["den"] = [Step([30.0], times=ALL)]
    declare(cli, provider, DEN)
    with cli.child("catalog", "bench", TASK) as process:
        deadline = time.monotonic() + 60
        while not provider.asked["den"] and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert [*entries(cli)] == ["qwen-1"]


def test_of_a_task_of_the_projects_own_its_models_are_measured_too(
    cli: Cli, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_task(cli.root / "catalog", monkeypatch)
    monkeypatch.delenv("PARETA_PLAN_CATALOG")
    declare(cli, provider, "catalog: [catalog]\n")
    assert cli("catalog", "bench", TASK, "--model", "qwen-1").code == 0
    assert not (cli.root / "catalog" / TASK / "leaderboard.json").exists()
    ended = cli("catalog", "bench", TASK)
    assert ended.code == 0, ended
    said = " ".join(ended.out.split())
    assert "The best, bayes-1, isn't shown to beat always answering 'garden' (0.500)" in said
    board = json.loads(cli("catalog", "leaderboard", TASK, "--json").out)
    assert [model["name"] for model in board["models"]] == ["qwen-1", "bayes-1"]
    assert all(model["quality"] is not None for model in board["models"])
