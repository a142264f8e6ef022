"""Eval sets and their documents: checked row by row, kept until deleted."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.platform.driving import (
    MOODS,
    create_set,
    finished,
    set_of,
    start_run,
)


def post_items(http: httpx.Client, data: bytes, task: str = "mood") -> httpx.Response:
    files = {"items": ("items.jsonl", data, "application/jsonl")}
    return http.post("/v1/eval-sets", files=files, data={"task_id": task})


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
        (b'{"id": 1e999, "input": "x", "expected": "sad"}', "line 1 is not valid JSON"),
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
    assert "rows" in post_items(http, b"{}\n" * 100_001).json()["detail"]
    long = json.dumps({"input": "x" * 1_000_001, "expected": "sad"}).encode()
    assert "line 1" in post_items(http, long).json()["detail"]


PDF = {"idx": "0", "field_name": "document", "mime": "application/pdf"}


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
    assert attach(http, pages, b"").status_code == 400


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
    assert promise(http, pages, 0).status_code == 400
    assert promise(http, pages, 1 << 30).status_code == 413
    assert promise(http, "es_none", 1).status_code == 404
    assert complete(http, pages, None).status_code == 400
    assert complete(http, pages, "file:///etc/passwd").status_code == 400
    assert complete(http, pages, "pareta-upload://none").status_code == 404
