"""What holds for every route, over real HTTP, and the catalog's routes."""

from __future__ import annotations

import base64
import http.client
import socket
from typing import Any

import httpx
import pytest

from pareta_plan.platform.server import LocalServer
from tests.platform.driving import (
    KEY,
    set_of,
)


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


def test_an_answer_comes_in_one_packet(server: LocalServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    asked = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((host, int(port))) as client:
        for _ in range(50):
            client.sendall(asked)
            assert client.recv(65536).endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("path", JSON_ROUTES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"a": NaN}', b'"\\ud800"'])
def test_a_body_must_be_a_json_object(http: httpx.Client, path: str, body: bytes) -> None:
    answer = http.post(path, content=body)
    assert answer.status_code == 400
    assert "body" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_a_deeply_nested_body_is_refused(http: httpx.Client, body: bytes) -> None:
    assert http.post("/v1/eval-runs", content=body).status_code == 400


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
    from pareta_plan.platform.catalog.catalog import Catalog

    def broken(_self: Catalog) -> None:
        raise ValueError("secret-engine")

    monkeypatch.setattr(Catalog, "tasks", broken)
    answer = http.get("/v1/tasks?never=asked")
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


def test_examples_have_their_documents_where_they_are_wanted(http: httpx.Client) -> None:
    def documents(task: str, **wanted: int) -> list[Any]:
        answer = http.get(f"/v1/tasks/{task}", params={"examples_n": 2, **wanted}).json()
        return [row["input"]["document"] for row in answer["examples"]]

    assert documents("invoice-extraction") == [None, None]
    for url in documents("invoice-extraction", documents=1):
        assert base64.b64decode(url.removeprefix("data:application/pdf;base64,"))[:5] == b"%PDF-"
    assert documents("page-ends", documents=1) == [None], "nothing says how they are drawn"
