"""Both faces of the client against servers that fail in every way the network knows."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from email.utils import formatdate
from typing import Any, NamedTuple

import httpx
import pytest

from pareta_plan import AsyncPareta, Pareta, errors
from pareta_plan.client import resources
from pareta_plan.client.api import decoded
from pareta_plan.wire import Leaderboard
from tests.client.driving import FACES, KEY, SYNC, Call, Face
from tests.client.faulty import Faulty, Said, answer, refused_url, sse

TASKS = answer(body='{"tasks": [{"id": "a"}]}')
STARTED = answer(202, '{"run_id": "run_1", "status": "queued"}')
SET = answer(body='{"eval_set": {"id": "es_1", "task_id": "a"}}')
CHAT = answer(body='{"id": "c", "choices": [{"message": {"content": "lost"}}]}')
COMPLETE = 'event: complete\ndata: {"endpoint": {"id": "e", "name": "e"}}\n\n'
PROGRESS = 'event: progress\ndata: {"stage": "loading", "pct": 50}\n\n'
CHUNK = 'data: {"id": "c", "choices": [{"delta": {"content": "lo"}}]}\n\n'
HELLO: list[Any] = [{"role": "user", "content": "x"}]
ID = {"x_request_id": "req_9"}

pytestmark = pytest.mark.usefixtures("pauses")


def tasks(pa: Any) -> Any:
    return pa.tasks.list()


def deploy(pa: Any) -> Any:
    return pa.endpoints.deploy(task="a")


def deployed(pa: Any) -> Any:
    return pa.endpoints.deploy(task="a", wait=True)


def chat(pa: Any) -> Any:
    return pa.chat.completions.create(model="e", messages=HELLO, stream=True)


def board(pa: Any) -> Any:
    return pa.tasks.leaderboard("a")


def run(pa: Any) -> Any:
    return pa.evals.runs.retrieve("run_1")


class Fault(NamedTuple):
    """What a server does, once or for as long as it is asked, and what the caller gets."""

    name: str
    does: Said
    call: Call
    error: type[errors.ParetaError]
    tries: int = 1
    says: str = ""


def status(code: int) -> bytes:
    return answer(code, '{"detail": "so it is"}', **ID)


SAID = "so it is (HTTP {}, request req_9)"
LATE, LOST = errors.APITimeoutError, errors.APIConnectionError
UNREAD = errors.UnreadableError
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: req_9\r\n"
CUT = HEAD + b"Content-Length: 999\r\n\r\n"


def silent(connection: socket.socket) -> None:
    """Say nothing until the client gives up, and not longer: it asks again at once."""
    with suppress(OSError):
        connection.recv(1)


def standing_still(connection: socket.socket) -> None:
    connection.sendall(CUT + CHUNK.encode())
    threading.Event().wait(0.5)


JSON = "something that is not JSON (request req_9)"
WRONG = "the platform's answer is not a "

FAULTS = [
    Fault("no answer", silent, tasks, LATE, 3, "in time"),
    Fault("closed at once", b"", tasks, LOST, 3),
    Fault("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", tasks, LOST, 3),
    Fault("head cut", answer()[:40], tasks, LOST, 3),
    Fault("body cut", TASKS[:-5], tasks, LOST, 3),
    Fault("400", status(400), tasks, errors.BadRequestError, 1, SAID.format(400)),
    Fault("401", status(401), tasks, errors.AuthenticationError, 1, SAID.format(401)),
    Fault("402", status(402), tasks, errors.InsufficientCreditsError, 1, SAID.format(402)),
    Fault("403", status(403), tasks, errors.PermissionDeniedError, 1, SAID.format(403)),
    Fault("404", status(404), tasks, errors.NotFoundError, 1, SAID.format(404)),
    Fault("408", status(408), tasks, errors.APIStatusError, 3, SAID.format(408)),
    Fault("409", status(409), tasks, errors.ConflictError, 3, SAID.format(409)),
    Fault("418", status(418), tasks, errors.APIStatusError, 1, SAID.format(418)),
    Fault("422", status(422), tasks, errors.BadRequestError, 1, SAID.format(422)),
    Fault("429", status(429), tasks, errors.RateLimitError, 3, SAID.format(429)),
    Fault("500", status(500), tasks, errors.APIStatusError, 3, SAID.format(500)),
    Fault("502", status(502), tasks, errors.APIStatusError, 3, SAID.format(502)),
    Fault("503", status(503), tasks, errors.EndpointNotReadyError, 3, SAID.format(503)),
    Fault("504", status(504), tasks, errors.APIStatusError, 3, SAID.format(504)),
    Fault("402 for a stream", status(402), chat, errors.InsufficientCreditsError, 1, "so it is"),
    Fault("503 for a stream", status(503), deploy, errors.EndpointNotReadyError, 3, "so it is"),
    Fault("error page", answer(404, "<html>", **ID), tasks, errors.NotFoundError, 1, "HTTP 404"),
    Fault("no error body", answer(404, ""), tasks, errors.NotFoundError, 1, "HTTP 404"),
    Fault("error of a list", answer(404, '["x"]'), tasks, errors.NotFoundError, 1, "HTTP 404"),
    Fault("error too deep", answer(404, "[" * 100_000), tasks, errors.NotFoundError),
    Fault("welcome page", answer(200, "<html>", **ID), tasks, UNREAD, 1, JSON),
    Fault("truncated JSON", answer(200, '{"tasks": [', **ID), tasks, UNREAD, 1, JSON),
    Fault("too deep JSON", answer(200, "[" * 100_000, **ID), tasks, UNREAD, 1, JSON),
    Fault("not UTF-8", answer(200, "12").replace(b"12", b"\xff\xfe"), tasks, UNREAD),
    Fault("empty 200", answer(200, "", **ID), tasks, UNREAD, 1, "(request req_9)"),
    Fault("empty 200, object", answer(200, ""), board, UNREAD, 1, f"{WRONG}Leaderboard"),
    Fault("list for object", answer(200, "[]", **ID), tasks, UNREAD, 1, "(request req_9)"),
    Fault("null", answer(200, "null"), tasks, UNREAD, 1, WRONG),
    Fault("string", answer(200, '"tasks"'), tasks, UNREAD, 1, WRONG),
    Fault("member missing", answer(200), tasks, UNREAD, 1, "'tasks' is missing"),
    Fault("member null", answer(200, '{"tasks": null}'), tasks, UNREAD, 1, WRONG),
    Fault("item without id", answer(200, '{"tasks": [{}]}'), tasks, UNREAD, 1, "0.id"),
    Fault("id a number", answer(200, '{"tasks": [{"id": 5}]}'), tasks, UNREAD, 1, "0.id"),
    Fault("wrong leaderboard", answer(200, '{"models": {}}', **ID), board, UNREAD, 1, "req_9"),
    Fault("run without run", answer(200, '{"results": []}'), run, UNREAD, 1, f"{WRONG}EvalRun"),
    Fault("redirect", answer(302, "", location="/v1/other", **ID), tasks, errors.APIStatusError),
    Fault("events end early", sse(PROGRESS, **ID), deploy, LOST, 1, "(request req_9)"),
    Fault("no events", sse("", **ID), deploy, LOST, 1, "(request req_9)"),
    Fault("event cut", sse(COMPLETE[:-20], **ID), deploy, LOST, 1, "(request req_9)"),
    Fault("events cut", CUT + PROGRESS.encode(), deploy, LOST, 1, "cut"),
    Fault("events cut, awaited", CUT + PROGRESS.encode(), deployed, LOST, 1, "(request req_9)"),
    Fault("events end, awaited", sse(PROGRESS, **ID), deployed, LOST, 1, "(request req_9)"),
    Fault("garbled event", sse("event: complete\ndata: []\n\n", **ID), deploy, UNREAD, 1, "req_9"),
    Fault("no endpoint", sse("event: complete\ndata: {}\n\n", **ID), deployed, UNREAD, 1, "req_9"),
    Fault(
        "failed deploy, awaited",
        sse('event: error\ndata: {"message": "no room"}\n\n', **ID),
        deployed,
        errors.PlatformError,
        1,
        "deploy failed: no room (request req_9)",
    ),
    Fault("chat stands still", standing_still, chat, LATE, 1, "(request req_9)"),
    Fault("deploy stands still", standing_still, deployed, LATE, 1, "(request req_9)"),
    Fault("chat cut", CUT + CHUNK.encode(), chat, LOST, 1, "(request req_9)"),
    Fault("chat without its end", sse(CHUNK, **ID), chat, LOST, 1, "(request req_9)"),
    Fault("chunk cut", sse(CHUNK[:-9] + "\n\n", **ID), chat, LOST, 1, "(request req_9)"),
    Fault("garbled chat", sse("data: \x00\x01\n\n", **ID), chat, LOST, 1, "garbled"),
    Fault("chunk too deep", sse("data: " + "[" * 100_000 + "\n\n"), chat, LOST, 1, "garbled"),
    Fault("chunk of another shape", sse("data: []\n\n", **ID), chat, UNREAD, 1, "(request req_9)"),
    Fault("chat breaks off", sse('data: {"error": "gone"}\n\n'), chat, errors.PlatformError),
]


def failure(face: Face, server: str, call: Call, **options: Any) -> errors.ParetaError:
    """What a call ends with; it never tells the key."""
    drive = face.collect if call in (deploy, chat) else face.run
    with pytest.raises(errors.ParetaError) as raised:
        drive(server, call, **{"timeout": 2.0} | options)
    shown = f"{raised.value} {raised.value!r} {raised.value.hint} {vars(raised.value)}"
    assert KEY not in shown
    assert "<html>" not in shown
    return raised.value


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_becomes_its_error(face: Face, fault: Fault) -> None:
    timeout = 0.2 if fault.error is LATE else 2.0
    with Faulty([fault.does] * 4) as server:
        found = failure(face, server.url, fault.call, timeout=timeout)
        assert len(server.asked) == fault.tries
    assert type(found) is fault.error
    assert fault.says in str(found)


def test_nobody_listens(face: Face, pauses: list[float]) -> None:
    assert type(failure(face, refused_url(), tasks)) is errors.APIConnectionError
    assert len(pauses) == 2


@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("call", [tasks, deployed])
def test_a_passing_failure_is_retried(
    face: Face, code: int, call: Call, pauses: list[float]
) -> None:
    good = TASKS if call is tasks else sse(COMPLETE)
    with Faulty([answer(code), good]) as server:
        face.run(server.url, call)
        assert len(server.asked) == 2
    assert len(pauses) == 1
    assert 0.2 <= pauses[0] <= 0.5


def test_a_failure_whose_body_is_cut_is_retried(face: Face) -> None:
    with Faulty([answer(503)[:-1], b"", sse(CHUNK + "data: [DONE]\n\n")]) as server:
        assert len(face.collect(server.url, chat)) == 1


def test_pauses_grow_and_end(face: Face, pauses: list[float]) -> None:
    with Faulty([answer(500)] * 6) as server:
        failure(face, server.url, tasks, max_retries=5)
    assert [0.5 * 2**n / 2 <= pause <= 0.5 * 2**n for n, pause in enumerate(pauses)] == [True] * 5


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("0", 0, 0),
        ("-5", 0, 0),
        ("999999", 30, 30),
        ("1e400", 30, 30),
        ("inf", 30, 30),
        ("-inf", 0, 0),
        (formatdate(4102444800, usegmt=True), 30, 30),
        (formatdate(0, usegmt=True), 0, 0),
        ("Mon, 01 Jan 99999 00:00:00 GMT", 0.2, 0.5),
        ("soon", 0.2, 0.5),
        ("nan", 0.2, 0.5),
        ("-nan", 0.2, 0.5),
        ("", 0.2, 0.5),
    ],
)
def test_retry_after_wins_and_is_capped(
    face: Face, said: str, low: float, high: float, pauses: list[float]
) -> None:
    with Faulty([answer(429, retry_after=said), TASKS]) as server:
        face.run(server.url, tasks)
    assert low <= pauses[0] <= high


def test_a_date_to_retry_after_is_waited_for(face: Face, pauses: list[float]) -> None:
    date = formatdate(time.time() + 20, usegmt=True)
    with Faulty([answer(503, retry_after=date), TASKS]) as server:
        face.run(server.url, tasks)
    assert 10 <= pauses[0] <= 20


def test_hints_on_what_a_user_can_mend(face: Face) -> None:
    for code, hint in [(401, "PARETA_API_KEY"), (402, "balance")]:
        with Faulty([answer(code)]) as server:
            assert hint in (failure(face, server.url, tasks).hint or "")
    with Faulty([answer(200, "")]) as server:
        assert "PARETA_BASE_URL" in (failure(face, server.url, tasks).hint or "")


def test_a_key_that_the_server_echoes_is_left_out(face: Face) -> None:
    for detail in (f"bad key {KEY}", {"given": [KEY]}):
        with Faulty([answer(401, json.dumps({"detail": detail}))]) as server:
            failure(face, server.url, tasks)
    with Faulty([answer(418, "{}", x_request_id=f"of {KEY}")]) as server:
        assert "request of [the key]" in str(failure(face, server.url, tasks))
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    for given in (KEY, escaped):
        with Faulty([answer(200, f'{{"tasks": [{{"id": "of {given}"}}]}}')]) as server:
            assert face.run(server.url, tasks)[0].id == "of [the key]"
    with Faulty([sse(f'data: {{"error": "bad key {KEY}"}}\n\n')]) as server:
        assert "bad key [the key]" in str(failure(face, server.url, chat))
    said = json.dumps({"message": f"bad key {KEY}"})
    with Faulty([sse(f"event: error\ndata: {said}\n\n")]) as server:
        assert "bad key [the key]" in str(failure(face, server.url, deployed))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_key(face: Face, code: int) -> None:
    with Faulty([TASKS]) as other:
        location = other.url.replace("127.0.0.1", "localhost")
        with Faulty([answer(code, "", location=f"{location}/v1/tasks")]) as server:
            found = failure(face, server.url, tasks)
        assert other.asked == []
    assert isinstance(found, errors.APIStatusError)
    assert "not followed" in (found.hint or "")


def test_nor_by_a_client_of_the_callers_that_follows() -> None:
    with Faulty([TASKS]) as other, Faulty([answer(302, "", location=other.url)]) as server:
        follows = httpx.Client(follow_redirects=True, trust_env=False)
        with follows, pytest.raises(errors.APIStatusError):
            Pareta(api_key=KEY, base_url=server.url, http_client=follows).tasks.list()
        assert other.asked == []


def test_every_request_carries_key_and_name(face: Face) -> None:
    with Faulty([TASKS]) as server:
        face.run(server.url + "/", tasks)
    (asked,) = server.asked
    assert asked.line == "GET /v1/tasks HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["user-agent"].startswith("pareta-plan/")
    assert "idempotency-key" not in asked.headers


def test_a_proxy_of_the_environment_never_sees_loopback(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Faulty([TASKS]) as server:
        assert len(face.run(server.url, tasks)) == 1


def test_other_hosts_are_reached_through_the_environments_proxy(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Faulty([b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        failure(face, "https://platform.invalid", tasks, max_retries=0)
    assert proxy.asked[0].line == "CONNECT platform.invalid:443 HTTP/1.1"
    assert KEY not in str(proxy.asked)


def test_a_bundle_of_authorities_is_read_from_the_environment(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/bundle.pem")
    with pytest.raises(errors.UsageError, match="SSL_CERT_FILE"):
        face.run("https://127.0.0.1:9", tasks)


def test_ids_are_quoted_in_paths(face: Face) -> None:
    with Faulty([answer(204, ""), answer(204, "")]) as server:
        face.run(server.url, lambda pa: pa.endpoints.delete("../tasks?x=1#y"))
        face.run(server.url, lambda pa: pa.endpoints.delete("a b/ü"))
    assert server.asked[0].line == "DELETE /v1/endpoints/..%2Ftasks%3Fx%3D1%23y HTTP/1.1"
    assert server.asked[1].line == "DELETE /v1/endpoints/a%20b%2F%C3%BC HTTP/1.1"


ROWS = [{"input": "ü"}]
WRITES: dict[str, tuple[bytes, Call]] = {
    "eval set": (
        SET,
        lambda pa: pa.evals.sets.create(task="a", items=ROWS, idempotency_key="k-1"),
    ),
    "eval run": (
        STARTED,
        lambda pa: pa.evals.runs.create(eval_set="es_1", models=["m"], idempotency_key="k-1"),
    ),
    "document": (
        answer(),
        lambda pa: pa.evals.sets.upload_document(
            "es_1", b"%PDF", idx=0, field_name="document", idempotency_key="k-1"
        ),
    ),
    "deploy": (
        sse(COMPLETE),
        lambda pa: pa.endpoints.deploy(task="a", wait=True, idempotency_key="k-1"),
    ),
    "start": (answer(), lambda pa: pa.endpoints.start("e", idempotency_key="k-1")),
    "stop": (answer(), lambda pa: pa.endpoints.stop("e", idempotency_key="k-1")),
    "chat": (
        CHAT,
        lambda pa: pa.chat.completions.create(model="e", messages=HELLO, idempotency_key="k-1"),
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_retried_write_keeps_its_key_and_its_body(face: Face, what: str) -> None:
    good, write = WRITES[what]
    with Faulty([b"", answer(503), good]) as server:
        face.run(server.url, write)
    assert [asked.headers["idempotency-key"] for asked in server.asked] == ["k-1"] * 3
    assert len({_without_boundary(asked) for asked in server.asked}) == 1


def _without_boundary(asked: Any) -> bytes:
    boundary = asked.headers.get("content-type", "").partition("boundary=")[2]
    body: bytes = asked.body
    return body.replace(boundary.encode(), b"") if boundary else body


def test_a_key_that_is_made_up_is_made_up_once_a_call(face: Face) -> None:
    matched = answer(body='{"query": "q", "matched": false}')
    with Faulty([b"", matched, matched]) as server:
        for _ in range(2):
            face.run(server.url, lambda pa: pa.tasks.match("q"))
    first, again, other = (asked.headers["idempotency-key"] for asked in server.asked)
    assert first == again != other


def test_rows_go_as_one_json_line_each(face: Face) -> None:
    rows = [{"input": "two\nlines \u2028 ü"}, {"input": "b"}]
    with Faulty([SET]) as server:
        face.run(server.url, lambda pa: pa.evals.sets.create(task="a", items=rows))
    body = server.asked[0].body.decode()
    assert [json.loads(line) for line in body.split("\n") if line.startswith("{")] == rows


def test_every_line_of_a_stream_is_read_as_it_was_sent(face: Face) -> None:
    said = 'data: {"id": "c", "choices": [{"delta": {"content": "a\u2028b\x85c 東"}}]}\r\n\r\n'
    with Faulty([sse(f": hello\r\n\r\n{said}data: [DONE]\r\n\r\n")]) as server:
        (chunk,) = face.collect(server.url, chat)
    assert chunk.choices[0].delta.content == "a\u2028b\x85c 東"


def attach(pa: Any) -> Any:
    return pa.evals.sets.upload_document(
        "es", b"12345", idx=3, field_name="document", mime="image/png", idempotency_key="k"
    )


@pytest.fixture
def inline_below_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "INLINE_DOCUMENT_BYTES", 4)


def minted(url: str) -> bytes:
    return answer(body=json.dumps({"upload_url": url, "storage_uri": "s://1"}))


@pytest.mark.usefixtures("inline_below_four")
def test_a_large_document_goes_to_its_url_without_the_key(face: Face) -> None:
    with (
        Faulty([b"", answer(503), answer(200, "")]) as store,
        Faulty([minted(f"{store.url}/put?signed=1"), answer()]) as server,
    ):
        face.run(server.url, attach)
    assert len(store.asked) == 3
    for put in store.asked:
        assert put.line == "PUT /put?signed=1 HTTP/1.1"
        assert "authorization" not in put.headers
        assert put.headers["content-type"] == "image/png"
        assert put.body == b"12345"
    assert json.loads(server.asked[1].body)["storage_uri"] == "s://1"
    assert server.asked[1].headers["idempotency-key"] == "k"


@pytest.mark.usefixtures("inline_below_four")
def test_a_failing_upload_is_its_error(face: Face) -> None:
    with Faulty([answer(403, "<Error/>")]) as store, Faulty([minted(store.url)]) as server:
        assert type(failure(face, server.url, attach)) is errors.PermissionDeniedError


UNREADABLE_URLS = [
    "{}",
    "[]",
    '{"upload_url": 5, "storage_uri": "s"}',
    '{"upload_url": "", "storage_uri": ""}',
    '{"upload_url": "http://127.0.0.1:1/", "storage_uri": ""}',
]
FORBIDDEN_URLS = [
    *(
        json.dumps({"upload_url": url, "storage_uri": "s"})
        for url in ("", "file:///etc/x", "ftp://h/x", "/put", "https://", "https://[x", "a b")
    ),
    '{"upload_url": "http://store.example/put", "storage_uri": "s"}',
    '{"upload_url": "https://h:port/put", "storage_uri": "s"}',
]


@pytest.mark.parametrize(
    ("body", "error"),
    [*((body, UNREAD) for body in UNREADABLE_URLS), *((body, LOST) for body in FORBIDDEN_URLS)],
)
@pytest.mark.usefixtures("inline_below_four")
def test_a_minted_url_that_no_document_may_go_to(
    face: Face, body: str, error: type[errors.ParetaError]
) -> None:
    with Faulty([answer(body=body)]) as server:
        assert type(failure(face, server.url, attach)) is error


@pytest.mark.usefixtures("inline_below_four")
def test_an_upload_from_loopback_to_https_is_verified(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorities are read only then, and read they are."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/bundle.pem")
    with (
        Faulty([minted("https://127.0.0.1:9/put")]) as server,
        pytest.raises(errors.UsageError, match="SSL_CERT_FILE"),
    ):
        face.run(server.url, attach)


BAD_URLS = [
    "https://h:port", "https://h:99999", "https://[bad", "https://h\n", "https://h \n", " ", "h",
    "\thttps://h", "https://", "ftp://h", "https:///v1", "https://h?x=1", "https://h#x",
    "http://platform.example", "http://127.0.0.1.example", "https://user:secret@h",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD_URLS)
@pytest.mark.parametrize("kind", [Pareta, AsyncPareta])
def test_a_url_that_no_key_may_go_to(kind: type[Pareta | AsyncPareta], url: str) -> None:
    with pytest.raises(errors.UsageError, match="PARETA_BASE_URL") as raised:
        kind(api_key=KEY, base_url=url)
    assert KEY not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("key", [None, "", " ", "\t\n", "a b", "key\n", "schlüssel"])
@pytest.mark.parametrize("kind", [Pareta, AsyncPareta])
def test_a_key_that_is_none(kind: type[Pareta | AsyncPareta], key: str | None) -> None:
    with pytest.raises(errors.UsageError, match=r"API.key|PARETA_API_KEY"):
        kind(api_key=key)


@pytest.mark.parametrize("face_", FACES, ids=lambda face: face.name)
def test_no_repr_tells_the_key(face_: Face) -> None:
    kind = Pareta if face_ is SYNC else AsyncPareta
    pa = kind(api_key=KEY, base_url="http://127.0.0.1:9")
    shown = [pa, pa._api, pa.tasks, pa.evals.runs, pa.endpoints.metrics("e"), pa.chat.completions]
    assert KEY not in " ".join(f"{one!r} {one}" for one in shown)


@pytest.mark.parametrize(
    "figures",
    [
        {"cost_per_request_micro_usd": -1},
        {"cost_per_request_micro_usd": 10**13},
        {"quality": float("nan")},
        {"quality": float("inf")},
    ],
)
def test_figures_that_cannot_be_are_no_answer(figures: dict[str, float]) -> None:
    board = {"task_id": "t", "models": [{"name": "m", "kind": "open", **figures}]}
    with pytest.raises(errors.APIConnectionError, match=r"not a Leaderboard: models\.0\."):
        decoded(board, Leaderboard)
