"""Eval runs: honest results, errors apart from quality, progress, the balance."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pareta_plan.platform.evals.worker import Scoring
from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import (
    KEY,
    MOODS,
    client_of,
    evaluated,
    finished,
    set_of,
    start_run,
)


def test_a_run_scores_every_row_by_every_model(http: httpx.Client) -> None:
    found = evaluated(http, MOODS, "quick-1", "quick-2", "text-x")
    run = found["run"]
    assert run["status"] == "completed"
    assert run["candidate_model_ids"] == ["quick-1", "quick-2", "text-x"]
    assert run["total_cost_micro_usd"] == 9 * scripted.COST
    assert run["progress"] is None
    first = found["results"][0]
    assert first["quality_mean"] == pytest.approx(2 / 3)
    assert first["quality_ci_low"] < 2 / 3 < first["quality_ci_high"]
    assert first["mean_cost_micro_usd"] == scripted.COST
    assert (first["n_succeeded"], first["error_count"]) == (3, 0)
    assert first["per_item"][2] == {
        "idx": 2,
        "score": 0.0,
        "prediction": "happy",
        "error": None,
        "cost_usd": "0.00001",
    }


def test_errors_are_counted_apart_from_quality(http: httpx.Client) -> None:
    rows = [*MOODS[:2], {"input": "boom", "expected": "sad"}, {"input": "leak", "expected": "sad"}]
    found = evaluated(http, rows, "quick-1", "lost-1")
    quick, lost = found["results"]
    assert (quick["quality_mean"], quick["n_succeeded"], quick["error_count"]) == (1.0, 2, 2)
    assert quick["per_item"][2]["error"] == "the model failed on this request"
    assert quick["per_item"][2]["score"] is None
    assert (lost["quality_mean"], lost["error_count"]) == (None, 4)
    assert lost["mean_cost_micro_usd"] is None
    assert found["run"]["total_cost_micro_usd"] == 2 * scripted.COST
    assert scripted.REAL_NAME.casefold() not in json.dumps(found).casefold()


def test_a_run_without_a_scored_row_failed(http: httpx.Client) -> None:
    found = evaluated(http, [{"input": "refuse", "expected": "sad"}], "quick-1")
    assert found["run"]["status"] == "failed"
    assert "can't be read" in found["run"]["error_detail"]
    assert found["run"]["total_cost_micro_usd"] == 0


def test_predictions_are_truncated(http: httpx.Client) -> None:
    set_id = set_of(http, [{"input": "x" * 900, "expected": {"first": "x"}}], "ends")
    found = finished(http, start_run(http, set_id, "ends-1").json()["run_id"])
    assert len(found["results"][0]["per_item"][0]["prediction"]) == 500


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"eval_set_id": 1}, 400),
        ({"eval_set_id": "es_none", "candidate_model_ids": ["quick-1"]}, 404),
        ({"candidate_model_ids": []}, 400),
        ({"candidate_model_ids": "quick-1"}, 400),
        ({"candidate_model_ids": [1]}, 400),
        ({"candidate_model_ids": ["page-1"]}, 400),
        ({"candidate_model_ids": ["quick-1", "gpt-nonsense"]}, 400),
    ],
)
def test_runs_that_cannot_be_meant(http: httpx.Client, body: dict[str, Any], status: int) -> None:
    known = {"eval_set_id": set_of(http, MOODS)} if body else {}
    assert http.post("/v1/eval-runs", json={**known, **body}).status_code == status


def test_a_text_only_baseline_cannot_do_documents(http: httpx.Client, pages: str) -> None:
    answer = start_run(http, pages, "page-1", "text-x")
    assert (answer.status_code, "text only" in answer.json()["detail"]) == (400, True)


def test_an_unknown_run(http: httpx.Client) -> None:
    assert http.get("/v1/eval-runs/run_none").status_code == 404


@pytest.mark.usefixtures("closed_gate")
def test_progress_while_it_runs(http: httpx.Client) -> None:
    set_id = set_of(http, [MOODS[0], {"input": "wait", "expected": "sad"}])
    path = f"/v1/eval-runs/{start_run(http, set_id, 'quick-1').json()['run_id']}"
    deadline = time.monotonic() + 5
    while (run := http.get(path).json()["run"])["progress"]["done"] < 1:
        assert time.monotonic() < deadline
    assert run["status"] == "running"
    assert run["progress"]["total"] == 2
    assert http.delete(f"/v1/eval-sets/{set_id}").status_code == 409
    scripted.GATE.set()
    assert finished(http, run["id"])["run"]["status"] == "completed"
    assert http.delete(f"/v1/eval-sets/{set_id}").status_code == 204
    assert http.get(path).json()["results"][0]["n_succeeded"] == 2


@pytest.mark.usefixtures("closed_gate")
def test_loading_is_a_stage_of_a_run(http: httpx.Client) -> None:
    set_id = set_of(http, MOODS, "gated-mood")
    path = f"/v1/eval-runs/{start_run(http, set_id, 'gate-1').json()['run_id']}"
    deadline = time.monotonic() + 5
    while http.get(path).json()["run"]["progress"]["stage"] != "pulling weights":
        assert time.monotonic() < deadline
    scripted.GATE.set()
    assert finished(http, path.rpartition("/")[2])["run"]["status"] == "completed"


def test_a_run_stops_when_the_balance_is_empty(catalog_dir: Path, tmp_path: Path) -> None:
    credit = 2 * scripted.COST
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir], credit_micro_usd=credit) as own,
        client_of(own.url) as http,
    ):
        found = evaluated(http, MOODS, "quick-1")
    assert found["run"]["status"] == "failed"
    assert "balance" in found["run"]["error_detail"]
    assert found["run"]["total_cost_micro_usd"] == credit


def test_a_run_that_a_full_disk_stopped_says_so_and_goes_on(http: httpx.Client) -> None:
    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    set_id = set_of(http, MOODS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scoring, "_keep", full)
        path = f"/v1/eval-runs/{start_run(http, set_id, 'quick-1').json()['run_id']}"
        deadline = time.monotonic() + 5
        while (answer := http.get(path)).status_code == 200:
            assert time.monotonic() < deadline
    assert answer.status_code == 500
    assert "can't use its state: database or disk is full" in answer.json()["detail"]
    while http.get(path).status_code == 500:
        assert time.monotonic() < deadline
    found = finished(http, path.rpartition("/")[2])
    assert found["run"]["status"] == "completed"
    assert found["run"]["total_cost_micro_usd"] == len(MOODS) * scripted.COST


def begun(http: httpx.Client, set_id: str, **more: Any) -> dict[str, Any]:
    body = {"eval_set_id": set_id, "candidate_model_ids": ["quick-1", "quick-2"], **more}
    answer = http.post("/v1/eval-runs", json=body)
    assert answer.status_code == 202, answer.text
    return finished(http, answer.json()["run_id"])


def test_costs_below_a_micro_dollar_add_up_exactly(http: httpx.Client) -> None:
    found = evaluated(
        http, [{"input": f"tiny {n}", "expected": "sad"} for n in range(7)], "quick-1"
    )
    (result,) = found["results"]
    assert (found["run"]["total_cost_usd"], found["run"]["total_cost_micro_usd"]) == (
        "0.000000014",
        1,
    )
    assert (result["mean_cost_usd"], result["mean_cost_micro_usd"]) == ("0.000000002", 0)
    assert {item["cost_usd"] for item in result["per_item"]} == {"0.000000002"}


def test_a_model_s_own_bad_answers_are_counted_and_score_nothing(http: httpx.Client) -> None:
    rows = [MOODS[0], {"input": "decline happy", "expected": "happy"}]
    (result,) = evaluated(http, rows, "quick-1")["results"]
    assert (result["quality_mean"], result["n_succeeded"], result["error_count"]) == (0.5, 2, 0)
    assert result["faults"] == {"refused": 1}
    declined = result["per_item"][1]
    assert (declined["score"], declined["fault"], declined["error"]) == (0.0, "refused", None)
    assert (declined["prediction"], declined["cost_usd"]) == ("decline happy", "0.00001")


def test_a_run_stops_before_its_ceiling_and_another_goes_on(http: httpx.Client) -> None:
    """An estimate is twice the dearest row: after five of 10 the next could pass 65."""
    set_id = set_of(http, [{"input": f"happy {n}", "expected": "happy"} for n in range(4)])
    cut = begun(http, set_id, max_cost_micro_usd=65)
    assert (cut["run"]["status"], cut["run"]["ended"]) == ("failed", "budget")
    assert cut["run"]["max_cost_micro_usd"] == 65
    assert cut["run"]["total_cost_micro_usd"] == 50
    assert "an estimate is $0.00002, 2 times the dearest so far" in cut["run"]["error_detail"]
    asked = len(scripted.CALLS)
    rest = begun(http, set_id, max_cost_micro_usd=80, resumes=cut["run"]["id"])
    assert (rest["run"]["status"], rest["run"]["ended"]) == ("completed", None)
    assert rest["run"]["total_cost_micro_usd"] == 30
    assert len(scripted.CALLS) - asked == 3
    assert [(r["n_succeeded"], r["mean_cost_usd"]) for r in rest["results"]] == [(4, "0.00001")] * 2


@pytest.mark.usefixtures("closed_gate")
def test_a_server_that_is_gone_ends_a_run_which_another_goes_on_with(http: httpx.Client) -> None:
    rows = [*MOODS, {"input": "boom", "expected": "sad"}, {"input": "away", "expected": "sad"}]
    cut = begun(http, set_of(http, rows))
    assert (cut["run"]["status"], cut["run"]["ended"]) == ("failed", "unreachable")
    assert cut["run"]["error_detail"] == "the model's server doesn't answer"
    assert cut["run"]["total_cost_micro_usd"] == 3 * scripted.COST
    scripted.GATE.set()
    asked = len(scripted.CALLS)
    rest = begun(http, cut["run"]["eval_set_id"], resumes=cut["run"]["id"])
    assert [(r["n_succeeded"], r["error_count"]) for r in rest["results"]] == [(4, 1)] * 2
    assert scripted.CALLS[asked:][:2] == ["boom", "away"], "what failed is asked again"


def test_only_a_run_of_the_same_rows_that_is_over_can_be_gone_on_with(http: httpx.Client) -> None:
    other = evaluated(http, MOODS, "quick-1")["run"]["id"]
    body = {"eval_set_id": set_of(http, MOODS), "candidate_model_ids": ["quick-1"]}
    for resumes, status in (("run_none", 404), (other, 400)):
        assert http.post("/v1/eval-runs", json={**body, "resumes": resumes}).status_code == status
    assert http.post("/v1/eval-runs", json={**body, "max_cost_micro_usd": -1}).status_code == 400


def test_a_key_minds_no_other_ceiling(http: httpx.Client) -> None:
    body = {"eval_set_id": set_of(http, MOODS), "candidate_model_ids": ["quick-1"]}
    ids = {
        http.post("/v1/eval-runs", json={**body, **more}, headers={"Idempotency-Key": "k"}).json()[
            "run_id"
        ]
        for more in ({}, {"max_cost_micro_usd": 900})
    }
    assert len(ids) == 1
