"""Clients that mean harm, or are merely many: nobody else waits, and nothing is read for them."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from pareta_plan.platform.bodies import MAX_JSON, MAX_TEXT
from pareta_plan.platform.http import connection, pools
from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import (
    KEY,
    chat,
    client_of,
    create_set,
    deployed,
    finished,
    set_of,
    start_run,
)

KEYED = f"Authorization: Bearer {KEY}"
MIB = 1024 * 1024


@contextmanager
def raw(server: LocalServer, sent: str) -> Iterator[socket.socket]:
    """A connection on which `sent` was written, lines ended as HTTP wants them."""
    address = httpx.URL(server.url)
    with socket.create_connection((address.host, address.port or 0), timeout=5) as opened:
        opened.sendall(sent.replace("\n", "\r\n").encode())
        yield opened


def announced(server: LocalServer, line: str, *headers: str) -> bytes:
    """The answer to a request whose body never comes."""
    head = "\n".join([f"{line} HTTP/1.1", "Host: x", *headers])
    with raw(server, f"{head}\n\n") as opened:
        return opened.recv(4096)


def upload_url(http: httpx.Client, pages: str, size: int) -> str:
    place = {"idx": 0, "field_name": "document", "mime": "application/pdf", "file_size": size}
    answer = http.post(f"/v1/eval-sets/{pages}/blob-upload-url", json=place)
    return httpx.URL(answer.json()["upload_url"]).path


@pytest.mark.parametrize("length", [f"Content-Length: {31 * MIB}", "Transfer-Encoding: chunked"])
def test_nothing_is_read_for_a_token_that_nobody_was_given(
    server: LocalServer, length: str
) -> None:
    assert b" 404 " in announced(server, "PUT /uploads/anything", length)


@pytest.mark.parametrize("line", ["POST /v1/eval-sets", "POST /v1/chat/completions", "PUT /x"])
def test_nothing_is_read_without_the_key(server: LocalServer, line: str) -> None:
    assert b" 401 " in announced(server, line, f"Content-Length: {31 * MIB}")


def test_more_than_was_promised_is_not_read(
    server: LocalServer, http: httpx.Client, pages: str
) -> None:
    path = upload_url(http, pages, 7)
    assert b" 413 " in announced(server, f"PUT {path}", "Content-Length: 8")
    answer = http.put(path, content=b"%PDF-1.", headers={"Content-Type": "application/pdf"})
    assert answer.json() == {"status": "received"}


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("POST /v1/tasks/match", 33 * 1024),
        ("POST /v1/eval-runs", MAX_JSON + 1),
        ("POST /v1/eval-sets", 33 * MIB),
        ("POST /v1/chat/completions", 49 * MIB),
    ],
)
def test_a_body_that_is_announced_too_large_is_not_read(
    server: LocalServer, line: str, size: int
) -> None:
    form = "Content-Type: multipart/form-data; boundary=b"
    assert b" 413 " in announced(server, line, KEYED, form, f"Content-Length: {size}")


def test_a_refused_body_is_dropped_and_its_connection_goes_on(
    server: LocalServer, http: httpx.Client
) -> None:
    chunks = (b" " * MIB for _ in range(4))
    assert http.post("/v1/eval-runs", content=chunks).status_code == 413
    assert http.get("/v1/tasks").status_code == 200


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "undefined", "utf-16", "latin-1", "rot13"]
)
def test_a_form_is_in_utf_8(http: httpx.Client, charset: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"a-" * 400_000
    kind = {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    started = time.monotonic()
    answer = http.post("/v1/eval-sets", content=body + b"\r\n--b--\r\n", headers=kind)
    assert (answer.status_code, answer.json()["detail"]) == (400, "a form must be written in UTF-8")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_json_is_in_utf_8(http: httpx.Client, encoding: str) -> None:
    body = json.dumps({"query": "spam"})
    assert http.post("/v1/tasks/match", content=body.encode()).status_code == 200
    assert http.post("/v1/tasks/match", content=body.encode(encoding)).status_code == 400


@pytest.mark.parametrize("path", ["/healthz/", "/v1/tasks/", "/healthz//", "/healthzz"])
def test_nobody_is_sent_elsewhere(server: LocalServer, path: str) -> None:
    for headers in (
        {"Host": "evil.example"},
        {"Host": "evil.example", **dict([KEYED.split(": ")])},
    ):
        answer = httpx.get(server.url + path, headers=headers)
        assert answer.status_code in (401, 404)
        assert "location" not in answer.headers
        assert "evil" not in str(answer.headers) + answer.text


STALLED = {
    "silent": "",
    "half a head": "GET /healthz HTTP/1.1\nHost:",
    "after an answer": "GET /healthz HTTP/1.1\nHost: x\n\n",
    "a body that was refused": "PUT /uploads/x HTTP/1.1\nHost: x\nContent-Length: 99\n\n",
    "half a body": f"POST /v1/eval-runs HTTP/1.1\nHost: x\n{KEYED}\nContent-Length: 99\n\n{{",
    "half a form": f"POST /v1/eval-sets HTTP/1.1\nHost: x\n{KEYED}\nContent-Length: 999\n"
    "Content-Type: multipart/form-data; boundary=b\n\n--b\n",
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "PAUSE_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(connection, name, 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("stalled", STALLED.values(), ids=STALLED)
def test_a_connection_that_stalls_is_closed(server: LocalServer, stalled: str) -> None:
    with raw(server, stalled) as opened, suppress(ConnectionResetError):
        while opened.recv(4096):
            pass


@pytest.mark.usefixtures("impatient")
def test_a_head_in_drops_is_closed_too(server: LocalServer) -> None:
    with raw(server, "GET /healthz HTTP/1.1\n") as opened:
        assert is_cut_off(opened, b"x: y\r\n", 100, 0.05)


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_nobody_takes_is_given_up(server: LocalServer) -> None:
    asked = f"GET /v1/tasks HTTP/1.1\nHost: x\n{KEYED}\n\n" * 2000
    with raw(server, asked) as opened:
        time.sleep(2.5)
        taken = 0
        with suppress(ConnectionResetError):
            while part := opened.recv(1 << 20):
                taken += len(part)
    assert taken < 20 * MIB


def test_a_head_has_an_end(server: LocalServer) -> None:
    with raw(server, "GET /healthz HTTP/1.1\n") as opened:
        assert is_cut_off(opened, b"x: " + b"y" * 10_000 + b"\r\n", 1000)


def test_what_stands_around_a_body_has_an_end(server: LocalServer) -> None:
    head = f"POST /v1/eval-runs HTTP/1.1\nHost: x\n{KEYED}\nTransfer-Encoding: chunked\n\n"
    with raw(server, f"{head}0\n") as trailers:
        assert is_cut_off(trailers, b"x: " + b"y" * 10_000 + b"\r\n", 1000)


def is_cut_off(opened: socket.socket, sent: bytes, times: int, pause: float = 0) -> bool:
    try:
        for _ in range(times):
            opened.sendall(sent)
            time.sleep(pause)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


def test_a_text_has_a_limit(http: httpx.Client, mood: str) -> None:
    longest = "happy".ljust(MAX_TEXT, ".")
    assert chat(http, mood, longest).status_code == 200
    answer = chat(http, mood, longest + ".")
    assert answer.status_code == 413
    assert answer.json()["detail"] == "a text may have at most 100,000 characters, not 100,001"
    row = {"input": longest, "expected": "happy"}
    assert create_set(http, [row]).status_code == 200
    answer = create_set(http, [row, {"input": longest + ".", "expected": "happy"}])
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("items line 2: a text may have at most 100,000")


def test_what_is_beside_documents_has_a_limit(http: httpx.Client) -> None:
    page = deployed(http, "page-live", task="page-ends", model="page-1")
    data = base64.b64encode(b"one " + b"x" * MIB).decode()
    part = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{data}"}}
    assert chat(http, page, [part]).status_code == 200
    many = [{"role": "system", "content": ""}] * 100_000
    for answer in (chat(http, page, [part], more=many), chat(http, page, [part], more="x" * MIB)):
        assert answer.status_code == 413
        assert "beside its documents" in answer.json()["detail"]


@pytest.mark.usefixtures("closed_gate")
def test_small_reads_don_t_wait_for_models(http: httpx.Client, mood: str) -> None:
    with ThreadPoolExecutor(60) as clients:
        asked = [clients.submit(chat, http, mood, f"wait, happy {n}") for n in range(60)]
        while not any(text.startswith("wait, happy") for text in scripted.CALLS):
            time.sleep(0.01)
        started = time.monotonic()
        assert http.get("/v1/endpoints").status_code == 200
        assert start_run(http, set_of(http, [{"input": "a", "expected": "sad"}]), "quick-1")
        assert time.monotonic() - started < 5
        scripted.GATE.set()
        assert {answer.result().status_code for answer in asked} == {200}


@pytest.mark.usefixtures("closed_gate")
def test_a_queue_has_an_end(http: httpx.Client, mood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "WAITING", 3)
    at_most = pools.Pool.MODELS.value + 3
    with ThreadPoolExecutor(at_most + 4) as clients:
        asked = [clients.submit(chat, http, mood, f"wait {n}") for n in range(at_most + 4)]
        deadline = time.monotonic() + 10
        while sum(answer.done() for answer in asked) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        scripted.GATE.set()
        statuses = sorted(answer.result().status_code for answer in asked)
    assert statuses == [200] * at_most + [429] * 4


def test_credit_is_never_overspent(catalog_dir: Path, tmp_path: Path) -> None:
    """By many clients of two servers on one state, with credit for a few of them."""
    credit = 3 * scripted.COST + 5
    with (
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir], credit_micro_usd=credit) as one,
        LocalServer(tmp_path, KEY, catalog_folders=[catalog_dir], credit_micro_usd=credit) as two,
        client_of(one.url) as http,
        client_of(two.url) as other,
        ThreadPoolExecutor(32) as clients,
    ):
        name = deployed(http, "nearly-empty")
        run = start_run(http, set_of(http, ROWS), "quick-1").json()["run_id"]
        asked = [
            clients.submit(chat, (http, other)[n % 2], name, f"slow {n}", stream=n % 3 == 0)
            for n in range(32)
        ]
        answers = [answer.result() for answer in asked]
        spent: dict[str, Any] = http.get(f"/v1/endpoints/{name}/cost").json()
        total = spent["total_cost_micro_usd"]
        total += finished(http, run)["run"]["total_cost_micro_usd"]
    assert {answer.status_code for answer in answers} <= {200, 402}
    assert 0 < total <= credit


ROWS = [{"input": f"slow {n}", "expected": "sad"} for n in range(8)]
