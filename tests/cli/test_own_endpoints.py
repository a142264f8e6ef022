"""An endpoint of a project's own model: chats passed on whole, streamed, billed, kept nameless."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from pareta_plan.platform.providers.retries import MOST_LIVE_TRIES
from tests.cli.projects import endpoints
from tests.cli.test_own_models import project, provider  # noqa: F401 - a fixture
from tests.conftest import CATALOG
from tests.platform.driving import KEY, chat, client_of
from tests.platform.providers.faults import hurried
from tests.platform.providers.scripted_provider import (
    ALL,
    COUNTED,
    DONE,
    ScriptedProvider,
    answers,
    chunk,
    completion,
    error,
    streams,
)

if TYPE_CHECKING:
    from tests.conftest import Cli

REAL = "Qwen/Qwen3-8B"
PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@contextmanager
def served(cli: Cli, url: str, **more: Any) -> Iterator[tuple[httpx.Client, str]]:
    """The project's endpoint, deployed, behind the platform's HTTP."""
    from pareta_plan.cli.own_models import own_models
    from pareta_plan.platform.server import LocalServer
    from pareta_plan.project.project import Project

    project(cli, url, **more)
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended
    [endpoint] = endpoints(cli.root)
    state, own = cli.root / ".pareta" / "platform", own_models(Project(cli.root))
    with (
        LocalServer(state, KEY, catalog_folders=[CATALOG], own=own) as server,
        client_of(server.url) as http,
    ):
        yield http, endpoint


def spent(http: httpx.Client, endpoint: str) -> int:
    return int(http.get(f"/v1/endpoints/{endpoint}/cost").json()["total_cost_micro_usd"])


def test_a_chat_is_passed_on_whole(cli: Cli, provider: ScriptedProvider) -> None:  # noqa: F811
    with served(cli, provider.url("box")) as (http, endpoint):
        called = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        provider.scripts["box"] = [
            answers(
                200,
                completion(
                    None,
                    finish="tool_calls",
                    message={"tool_calls": [called]},
                    model=REAL,
                    id=f"{REAL}-1",
                    system_fingerprint="fp_of_qwen",
                    provider="box 7",
                ),
                times=ALL,
            )
        ]
        before = spent(http, endpoint)
        asked = {
            "tools": [TOOL],
            "tool_choice": "auto",
            "max_tokens": 9,
            "temperature": 0.5,
            "response_format": {"type": "json_object"},
            "headers": {"Idempotency-Key": "once"},
        }
        first = chat(http, endpoint, "Where is it?", **asked)
        assert first.status_code == 200, first.text
        told = first.json()
        assert told["choices"][0]["message"]["tool_calls"] == [called]
        assert told["choices"][0]["finish_reason"] == "tool_calls"
        assert (told["model"], told["usage"]["total_tokens"]) == (endpoint, 127)
        assert set(told) == {"id", "object", "created", "model", "choices", "usage"}
        assert "qwen" not in (first.text + str(first.headers)).lower()
        assert first.headers["x-pareta-billed"] == "8", "7.4 micro-dollars, rounded up"
        assert spent(http, endpoint) - before == 7, "14.8 for two, and sums are exact"

        sent = provider.asked["box"][-1].body
        assert (sent["model"], sent["max_tokens"], sent["tools"]) == (REAL, 9, [TOOL])
        assert sent["response_format"] == {"type": "json_object"}
        assert [one["role"] for one in sent["messages"]] == ["system", "user"]

        made = len(provider.asked["box"])
        again = chat(http, endpoint, "Where is it?", **asked)
        assert (again.json(), again.headers["x-pareta-billed"]) == (told, "0")
        assert len(provider.asked["box"]) == made

        talk = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Where?"},
            {"role": "assistant", "tool_calls": [called]},
            {"role": "tool", "tool_call_id": "c1", "content": "here"},
        ]
        http.post("/v1/chat/completions", json={"model": endpoint, "messages": talk})
        assert provider.asked["box"][-1].body["messages"] == talk

        seeing = [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}]
        refused = chat(http, endpoint, seeing, max_tokens=5)
        assert refused.status_code == 422
        assert "nothing is fetched" in refused.json()["detail"]


def test_a_stream_comes_as_it_comes_and_ends_when_it_is_left(
    cli: Cli,
    provider: ScriptedProvider,  # noqa: F811
) -> None:
    with served(cli, provider.url("box")) as (http, endpoint):
        slowly: list[bytes | float] = [0.05, chunk(" more")] * 400
        provider.scripts["box"] = [
            streams(chunk("Gone", model=REAL), 0.4, chunk("!", "stop"), COUNTED, DONE),
            streams(chunk("One"), *slowly, times=ALL),
        ]
        provider.asked["box"].clear()
        body = {"model": endpoint, "messages": [{"role": "user", "content": "x"}], "stream": True}
        arrived: list[tuple[float, str]] = []
        key = {"Idempotency-Key": "streamed"}
        with http.stream("POST", "/v1/chat/completions", json=body, headers=key) as answer:
            assert "x-pareta-billed" not in answer.headers, "nobody knows it yet"
            arrived += [(time.monotonic(), one) for one in answer.iter_lines() if one]
        assert arrived[1][0] - arrived[0][0] > 0.2, "the first was not kept back"
        lines = [line for _, line in arrived]
        assert lines[-1] == "data: [DONE]"
        assert "qwen" not in "".join(lines).lower()
        texts = [json.loads(line[6:]) for line in lines[:-1]]
        assert [one["choices"][0]["delta"].get("content") for one in texts] == ["Gone", "!"]
        assert {one["model"] for one in texts} == {endpoint}
        replayed = http.post("/v1/chat/completions", json=body, headers=key)
        assert [line for line in replayed.text.split("\n\n") if line] == lines
        assert replayed.headers["x-pareta-billed"] == "0"
        assert len(provider.asked["box"]) == 1

        before = spent(http, endpoint)
        with http.stream("POST", "/v1/chat/completions", json=body) as answer:
            next(answer.iter_lines())
        deadline = time.monotonic() + 10
        while (provider.at_once("box") or spent(http, endpoint) == before) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.02)
        assert not provider.at_once("box"), "it was ended at the provider"
        assert 0 < spent(http, endpoint) - before < 400, "what came is paid for, and no more"


def test_whoever_waits_for_one_answer_goes_before_rows(
    cli: Cli,
    provider: ScriptedProvider,  # noqa: F811
) -> None:
    """As a live request does, it has fewer tries too."""
    with served(cli, provider.url("box")) as (http, endpoint), hurried():
        provider.scripts["box"] = [answers(503, error("busy"), times=ALL)]
        provider.asked["box"].clear()
        assert chat(http, endpoint, "one question and nothing else").status_code == 503
        assert len(provider.asked["box"]) == MOST_LIVE_TRIES


def test_errors_of_a_provider_name_no_model(cli: Cli, provider: ScriptedProvider) -> None:  # noqa: F811
    with served(cli, provider.url("box")) as (http, endpoint):
        provider.scripts["box"] = [
            answers(400, error(f"{REAL} takes no such thing")),
            answers(404, error(f"no {REAL} here")),
            streams(chunk("One"), b'data: {"error": {"message": "Qwen/Qwen3-8B died"}}\n\n'),
        ]
        provider.asked["box"].clear()
        before = spent(http, endpoint)
        rejected = chat(http, endpoint, "x", max_tokens=5)
        gone = chat(http, endpoint, "x", max_tokens=5)
        streamed = chat(http, endpoint, "x", stream=True)
        assert (rejected.status_code, gone.status_code) == (422, 503)
        assert rejected.json()["detail"] == "the provider box rejected the request (HTTP 400)"
        assert "the provider box" in streamed.text
        for answer in (rejected, gone, streamed):
            assert "qwen" not in answer.text.lower()
        assert spent(http, endpoint) - before > 0, "the half of a stream that came"
