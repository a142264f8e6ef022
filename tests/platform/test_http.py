"""The routes over real HTTP: answers, refusals, idempotency, and what must never be said."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import scripted
from conftest import KEY, client_of
from driving import (
    MOODS,
    chat,
    create_set,
    deploy,
    deployed,
    finished,
    parse_events,
    set_of,
    start_run,
)

from pareta_plan.platform.server import LocalServer


@pytest.fixture(scope="module")
def mood(http: httpx.Client) -> str:
    return deployed(http, "mood-live")


# --- the frame


def test_health_needs_no_key(server: LocalServer) -> None:
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", f"bearer {KEY}", KEY])
@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/endpoints", "/v1/nothing"])
def test_every_v1_route_needs_the_key(server: LocalServer, given: str | None, path: str) -> None:
    headers = {} if given is None else {"Authorization": given}
    answer = httpx.get(server.url + path, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"detail": "invalid API key"})
    assert answer.headers["x-request-id"].startswith("req_")


def test_every_answer_has_its_own_request_id(http: httpx.Client) -> None:
    answers = [
        http.get("/v1/tasks"),
        http.get("/v1/tasks/no"),
        http.get("/no"),
        http.put("/v1/tasks"),
    ]
    assert [a.status_code for a in answers] == [200, 404, 404, 405]
    assert len({a.headers["x-request-id"] for a in answers}) == 4
    assert all("detail" in a.json() for a in answers[1:])


JSON_ROUTES = [
    "/v1/tasks/match",
    "/v1/endpoints",
    "/v1/chat/completions",
    "/v1/eval-runs",
    "/v1/eval-sets/es_1/blob-upload-url",
    "/v1/eval-sets/es_1/blob-upload-complete",
]


@pytest.mark.parametrize("path", JSON_ROUTES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"a": NaN}', b'"\\ud800"'])
def test_a_body_must_be_a_json_object(http: httpx.Client, path: str, body: bytes) -> None:
    answer = http.post(path, content=body)
    assert answer.status_code == 400
    assert "body" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_a_deeply_nested_body_is_refused(http: httpx.Client, body: bytes) -> None:
    assert http.post("/v1/tasks/match", content=body).status_code == 400


@pytest.mark.parametrize("path", ["/v1/eval-sets", "/v1/eval-sets/es_1/attach-blob"])
def test_a_form_without_its_file_is_refused(http: httpx.Client, path: str) -> None:
    assert http.post(path, data={"task_id": "mood"}).status_code == 400
    assert http.post(path, content=b"x").status_code == 400
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    assert http.post(path, content=b"--b\r\nnonsense", headers=broken).status_code == 400
    assert (
        http.post(
            path, content=b"", headers=broken | {"Content-Type": "multipart/form-data"}
        ).status_code
        == 400
    )


@pytest.mark.parametrize(
    ("path", "size"), [("/v1/tasks/match", 1_100_000), ("/v1/eval-runs", 5_000_000)]
)
def test_a_large_body_is_refused_with_words(http: httpx.Client, path: str, size: int) -> None:
    answer = http.post(path, content=b" " * size)
    assert answer.status_code == 413
    assert "at most" in answer.json()["detail"]


def test_a_large_document_is_refused(http: httpx.Client) -> None:
    set_id = set_of(http, [{"expected": {}}], "page-ends")
    answer = http.post(
        f"/v1/eval-sets/{set_id}/attach-blob",
        files={"file": ("a.pdf", b"x" * (5 * 1024 * 1024 + 1), "application/pdf")},
        data={"idx": "0", "field_name": "document", "mime": "application/pdf"},
    )
    assert answer.status_code == 413


def test_an_unexpected_error_says_nothing_but_its_request(
    http: httpx.Client, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pareta_plan.platform.catalog import Catalog

    def broken(_self: Catalog) -> None:
        raise ValueError("secret-engine")

    monkeypatch.setattr(Catalog, "tasks", broken)
    answer = http.get("/v1/tasks")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["detail"]


def test_a_client_that_leaves_amid_its_body_harms_nobody(
    http: httpx.Client, server: LocalServer
) -> None:
    address = httpx.URL(server.url)
    raw = socket.create_connection((address.host, address.port or 0))
    raw.sendall(
        b"POST /v1/eval-runs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
        b"Authorization: Bearer " + KEY.encode() + b"\r\n\r\n{"
    )
    raw.close()
    assert http.get("/v1/tasks").status_code == 200


def test_chunked_bodies_are_limited_too(server: LocalServer) -> None:
    address = httpx.URL(server.url)
    connection = http.client.HTTPConnection(address.host, address.port)
    headers = {"Authorization": f"Bearer {KEY}"}
    body = (b" " * 100_000 for _ in range(12))
    connection.request("POST", "/v1/tasks/match", body, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


# --- catalog


def test_tasks_and_examples(http: httpx.Client) -> None:
    listed = {task["id"]: task for task in http.get("/v1/tasks").json()["tasks"]}
    assert listed["page-ends"]["has_blob_input"] is True
    assert listed["mood"]["output_schema"]["enum"] == ["happy", "sad"]
    assert "examples" not in listed["mood"]
    shown = http.get("/v1/tasks/mood", params={"examples_n": 3}).json()
    assert [row["expected"] for row in shown["examples"]] == ["happy"]
    assert http.get("/v1/tasks/mood", params={"examples_n": "many"}).status_code == 400


def test_match(http: httpx.Client) -> None:
    def match(**body: Any) -> httpx.Response:
        return http.post("/v1/tasks/match", json=body)

    found = match(query="mood", top_k=2).json()
    assert found["chosen"]["task_id"] == "mood"
    assert len(found["candidates"]) == 2
    assert match(query="mood", top_k=2).json() == found
    for refused in ({}, {"query": " "}, {"query": 3}, {"query": "x" * 3000}):
        assert match(**refused).status_code == 400
    for top_k in (0, -1, "5", True, 1000):
        assert match(query="mood", top_k=top_k).status_code == 400


def test_leaderboard_and_roster(http: httpx.Client) -> None:
    board = http.get("/v1/tasks/mood/leaderboard").json()
    assert board["recommended"] == "quick-1"
    assert board["frontier"]["name"] == "vision-x"
    roster = http.get("/v1/eval/frontier-models", params={"task": "page-ends"}).json()
    assert roster["task"] == "page-ends"
    ours = {m["id"]: m for m in roster["frontier_models"]}
    assert ours["vision-x"]["benchmarked"] is True
    assert "text-x" not in ours
    assert http.get("/v1/eval/frontier-models").json()["task"] is None
    assert http.get("/v1/eval/frontier-models?task=no").status_code == 404
    assert http.get("/v1/tasks/no/leaderboard").status_code == 404


# --- endpoints


def test_a_deploy_tells_its_stages_and_completes_once(
    http: httpx.Client, server: LocalServer
) -> None:
    told = deploy(http, name="first", model="quick-2")
    kinds = [kind for kind, _ in told]
    assert kinds == ["progress"] * (len(told) - 1) + ["complete"]
    stages = [data["stage"] for _, data in told[:-1]]
    assert stages == ["resolving", "pulling weights", "ready"]
    assert told[1][1]["pct"] == 50.0
    endpoint = told[-1][1]["endpoint"]
    assert endpoint == http.get("/v1/endpoints/first").json()
    assert endpoint["url"] == f"{server.url}/v1"
    assert (endpoint["id"], endpoint["name"], endpoint["model"]) == ("first", "first", "quick-2")
    assert (endpoint["status"], endpoint["task"]) == ("live", "mood")
    assert endpoint["promptScaffold"] == "Do mood."
    assert endpoint["recommendedSystemPrompt"] is None
    assert endpoint in http.get("/v1/endpoints").json()


def test_recommended_and_a_name_made_up(http: httpx.Client) -> None:
    endpoint = deploy(http)[-1][1]["endpoint"]
    assert endpoint["model"] == "quick-1"
    assert endpoint["name"].startswith("mood-")
    extraction = deploy(http, task="ends", model="ends-1")[-1][1]["endpoint"]
    assert extraction["recommendedSystemPrompt"] == "Do ends."
    assert extraction["promptScaffold"] is None


REFUSED_DEPLOYS = [
    ({}, "task is required"),
    ({"task": 3}, "task is required"),
    ({"task": "nope"}, "nope"),
    ({"task": "mood", "model": "ends-1"}, "quick-1, quick-2"),
    ({"task": "mood", "model": "vision-x"}, "quick-1"),
    ({"task": "mood", "model": 7}, "alias"),
    ({"task": "ends"}, "ends-1"),
    ({"task": "mood", "name": "No Spaces"}, "name must be"),
    ({"task": "mood", "name": ""}, "name must be"),
    ({"task": "mood", "name": "x" * 64}, "name must be"),
    ({"task": "mood", "name": "line\n"}, "name must be"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED_DEPLOYS)
def test_a_deploy_that_cannot_be_meant(
    http: httpx.Client, body: dict[str, Any], words: str
) -> None:
    answer = http.post("/v1/endpoints", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_a_taken_name_is_a_conflict(http: httpx.Client, mood: str) -> None:
    answer = http.post("/v1/endpoints", json={"task": "mood", "name": mood})
    assert answer.status_code == 409


def test_a_model_that_cannot_load_leaves_no_endpoint(http: httpx.Client) -> None:
    kind, data = deploy(http, name="lost", model="lost-1")[-1]
    assert (kind, data) == ("error", {"message": "the model could not be loaded"})
    assert http.get("/v1/endpoints/lost").status_code == 404
    assert deployed(http, "lost", model="quick-1")


@pytest.mark.usefixtures("closed_gate")
def test_a_deploy_goes_on_without_its_client(http: httpx.Client) -> None:
    body = {"task": "gated-mood", "model": "gate-1", "name": "gated"}
    with http.stream("POST", "/v1/endpoints", json=body) as answer:
        assert next(answer.iter_lines()) == "event: progress"
    starting = http.get("/v1/endpoints/gated").json()
    assert (starting["status"], starting["url"]) == ("starting", None)
    assert chat(http, "gated", "hello").status_code == 503
    assert "gated" not in [m["id"] for m in http.get("/v1/models").json()["data"]]
    assert http.post("/v1/endpoints/gated/stop").status_code == 409
    scripted.GATE.set()
    deadline = time.monotonic() + 5
    while http.get("/v1/endpoints/gated").json()["status"] != "live":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stop_start_delete(http: httpx.Client) -> None:
    name = deployed(http, "short-lived")
    assert http.post(f"/v1/endpoints/{name}/stop").json()["status"] == "stopped"
    answer = chat(http, name, "happy?")
    assert (answer.status_code, "stopped" in answer.json()["detail"]) == (503, True)
    assert http.post(f"/v1/endpoints/{name}/start").json()["status"] == "live"
    assert chat(http, name, "happy?").status_code == 200
    deleted = http.delete(f"/v1/endpoints/{name}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for path in ("", "/uptime", "/quality"):
        assert http.get(f"/v1/endpoints/{name}{path}").status_code == 404
    for verb in ("start", "stop"):
        assert http.post(f"/v1/endpoints/{name}/{verb}").status_code == 404
    assert http.delete(f"/v1/endpoints/{name}").status_code == 404
    assert chat(http, name, "happy?").status_code == 404


def test_metrics_are_of_requests_really_made(http: httpx.Client) -> None:
    name = deployed(http, "measured")
    for content in ("so happy", "so grey", "boom"):
        chat(http, name, content)
    http.post(f"/v1/endpoints/{name}/stop")

    def metric(dimension: str) -> Any:
        return http.get(f"/v1/endpoints/{name}/{dimension}", params={"days": 7}).json()

    performance = metric("performance")
    assert (performance["requests"], performance["errors"]) == (3, 1)
    assert performance["prompt_tokens"] == 4
    assert 0 < performance["latency_ms"]["p50"] <= performance["latency_ms"]["p99"]
    assert metric("cost")["total_cost_micro_usd"] == 2 * scripted.COST
    assert metric("cost")["mean_cost_micro_usd"] == scripted.COST
    assert metric("uptime")["status"] == "stopped"
    assert 0 < metric("uptime")["uptime"] <= 1
    assert [r["ok"] for r in metric("activity")["requests"]] == [False, True, True]
    assert [e["status"] for e in metric("activity")["events"]] == ["stopped", "live", "starting"]
    assert metric("quality")["quality"] == 0.75
    assert http.get(f"/v1/endpoints/{name}/beauty").status_code == 404


def test_metrics_of_an_endpoint_nobody_called(http: httpx.Client) -> None:
    name = deployed(http, "idle", model="quick-2")
    performance = http.get(f"/v1/endpoints/{name}/performance").json()
    assert (performance["latency_ms"], performance["error_rate"]) == (None, 0.0)
    assert http.get(f"/v1/endpoints/{name}/quality").json()["quality"] is None
    assert http.get(f"/v1/endpoints/{name}/cost").json()["mean_cost_micro_usd"] is None


# --- inference


def test_chat_answers_in_openai_form(http: httpx.Client, mood: str) -> None:
    answer = chat(http, mood, "a happy day", temperature=0).json()
    assert answer["object"] == "chat.completion"
    assert answer["model"] == mood
    choice = answer["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": "happy"}
    assert choice["finish_reason"] == "stop"
    assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}


def test_the_last_user_message_counts(http: httpx.Client, mood: str) -> None:
    said = [("system", "be kind"), ("user", "happy"), ("assistant", "happy"), ("user", "grey")]
    messages = [{"role": role, "content": content} for role, content in said]
    answer = http.post("/v1/chat/completions", json={"model": mood, "messages": messages})
    assert answer.json()["choices"][0]["message"]["content"] == "sad"
    parts = [{"type": "text", "text": "so"}, {"type": "text", "text": "happy"}]
    assert chat(http, mood, parts).json()["choices"][0]["message"]["content"] == "happy"


def test_an_object_is_compact_json(http: httpx.Client) -> None:
    name = deployed(http, "ends", task="ends", model="ends-1")
    content = chat(http, name, "Grüße an alle").json()["choices"][0]["message"]["content"]
    assert content == '{"first":"Grüße","last":"alle"}'


def data_url(data: bytes, mime: str = "application/pdf") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def test_documents_come_as_data_urls(http: httpx.Client) -> None:
    name = deployed(http, "pages", task="page-ends", model="page-1")
    text = {"type": "text", "text": "read this"}
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": data_url(b"one two")}}
    image = {"type": "image_url", "image_url": {"url": data_url(b"one two", "image/png")}}
    for part in (file, image):
        content = chat(http, name, [text, part]).json()["choices"][0]["message"]["content"]
        assert json.loads(content) == {"first": "one", "last": "two"}
    assert chat(http, name, "only text").status_code == 400
    assert chat(http, name, [file, image]).status_code == 400


REFUSED_CONTENT: list[Any] = [
    None,
    "",
    "  ",
    [],
    ["text"],
    5,
    [{"type": "text"}],
    [{"type": "audio"}],
    [{"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}],
    [{"type": "image_url", "image_url": {"url": "data:image/png,plain"}}],
    [{"type": "image_url", "image_url": {"url": "data:image/png;base64,***"}}],
    [{"type": "image_url"}],
    [{"type": "file", "file": {"file_id": "file-1"}}],
    [{"type": "image_url", "image_url": {"url": data_url(b"x")}}],
]


@pytest.mark.parametrize("content", REFUSED_CONTENT)
def test_content_that_is_refused(http: httpx.Client, mood: str, content: Any) -> None:
    assert chat(http, mood, content).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "x"}]},
        {"model": "mood-live"},
        {"model": "mood-live", "messages": "x"},
        {"model": "mood-live", "messages": []},
        {"model": "mood-live", "messages": ["x"]},
        {"model": "mood-live", "messages": [{"role": "system", "content": "x"}]},
    ],
)
def test_chat_bodies_that_are_refused(http: httpx.Client, mood: str, body: dict[str, Any]) -> None:
    assert http.post("/v1/chat/completions", json=body).status_code == 400
    streamed = http.post("/v1/chat/completions", json={**body, "stream": True})
    assert streamed.status_code == 400


def stream(http: httpx.Client, model: str, content: str, **more: Any) -> list[Any]:
    answer = chat(http, model, content, stream=True, **more)
    assert answer.status_code == 200, answer.text
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_a_stream_gives_the_answer_in_pieces(http: httpx.Client, mood: str) -> None:
    chunks = stream(http, mood, "a happy day", stream_options={"include_usage": True})
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    pieces = [c["choices"][0]["delta"].get("content") for c in chunks[1:-2]]
    assert pieces == ["ha", "ppy"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 4
    assert len({c["id"] for c in chunks}) == 1


def test_a_stream_that_breaks_says_so_and_costs_nothing(http: httpx.Client) -> None:
    name = deployed(http, "breaking")
    chunks = stream(http, name, "break please")
    assert chunks[-1] == {"error": {"message": "the model failed on this request", "code": 503}}
    assert http.get(f"/v1/endpoints/{name}/cost").json()["total_cost_micro_usd"] == 0
    assert http.get(f"/v1/endpoints/{name}/performance").json()["errors"] == 1
    assert chat(http, name, "boom", stream=True).status_code == 503


@pytest.mark.parametrize("content", ["boom", "leak", "refuse", "break"])
def test_a_model_s_real_name_is_never_said(http: httpx.Client, mood: str, content: str) -> None:
    answers = [chat(http, mood, content), chat(http, mood, content, stream=True)]
    for answer in answers:
        assert "hush" not in answer.text.casefold()
        assert scripted.NAME not in answer.text.casefold()


def test_what_a_model_says_for_users_is_told(http: httpx.Client, mood: str) -> None:
    answer = chat(http, mood, "refuse")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the text can't be read")


def test_models_are_the_endpoints(http: httpx.Client, mood: str) -> None:
    listed = http.get("/v1/models").json()
    assert listed["object"] == "list"
    entry = next(model for model in listed["data"] if model["id"] == mood)
    assert set(entry) == {"id", "object", "owned_by", "created"}


def test_an_empty_balance_is_402_before_any_work(catalog_dir: Path, tmp_path: Path) -> None:
    folders = [catalog_dir]
    with (
        LocalServer(tmp_path, KEY, catalog_folders=folders, credit_micro_usd=5) as server,
        client_of(server.url) as http,
    ):
        name = deployed(http, "dear")
        set_id = set_of(http, MOODS)
        keyed = {"Idempotency-Key": "k-402"}
        assert chat(http, name, "happy", headers=keyed).status_code == 200
        calls = len(scripted.CALLS)
        assert chat(http, name, "happy").status_code == 402
        assert chat(http, name, "happy", stream=True).status_code == 402
        assert start_run(http, set_id, "quick-1").status_code == 402
        assert chat(http, name, "happy", headers=keyed).status_code == 200
        assert len(scripted.CALLS) == calls
        assert http.get("/v1/tasks").status_code == 200


# --- idempotency


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
    assert runs[0].json() == runs[1].json()
    assert start_run(http, set_id, "quick-2", headers=keyed).status_code == 422
    assert finished(http, runs[0].json()["run_id"])["run"]["total_cost_micro_usd"] == 30


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


def test_a_key_may_not_be_endless(http: httpx.Client) -> None:
    long = {"Idempotency-Key": "k" * 256}
    assert start_run(http, "es_1", "quick-1", headers=long).status_code == 400


def test_many_clients_at_once(http: httpx.Client, mood: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: chat(http, mood, f"happy {n}").status_code, range(64)))
    assert set(answers) == {200}
    assert threading.active_count() < 100
