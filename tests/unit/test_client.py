"""The client against servers that fail in every way the network knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from faulty import Faulty, answer

from pareta_plan import client, errors
from pareta_plan.client import Transport, Writer

KEY = "pareta_sk_unit_77"
TASKS = answer(body='{"tasks": [{"id": "a"}]}')


@contextmanager
def platform(*script: bytes | None) -> Iterator[tuple[Writer, Faulty, list[float]]]:
    """A writer to a faulty server, and the pauses it made."""
    pauses: list[float] = []
    with (
        Faulty(script) as server,
        Writer(Transport(server.url, KEY, sleep=pauses.append)) as writer,
    ):
        yield writer, server, pauses


def fails(kind: type[errors.ParetaError], *script: bytes | None) -> errors.ParetaError:
    """The error that listing tasks ends with; it never tells the key."""
    with platform(*script) as (writer, _, __):
        with pytest.raises(errors.ParetaError) as raised:
            writer.tasks()
    assert type(raised.value) is kind
    assert KEY not in f"{raised.value} {raised.value.hint} {vars(raised.value)}"
    return raised.value


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_retried(status: int) -> None:
    with platform(answer(status), TASKS) as (writer, server, pauses):
        assert [task.id for task in writer.tasks()] == ["a"]
    assert len(server.asked) == 2
    assert 0.2 <= pauses[0] <= 0.5


def test_a_cut_connection_is_retried() -> None:
    with platform(b"", answer()[:40], TASKS) as (writer, server, _):
        assert len(writer.tasks()) == 1
    assert len(server.asked) == 3


def test_pauses_grow_and_end() -> None:
    with platform(*[answer(500)] * 4) as (writer, server, pauses):
        with pytest.raises(errors.APIStatusError) as raised:
            writer.tasks()
    assert raised.value.status_code == 500
    assert len(server.asked) == 4
    assert len(pauses) == 3
    assert pauses[0] <= 0.5 < pauses[2] <= 2.0


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        ("-5", 0, 0),
        ("999999", 30, 30),
        ("1e400", 30, 30),
        (formatdate(4102444800, usegmt=True), 30, 30),
        (formatdate(0, usegmt=True), 0, 0),
        ("soon", 0.2, 0.5),
        ("nan", 0, 30),
    ],
)
def test_retry_after_wins_and_is_capped(said: str, low: float, high: float) -> None:
    with platform(answer(429, retry_after=said), TASKS) as (writer, _, pauses):
        writer.tasks()
    assert low <= pauses[0] <= high


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequestError),
        (401, errors.AuthenticationError),
        (402, errors.InsufficientCreditsError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (418, errors.APIStatusError),
        (422, errors.BadRequestError),
        (429, errors.RateLimitError),
        (500, errors.APIStatusError),
        (503, errors.EndpointNotReadyError),
    ],
)
def test_a_status_becomes_its_error(status: int, kind: type[errors.ParetaError]) -> None:
    script = [answer(status, '{"detail": "so it is"}', x_request_id="req_9")] * 4
    said = fails(kind, *script)
    assert isinstance(said, errors.APIStatusError)
    assert str(said) == f"so it is (HTTP {status}, request req_9)"
    assert (said.status_code, said.request_id) == (status, "req_9")


def test_hints_on_what_a_user_can_mend() -> None:
    assert "PARETA_API_KEY" in (fails(errors.AuthenticationError, answer(401)).hint or "")
    assert "balance" in (fails(errors.InsufficientCreditsError, answer(402)).hint or "")


@pytest.mark.parametrize(
    "body", ["<html>down</html>", '{"detail": {"a": 1}}', '["x"]', "", "\x00", '{"detail": null}']
)
def test_an_error_page_is_no_crash(body: str) -> None:
    said = fails(errors.NotFoundError, answer(404, body, kind="text/html"))
    assert "404" in str(said)
    assert "<html>" not in str(said)


@pytest.mark.parametrize(
    "body",
    [
        "<html>welcome</html>",
        '{"tasks": [',
        "",
        "[]",
        "null",
        '{"tasks": null}',
        '{"tasks": [{}]}',
        '{"tasks": [{"id": 5}]}',
        '"tasks"',
        "[" * 100_000,
    ],
)
def test_a_good_status_with_another_body(body: str) -> None:
    said = fails(errors.APIConnectionError, answer(200, body))
    assert "PARETA_BASE_URL" in (said.hint or "")


def test_bytes_that_are_not_utf8() -> None:
    raw = answer(200, "12").replace(b"12", b"\xff\xfe")
    fails(errors.APIConnectionError, raw)


def test_something_else_than_http() -> None:
    fails(errors.APIConnectionError, *[b"SSH-2.0-OpenSSH_9.6\r\n"] * 4)


def test_a_body_shorter_than_announced() -> None:
    fails(errors.APIConnectionError, *[TASKS[:-5]] * 4)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", httpx.Timeout(0.05))
    monkeypatch.setattr(client, "MAX_RETRIES", 0)
    said = fails(errors.APITimeoutError, None)
    assert "in time" in str(said)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with Faulty([TASKS]) as other:
        location = other.url.replace("127.0.0.1", "localhost")
        for status in (301, 302, 307, 308):
            redirect = answer(status, "", location=f"{location}/v1/tasks")
            fails(errors.APIStatusError, redirect)
        assert other.asked == []


def test_every_request_carries_key_and_name() -> None:
    with platform(TASKS) as (writer, server, _):
        writer.tasks()
    (asked,) = server.asked
    assert asked.line == "GET /v1/tasks HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["user-agent"].startswith("pareta-plan/")
    assert "idempotency-key" not in asked.headers


def test_a_proxy_of_the_environment_never_sees_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with platform(TASKS) as (writer, _, __):
        assert len(writer.tasks()) == 1


def test_a_slash_after_the_base_url_is_harmless() -> None:
    with Faulty([TASKS]) as server, Writer(Transport(server.url + "/", KEY)) as writer:
        writer.tasks()
    assert server.asked[0].line.startswith("GET /v1/tasks ")


def test_ids_are_quoted_in_paths() -> None:
    with platform(answer(204, ""), answer(404)) as (writer, server, _):
        writer.delete("../tasks?x=1#y")
        with pytest.raises(errors.NotFoundError):
            writer.delete("a b/ü")
    assert server.asked[0].line == "DELETE /v1/endpoints/..%2Ftasks%3Fx%3D1%23y HTTP/1.1"
    assert server.asked[1].line == "DELETE /v1/endpoints/a%20b%2F%C3%BC HTTP/1.1"


STARTED = answer(202, '{"run_id": "run_1", "status": "queued"}')
SET = answer(body='{"eval_set": {"id": "es_1", "task_id": "a"}}')
CHAT = answer(body='{"id": "c", "choices": [{"message": {"content": "lost"}}]}')
COMPLETE = 'event: complete\ndata: {"endpoint": {"id": "e", "name": "e"}}\n\n'
PROGRESS = 'event: progress\ndata: {"stage": "loading", "pct": 50}\n\n'


def sse(text: str) -> bytes:
    """A stream that ends when the connection does."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return (head + text).encode()


WRITES: dict[str, tuple[bytes, Any]] = {
    "eval set": (SET, lambda w: w.create_eval_set("a", "n", "p", [{"input": "ü"}], key="k-1")),
    "eval run": (STARTED, lambda w: w.start_run("es_1", ["m"], key="k-1")),
    "document": (
        answer(),
        lambda w: w.attach_document("es_1", 0, "document", b"%PDF", "application/pdf", key="k-1"),
    ),
    "deploy": (sse(COMPLETE), lambda w: list(w.deploy("a", "m", "e", key="k-1"))),
    "start": (answer(), lambda w: w.start("e", key="k-1")),
    "stop": (answer(), lambda w: w.stop("e", key="k-1")),
    "chat": (CHAT, lambda w: w.chat("e", [{"role": "user", "content": "x"}], key="k-1")),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_retried_write_keeps_its_key_and_its_body(what: str) -> None:
    good, write = WRITES[what]
    with platform(b"", answer(503), good) as (writer, server, _):
        write(writer)
    assert [asked.headers["idempotency-key"] for asked in server.asked] == ["k-1"] * 3
    bodies = {_without_boundary(asked) for asked in server.asked}
    assert len(bodies) == 1


def _without_boundary(asked: Any) -> bytes:
    boundary = asked.headers.get("content-type", "").partition("boundary=")[2]
    body: bytes = asked.body
    return body.replace(boundary.encode(), b"") if boundary else body


def test_rows_go_as_one_json_line_each() -> None:
    rows = [{"input": "two\nlines \u2028 ü"}, {"input": "b"}]
    with platform(SET) as (writer, server, _):
        assert writer.create_eval_set("a", "n", "p", rows, key="k").id == "es_1"
    body = server.asked[0].body.decode()
    lines = [json.loads(line) for line in body.split("\n") if line.startswith("{")]
    assert lines == rows


def test_a_deploy_tells_its_progress_and_ends() -> None:
    with platform(sse(f": hello\n\n{PROGRESS}{COMPLETE}")) as (writer, _, __):
        events = [event.event for event in writer.deploy("a", "m", "e", key="k")]
    assert events == ["progress", "complete"]


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (PROGRESS, errors.APIConnectionError),
        ("", errors.APIConnectionError),
        (COMPLETE[:-20], errors.APIConnectionError),
        ("event: complete\ndata: []\n\n", errors.APIConnectionError),
        ('event: error\ndata: {"message": "no room"}\n\n', errors.PlatformError),
    ],
)
def test_a_stream_that_does_not_complete(
    stream: str, kind: type[errors.ParetaError]
) -> None:
    with platform(sse(stream)) as (writer, _, __):
        with pytest.raises(kind):
            list(writer.deploy("a", "m", "e", key="k"))


def test_a_stream_that_is_cut_is_not_retried() -> None:
    cut = answer(200, PROGRESS + COMPLETE, kind="text/event-stream")[: -len(COMPLETE)]
    with platform(cut, sse(COMPLETE)) as (writer, server, _):
        with pytest.raises(errors.APIConnectionError):
            list(writer.deploy("a", "m", "e", key="k"))
        assert len(server.asked) == 1


def test_a_large_document_goes_to_its_url_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "INLINE_DOCUMENT_BYTES", 4)
    with Faulty([answer(200, "")]) as store:
        minted = {"upload_url": f"{store.url}/put?signed=1", "storage_uri": "s://1"}
        with platform(answer(body=json.dumps(minted)), answer()) as (writer, server, _):
            writer.attach_document("es", 3, "document", b"12345", "image/png", key="k")
    (put,) = store.asked
    assert put.line == "PUT /put?signed=1 HTTP/1.1"
    assert "authorization" not in put.headers
    assert put.headers["content-type"] == "image/png"
    assert put.body == b"12345"
    done = json.loads(server.asked[1].body)
    assert done["storage_uri"] == "s://1"
    assert [a.headers["idempotency-key"] for a in server.asked] == ["k-url", "k-done"]


def test_a_minted_url_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "INLINE_DOCUMENT_BYTES", 4)
    for body in ("{}", "[]", '{"upload_url": "", "storage_uri": ""}', '{"upload_url": 5}'):
        with platform(answer(body=body)) as (writer, _, __):
            with pytest.raises(errors.ParetaError):
                writer.attach_document("es", 3, "document", b"12345", "image/png", key="k")


def test_a_failing_upload_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "INLINE_DOCUMENT_BYTES", 4)
    with Faulty([answer(503), answer(200, "")]) as store:
        minted = {"upload_url": f"{store.url}/put", "storage_uri": "s://1"}
        with platform(answer(body=json.dumps(minted)), answer()) as (writer, _, __):
            writer.attach_document("es", 3, "document", b"12345", "image/png", key="k")
    assert len(store.asked) == 2
