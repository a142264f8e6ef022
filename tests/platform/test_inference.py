"""Chat completions: content, streams, failures, and what must never be said."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import (
    KEY,
    MOODS,
    chat,
    client_of,
    deployed,
    set_of,
    start_run,
    stream,
)


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


@pytest.mark.parametrize("content", [None, [{"type": "audio"}]])
def test_content_that_is_none_is_told_what_it_must_be(
    http: httpx.Client, mood: str, content: Any
) -> None:
    said = chat(http, mood, content).json()["detail"]
    assert "content must be text or a list of parts: text, image_url with a data: URL" in said


@pytest.mark.parametrize("content", REFUSED_CONTENT)
def test_content_that_is_refused(http: httpx.Client, mood: str, content: Any) -> None:
    assert chat(http, mood, content).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "x"}]},
        {"model": "mood-live"},
        {"model": 5, "messages": [{"role": "user", "content": "x"}]},
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
    assert chunks[-1]["error"]["message"] == "the model failed on this request"
    assert chunks[-1]["error"]["type"] == "server_error"
    assert http.get(f"/v1/endpoints/{name}/cost").json()["total_cost_micro_usd"] == 0
    assert http.get(f"/v1/endpoints/{name}/performance").json()["errors"] == 1
    assert chat(http, name, "boom", stream=True).status_code == 500


@pytest.mark.parametrize("content", ["boom", "leak", "refuse", "break"])
def test_a_model_s_real_name_is_never_said(http: httpx.Client, mood: str, content: str) -> None:
    answers = [chat(http, mood, content), chat(http, mood, content, stream=True)]
    for answer in answers:
        assert "hush" not in answer.text.casefold()
        assert scripted.NAME not in answer.text.casefold()


def test_what_a_model_says_for_users_is_told(http: httpx.Client, mood: str) -> None:
    answer = chat(http, mood, "refuse")
    assert (answer.status_code, answer.json()["detail"]) == (422, "the text can't be read")


def test_models_are_the_endpoints(http: httpx.Client, mood: str) -> None:
    listed = http.get("/v1/models").json()
    assert listed["object"] == "list"
    entry = next(model for model in listed["data"] if model["id"] == mood)
    assert set(entry) == {"id", "object", "owned_by", "created"}


def test_an_empty_balance_is_402_before_any_work(catalog_dir: Path, tmp_path: Path) -> None:
    folders = [catalog_dir]
    with (
        LocalServer(
            tmp_path, KEY, catalog_folders=folders, credit_micro_usd=scripted.COST
        ) as server,
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


def test_errors_carry_what_openais_clients_read(http: httpx.Client, server: LocalServer) -> None:
    found = chat(http, "nobody", "x")
    detail = found.json()["detail"]
    assert found.json()["error"] == {
        "message": detail,
        "type": "invalid_request_error",
        "code": "model_not_found",
        "param": "model",
    }
    stranger = httpx.get(f"{server.url}/v1/models", headers={"Authorization": "Bearer nobody"})
    assert stranger.json()["error"]["code"] == "invalid_api_key"
    assert http.post("/v1/chat/completions", json={"model": "x"}).json()["error"]["message"]
    assert "error" not in http.get("/v1/endpoints/nobody").json()
