"""Whatever is sent, what can't be meant is refused with words and never breaks anything."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.http.routes import table

BODIES = {
    route.path: route.model
    for route in table(Generation.V0)
    if route.method == "POST" and route.model.kind in ("json", "form")
}
FORMS = {path: model.file_part for path, model in BODIES.items() if model.kind == "form"}
QUERIES = {route.path: route.model for route in table(Generation.V0) if route.model.kind == "query"}
NAMES = sorted({name for model in BODIES.values() for name in model.model_fields})

TEXT = st.text(st.characters(codec="utf-8"))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(["user", "text", "file", "image_url", "recommended", "mood", "data:,", "0"])
)
MEMBERS = st.sampled_from(["role", "content", "type", "text", "file", "image_url", "url"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=8,
)


def is_words(answer: httpx.Response) -> bool:
    """Whether it is a refusal that says why."""
    told = answer.json()
    known = [["detail"], ["detail", "error"]]  # the second as OpenAI's SDK reads it
    return 400 <= answer.status_code < 500 and list(told) in known and bool(told["detail"])


@pytest.mark.parametrize("path", sorted(BODIES.keys() - FORMS.keys()))
@settings(max_examples=60, deadline=None)
@given(body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8))
def test_hostile_bodies_are_refused(http: httpx.Client, path: str, body: dict[str, Any]) -> None:
    answer = http.post(path.format(set_id="es_none"), json=body)
    assert answer.is_success or is_words(answer), (body, answer.text)


@pytest.mark.parametrize("path", sorted(FORMS))
@settings(max_examples=40, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=6))
def test_hostile_forms_are_refused(http: httpx.Client, path: str, fields: dict[str, str]) -> None:
    files = {FORMS[path]: ("a", b'{"input": "x", "expected": "sad"}')}
    answer = http.post(path.format(set_id="es_none"), data=fields, files=files)
    assert answer.is_success or is_words(answer), (fields, answer.text)


@pytest.mark.parametrize("path", sorted(QUERIES))
@settings(max_examples=40, deadline=None)
@given(text=TEXT)
def test_hostile_queries_are_refused(http: httpx.Client, path: str, text: str) -> None:
    for name in QUERIES[path].model_fields:
        answer = http.get(path.format(task_id="mood"), params={name: text})
        assert answer.is_success or is_words(answer), (text, answer.text)


USER = {"role": "user", "content": "x"}
PLACE = {"idx": 0, "field_name": "document", "mime": "application/pdf"}
CHAT = "/v1/chat/completions"
URL = "/v1/eval-sets/es_1/blob-upload-url"
DONE = "/v1/eval-sets/es_1/blob-upload-complete"

REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/tasks/match", {}, "query is required: the job in words, at most 2000 characters"),
    ("/v1/tasks/match", {"query": " "}, "query must be the job in words"),
    ("/v1/tasks/match", {"query": "x" * 2001}, "query must be the job in words, at most 2000"),
    ("/v1/tasks/match", {"query": "x", "top_k": True}, "top_k must be a whole number from 1 to 50"),
    ("/v1/tasks/match", {"query": "x", "top_k": 5.0}, "top_k must be a whole number from 1 to 50"),
    ("/v1/endpoints", {"task": None}, "task is required: the id of a benchmark task"),
    ("/v1/endpoints", {"task": "mood", "model": None}, "model must be an alias of the task, or"),
    ("/v1/endpoints", {"task": "mood", "name": 5}, "name must be 1 to 63 characters of a-z, 0-9"),
    (CHAT, {"messages": [USER]}, "model is required: the id of an endpoint"),
    (CHAT, {"model": "m"}, "messages is required: a non-empty list of objects with role and"),
    (CHAT, {"model": "m", "messages": []}, "messages must be a non-empty list of objects"),
    (CHAT, {"model": "m", "messages": [{"role": 5}]}, "messages must be a non-empty list of"),
    (CHAT, {"model": "m", "messages": [USER], "stream": 1}, "stream must be true or false"),
    (CHAT, {"model": "m", "messages": [USER], "stream": "true"}, "stream must be true or false"),
    (CHAT, {"model": "m", "messages": [USER], "stream_options": 1}, "stream_options must be an"),
    ("/v1/eval-runs", {}, "eval_set_id is required: the id of an eval set"),
    ("/v1/eval-runs", {"eval_set_id": "e"}, "candidate_model_ids is required: a list"),
    (
        "/v1/eval-runs",
        {"eval_set_id": "e", "candidate_model_ids": []},
        "candidate_model_ids must be a list of model ids, not empty",
    ),
    (URL, {**PLACE, "idx": True, "file_size": 3}, "idx must be a whole number"),
    (URL, {**PLACE, "file_size": 1.5}, "file_size must be a whole number of bytes"),
    (URL, {**PLACE, "mime": "text/html", "file_size": 3}, "mime must be application/pdf or an"),
    (DONE, {**PLACE, "storage_uri": "file:///x"}, "storage_uri must be the one that came with"),
]


@pytest.mark.parametrize(("path", "body", "words"), REFUSALS)
def test_a_refusal_says_what_a_field_must_be(
    http: httpx.Client, path: str, body: dict[str, Any], words: str
) -> None:
    answer = http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(words)


def test_what_is_unknown_is_ignored(http: httpx.Client, mood: str) -> None:
    parts = [{"type": "text", "text": "happy", "cache": True}]
    earlier = {"role": "tool", "content": [{"type": "audio"}], "tool_call_id": "t"}
    body = {
        "model": mood,
        "messages": [earlier, {"role": "user", "content": parts, "name": "ann"}],
        "stream": None,
        "stream_options": None,
        "temperature": 0,
        "tools": [],
    }
    assert http.post(CHAT, json=body).status_code == 200
    assert http.post("/v1/tasks/match", json={"query": "mood", "locale": "en"}).status_code == 200
    assert http.get("/v1/tasks/mood", params={"examples_n": "1", "days": "7"}).status_code == 200
