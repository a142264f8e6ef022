"""Eval sets, documents, runs: checked rows, honest results, and bills that survive a kill."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import scripted
from conftest import KEY, client_of
from driving import MOODS, create_set, evaluated, finished, set_of, start_run

from pareta_plan.platform.server import LocalServer
from pareta_plan.platform.service import DATABASE


def post_items(http: httpx.Client, data: bytes, task: str = "mood") -> httpx.Response:
    files = {"items": ("items.jsonl", data, "application/jsonl")}
    return http.post("/v1/eval-sets", files=files, data={"task_id": task})


# --- eval sets


def test_a_set_is_created_listed_shown_and_deleted(http: httpx.Client) -> None:
    created = create_set(http, MOODS, name="mine", prompt="Judge the mood.").json()["eval_set"]
    assert (created["item_count"], created["name"]) == (3, "mine")
    assert (created["task_id"], created["scoring_strategy"]) == ("mood", "classification")
    assert created in http.get("/v1/eval-sets").json()["eval_sets"]
    path = f"/v1/eval-sets/{created['id']}"
    assert http.get(path).json() == {"eval_set": created}
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    assert http.delete(path).status_code == 404


def test_a_deleted_set_frees_its_key(http: httpx.Client) -> None:
    keyed = {"Idempotency-Key": "set-again"}
    first = create_set(http, MOODS, headers=keyed).json()["eval_set"]["id"]
    http.delete(f"/v1/eval-sets/{first}")
    second = create_set(http, MOODS, headers=keyed).json()["eval_set"]["id"]
    assert second != first
    assert http.get(f"/v1/eval-sets/{second}").status_code == 200


GOOD = b'{"input": "x", "expected": "sad"}'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no rows"),
        (b"\n \n", "no rows"),
        (GOOD + b"\n{", "line 2 is not valid JSON"),
        (GOOD + b"\n\n[]", "line 3: a row must be an object"),
        (b'{"expected": "sad"}', "line 1: input is missing"),
        (b'{"input": "x"}', "line 1: expected is missing"),
        (b'{"input": 3, "expected": "sad"}', "line 1: input: 3 is not"),
        (b'{"input": "x", "expected": "angry"}', "line 1: expected: 'angry'"),
        (b'{"input": "\\ud800", "expected": "sad"}', "line 1 is not valid JSON"),
        (b"\xff", "line 1 is not valid JSON"),
    ],
)
def test_bad_rows_are_refused_with_their_line(http: httpx.Client, data: bytes, words: str) -> None:
    answer = post_items(http, data)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_fields_of_extraction_rows_are_checked(http: httpx.Client) -> None:
    rows = [{"input": "x", "expected": {"first": 3}}]
    answer = create_set(http, rows, "ends")
    assert "line 1: expected.first" in answer.json()["detail"]


def test_windows_lines_and_a_byte_order_mark_are_fine(http: httpx.Client) -> None:
    answer = post_items(http, b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD + b"\r\n")
    assert answer.json()["eval_set"]["item_count"] == 2


def test_an_unknown_task_is_refused(http: httpx.Client) -> None:
    assert post_items(http, GOOD, "nope").status_code == 400


def test_there_are_limits(http: httpx.Client) -> None:
    assert "rows" in post_items(http, (GOOD + b"\n") * 10_001).json()["detail"]
    long = json.dumps({"input": "x" * 1_000_001, "expected": "sad"}).encode()
    assert "line 1" in post_items(http, long).json()["detail"]


# --- documents

PDF = {"idx": "0", "field_name": "document", "mime": "application/pdf"}


@pytest.fixture
def pages(http: httpx.Client) -> str:
    row = {"input": {"document": None}, "expected": {"first": "one", "last": "two"}}
    return set_of(http, [row, {"expected": {"first": "a", "last": "z"}}], "page-ends")


def attach(http: httpx.Client, set_id: str, data: bytes, **fields: Any) -> httpx.Response:
    return http.post(
        f"/v1/eval-sets/{set_id}/attach-blob",
        files={"file": ("a.pdf", data, "application/pdf")},
        data={**PDF, **fields},
    )


def test_documents_are_attached_and_read(http: httpx.Client, pages: str) -> None:
    refused = start_run(http, pages, "page-1")
    assert (refused.status_code, "rows 0, 1" in refused.json()["detail"]) == (400, True)
    assert attach(http, pages, b"wrong").status_code == 200
    assert attach(http, pages, b"one two").json()["status"] == "attached"
    assert "rows 1" in start_run(http, pages, "page-1").json()["detail"]
    attach(http, pages, b"a to q", idx="1")
    found = finished(http, start_run(http, pages, "page-1", "vision-x").json()["run_id"])
    assert [result["quality_mean"] for result in found["results"]] == [0.75, 0.75]
    assert [result["kind"] for result in found["results"]] == ["open", "frontier"]


@pytest.mark.parametrize(
    "fields",
    [{"idx": "2"}, {"idx": "-1"}, {"idx": "x"}, {"field_name": "scan"}, {"mime": "text/html"}],
)
def test_documents_that_fit_nowhere_are_refused(
    http: httpx.Client, pages: str, fields: dict[str, str]
) -> None:
    assert attach(http, pages, b"x", **fields).status_code == 400


def test_text_rows_take_no_documents(http: httpx.Client) -> None:
    assert attach(http, set_of(http, MOODS), b"x").status_code == 400
    assert attach(http, "es_none", b"x").status_code == 404


def promise(http: httpx.Client, set_id: str, size: Any) -> httpx.Response:
    body = {**PDF, "idx": 0, "file_size": size}
    return http.post(f"/v1/eval-sets/{set_id}/blob-upload-url", json=body)


def complete(http: httpx.Client, set_id: str, uri: Any, idx: int = 0) -> httpx.Response:
    body = {**PDF, "idx": idx, "storage_uri": uri}
    return http.post(f"/v1/eval-sets/{set_id}/blob-upload-complete", json=body)


def put(url: str, data: bytes, mime: str = "application/pdf") -> int:
    return httpx.put(url, content=data, headers={"Content-Type": mime}).status_code


def test_an_upload_url_takes_one_document(http: httpx.Client, pages: str) -> None:
    given = promise(http, pages, 7).json()
    url, uri = given["upload_url"], given["storage_uri"]
    assert complete(http, pages, uri).status_code == 400
    assert put(url, b"one tw") == 400
    assert put(url, b"one two", "text/html") == 400
    assert put(url, b"one two") == 200
    assert put(url, b"one two") == 200
    assert put(url, b"two one") == 409
    assert complete(http, pages, uri, idx=1).status_code == 400
    assert complete(http, pages, uri).json()["status"] == "attached"
    assert complete(http, pages, uri).status_code == 200
    assert put(url + "x", b"one two") == 404
    assert "rows 1" in start_run(http, pages, "page-1").json()["detail"]


def test_uploads_that_cannot_be_meant(http: httpx.Client, pages: str) -> None:
    assert [promise(http, pages, size).status_code for size in ("x", None, True, 1.5)] == [400] * 4
    assert promise(http, pages, 0).status_code == 413
    assert promise(http, pages, 1 << 30).status_code == 413
    assert promise(http, "es_none", 1).status_code == 404
    assert complete(http, pages, None).status_code == 400
    assert complete(http, pages, "file:///etc/passwd").status_code == 400
    assert complete(http, pages, "pareta-upload://none").status_code == 404


# --- runs


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
    assert first["per_item"][2] == {"idx": 2, "score": 0.0, "prediction": "happy", "error": None}


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


# --- dying and coming back

SLOW = [{"input": f"slow and happy {n}", "expected": "happy"} for n in range(40)]

ALONE = """
import sys
from pathlib import Path
import scripted
from pareta_plan.platform.server import serve
scripted.install()
serve(Path(sys.argv[1]), sys.argv[2], catalog_folders=[Path(sys.argv[3])],
      on_ready=lambda url: print(url, flush=True))
"""


def start_alone(state: Path, catalog_dir: Path) -> tuple[subprocess.Popen[str], str]:
    package = Path(__file__).parents[2]
    paths = os.pathsep.join([str(package), str(Path(__file__).parent)])
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE, str(state), KEY, str(catalog_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def wait_for_rows(http: httpx.Client, run_id: str, rows: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        progress = http.get(f"/v1/eval-runs/{run_id}").json()["run"]["progress"]
        assert progress, "the run was over too soon"
        if progress["done"] >= rows:
            return
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ledger_of(state: Path) -> list[str]:
    connection = sqlite3.connect(state / DATABASE)
    try:
        return [row[0] for row in connection.execute("SELECT cause FROM ledger")]
    finally:
        connection.close()


def begin_slow_run(http: httpx.Client) -> str:
    run_id = str(start_run(http, set_of(http, SLOW), "quick-1", "quick-2").json()["run_id"])
    wait_for_rows(http, run_id, 10)
    return run_id


def assert_billed_once(found: dict[str, Any], state: Path) -> None:
    assert found["run"]["status"] == "completed"
    assert found["run"]["total_cost_micro_usd"] == 2 * len(SLOW) * scripted.COST
    assert [result["n_succeeded"] for result in found["results"]] == [len(SLOW)] * 2
    causes = ledger_of(state)
    assert len(causes) == len(set(causes)) == 2 * len(SLOW)


def test_a_killed_server_s_run_is_finished_at_the_same_bill(
    catalog_dir: Path, tmp_path: Path
) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    with client_of(url) as http:
        run_id = begin_slow_run(http)
        process.kill()
        process.communicate()
    done = len(ledger_of(tmp_path))
    assert 10 <= done < 2 * len(SLOW)
    before = len(scripted.CALLS)
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert_billed_once(finished(http, run_id), tmp_path)
    assert len(scripted.CALLS) - before == 2 * len(SLOW) - done


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_gracefully(
    catalog_dir: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    with client_of(url) as http:
        run_id = begin_slow_run(http)
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == 0
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert_billed_once(finished(http, run_id), tmp_path)


def test_two_servers_on_one_state_share_runs(catalog_dir: Path, tmp_path: Path) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as here,
        client_of(url) as there,
    ):
        run_id = begin_slow_run(there)
        wait_for_rows(here, run_id, 20)
        process.kill()
        process.communicate()
        assert_billed_once(finished(here, run_id), tmp_path)


def test_an_in_process_server_leaves_its_run_for_the_next(
    catalog_dir: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        with (
            LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
            client_of(server.url) as http,
        ):
            sets = http.get("/v1/eval-sets").json()["eval_sets"]
            if not sets:
                run_id = begin_slow_run(http)
                continue
            assert_billed_once(finished(http, run_id), tmp_path)


def test_a_deploy_that_died_with_its_server_is_dropped(catalog_dir: Path, tmp_path: Path) -> None:
    process, url = start_alone(tmp_path, catalog_dir)
    body = {"task": "gated-mood", "model": "gate-1", "name": "orphan"}
    keyed = {"Idempotency-Key": "orphan"}
    with client_of(url) as http:
        with http.stream("POST", "/v1/endpoints", json=body, headers=keyed) as answer:
            next(answer.iter_lines())
        with (
            LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as other,
            client_of(other.url) as here,
        ):
            assert here.get("/v1/endpoints/orphan").json()["status"] == "starting"
        process.kill()
        process.communicate()
    scripted.GATE.set()
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
    ):
        assert http.get("/v1/endpoints").json() == []
        answer = http.post("/v1/endpoints", json=body, headers=keyed)
        assert "event: complete" in answer.text
