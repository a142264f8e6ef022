"""Requests with an Idempotency-Key have their effect once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import (
    KEY,
    MOODS,
    chat,
    client_of,
    create_set,
    deploy,
    deployed,
    finished,
    parse_events,
    set_of,
    start_run,
    stream,
)


def test_a_replayed_deploy_is_the_same_endpoint(http: httpx.Client) -> None:
    keyed = {"Idempotency-Key": "deploy-1"}
    first = deploy(http, keyed)[-1]
    assert deploy(http, keyed)[-1] == first
    named = first[1]["endpoint"]["name"]
    assert [e["name"] for e in http.get("/v1/endpoints").json()].count(named) == 1
    answer = http.post("/v1/endpoints", json={"task": "ends", "model": "ends-1"}, headers=keyed)
    assert answer.status_code == 422


def test_a_deleted_endpoint_frees_its_key(http: httpx.Client) -> None:
    keyed = {"Idempotency-Key": "deploy-2"}
    deploy(http, keyed, name="again")
    http.delete("/v1/endpoints/again")
    assert deploy(http, keyed, name="again")[-1][0] == "complete"
    assert http.get("/v1/endpoints/again").status_code == 200


def test_a_refused_deploy_does_not_use_up_its_key(http: httpx.Client) -> None:
    keyed = {"Idempotency-Key": "deploy-3"}
    assert deploy(http, keyed, name="unlucky", model="lost-1")[-1][0] == "error"
    assert deploy(http, keyed, name="unlucky", model="quick-1")[-1][0] == "complete"


@pytest.mark.usefixtures("closed_gate")
def test_concurrent_deploys_with_one_key_are_one(catalog_dir: Path, tmp_path: Path) -> None:
    keyed = {"Idempotency-Key": "deploy-4"}
    body = {"task": "gated-mood", "model": "gate-1"}
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir]) as server,
        client_of(server.url) as http,
        ThreadPoolExecutor(4) as pool,
    ):
        posts = [
            pool.submit(lambda: http.post("/v1/endpoints", json=body, headers=keyed))
            for _ in range(4)
        ]
        while not http.get("/v1/endpoints").json():
            time.sleep(0.01)
        scripted.GATE.set()
        ends = [parse_events(post.result().text)[-1] for post in posts]
        assert {kind for kind, _ in ends} == {"complete"}
        assert len({data["endpoint"]["name"] for _, data in ends}) == 1
        assert len(http.get("/v1/endpoints").json()) == 1


def test_eval_sets_and_runs_with_a_key_are_made_once(http: httpx.Client) -> None:
    keyed = {"Idempotency-Key": "evals-1"}
    first, again = (create_set(http, MOODS, headers=keyed, name="n") for _ in range(2))
    assert first.json() == again.json()
    assert create_set(http, MOODS[:2], headers=keyed, name="n").status_code == 422
    set_id = first.json()["eval_set"]["id"]
    runs = [start_run(http, set_id, "quick-1", headers=keyed) for _ in range(2)]
    assert [run.status_code for run in runs] == [202, 202]
    assert runs[0].json()["status"] == "queued"
    assert runs[0].json()["run_id"] == runs[1].json()["run_id"]
    assert start_run(http, set_id, "quick-2", headers=keyed).status_code == 422
    assert finished(http, runs[0].json()["run_id"])["run"]["total_cost_micro_usd"] == 30
    late = start_run(http, set_id, "quick-1", headers=keyed)
    assert late.json() == {"run_id": runs[0].json()["run_id"], "status": "completed"}


def test_concurrent_runs_with_one_key_are_one(http: httpx.Client) -> None:
    set_id = set_of(http, MOODS)
    keyed = {"Idempotency-Key": "evals-2"}
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(start_run, http, set_id, "quick-1", headers=keyed) for _ in range(8)]
    assert len({run.result().json()["run_id"] for run in runs}) == 1


def test_a_keyed_chat_is_charged_once(http: httpx.Client) -> None:
    name = deployed(http, "careful")
    keyed = {"Idempotency-Key": "chat-1"}
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(chat, http, name, "slow and happy", headers=keyed) for _ in range(4)]
    assert len({answer.result().json()["id"] for answer in answers}) == 1
    chunks = stream(http, name, "so happy", headers={"Idempotency-Key": "chat-2"})
    again = stream(http, name, "so happy", headers={"Idempotency-Key": "chat-2"})
    assert {c["id"] for c in again} == {c["id"] for c in chunks}
    assert again[0]["choices"][0]["delta"]["content"] == "happy"
    assert http.get(f"/v1/endpoints/{name}/cost").json()["requests"] == 2
    assert chat(http, name, "other", headers=keyed).status_code == 422


def test_a_default_that_is_spelled_out_is_another_body(http: httpx.Client, mood: str) -> None:
    keyed = {"Idempotency-Key": "spelled-out"}
    assert chat(http, mood, "happy", headers=keyed).status_code == 200
    assert chat(http, mood, "happy", headers=keyed).status_code == 200
    assert chat(http, mood, "happy", headers=keyed, stream=False).status_code == 422


def test_a_key_may_not_be_endless(http: httpx.Client) -> None:
    long = {"Idempotency-Key": "k" * 256}
    assert start_run(http, "es_1", "quick-1", headers=long).status_code == 400


def test_many_clients_at_once(http: httpx.Client, mood: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: chat(http, mood, f"happy {n}").status_code, range(64)))
    assert set(answers) == {200}
    assert threading.active_count() < 100


@pytest.mark.usefixtures("closed_gate")
def test_a_client_that_gave_up_gets_its_answer_with_the_same_key(
    http: httpx.Client, mood: str
) -> None:
    keyed = {"Idempotency-Key": "patient"}
    before = http.get(f"/v1/endpoints/{mood}/cost").json()["requests"]
    with pytest.raises(httpx.ReadTimeout):
        http.post(
            "/v1/chat/completions",
            json={"model": mood, "messages": [{"role": "user", "content": "wait, happy"}]},
            headers=keyed,
            timeout=0.2,
        )
    scripted.GATE.set()
    answer = chat(http, mood, "wait, happy", headers=keyed)
    assert answer.json()["choices"][0]["message"]["content"] == "happy"
    assert http.get(f"/v1/endpoints/{mood}/cost").json()["requests"] == before + 1
    assert http.post("/v1/chat/completions", json={"model": mood, "stream": 1}).status_code == 400


def test_a_stopped_stream_costs_nothing_and_frees_its_key(http: httpx.Client) -> None:
    name = deployed(http, "cut-off")
    keyed = {"Idempotency-Key": "cut-off"}
    body = {
        "model": name,
        "messages": [{"role": "user", "content": "pause, happy"}],
        "stream": True,
    }
    with http.stream("POST", "/v1/chat/completions", json=body, headers=keyed) as answer:
        next(answer.iter_lines())
    assert chat(http, name, "pause, happy", headers=keyed, stream=True).status_code == 200
    assert http.get(f"/v1/endpoints/{name}/cost").json()["requests"] == 1
