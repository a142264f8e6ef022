"""Many questions to a provider: what goes out, what is kept when it fails, how fast it is asked."""

from __future__ import annotations

import concurrent.futures
import json
import socket
import threading
import time
from typing import Any

import pytest

from pareta_plan.platform.document import Document
from pareta_plan.platform.providers.answers import Answer
from pareta_plan.platform.providers.calling import Model
from pareta_plan.platform.providers.faults import ProviderDown, ProviderError
from pareta_plan.platform.providers.request import Example, Request, Wanted
from pareta_plan.platform.providers.transport import MOST_BYTES, Transport
from tests.platform.providers.faults import (
    CHAT,
    DROPS,
    FINE,
    KEY,
    REQUEST,
    ROWS,
    ask_all,
    flight_of,
    model_at,
)
from tests.platform.providers.scripted_provider import (
    ALL,
    DONE,
    ScriptedProvider,
    Step,
    answers,
    chunk,
    completion,
    error,
    http,
    says,
    streams,
)

PNG = Document(b"\x89PNG", "image/png")
GONE = answers(401, error("no"))


def _many(model: Model, n: int) -> tuple[int, list[ProviderError], ProviderError | None]:
    """How many rows were answered, the errors of others, and the error that ended them all."""
    answered, failed = 0, list[ProviderError]()
    try:
        for _, told in ask_all(model, ((i, REQUEST) for i in range(n))):
            if isinstance(told, Answer):
                answered += 1
            else:
                failed.append(told)
    except ProviderError as ended:
        return answered, failed, ended
    return answered, failed, None


def test_what_goes_out(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["out"] = [FINE]
    example = Example("A printer jams.", "low")
    content = ("This page:", PNG)
    model_at(provider.url("out"), sent).ask(Request(content, 20, "Urgent?", (example,), ROWS))
    asked = provider.asked["out"][0]
    assert asked.path == "/out/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["accept-encoding"] == "identity"
    system, shown, right, question = asked.body.pop("messages")
    assert system["content"].startswith("Urgent?\n\nAnswer with JSON alone")
    assert (shown["content"], right["content"]) == ("A printer jams.", '{"label":"low"}')
    text, image = question["content"]
    assert text == {"type": "text", "text": "This page:"}
    assert image == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
    held = asked.body.pop("response_format")["json_schema"]
    assert held["strict"] is True
    assert held["schema"]["properties"] == {"label": {"type": "string", "enum": ["low", "high"]}}
    assert asked.body == {
        "model": "acme/triage-9b",
        "max_tokens": 20,
        "temperature": 0.0,
        "seed": 0,
    }


def test_what_is_learnt_is_remembered(provider: ScriptedProvider, sent: Transport) -> None:
    no = error("response_format of type json_schema is not supported")
    schema = lambda body: body.get("response_format", {}).get("type") == "json_schema"  # noqa: E731
    provider.scripts["learnt"] = [answers(400, no, when=schema, times=ALL), FINE]
    model = model_at(provider.url("learnt"), sent, concurrency=1)
    answered, _, _ = _many(model, 20)
    assert (answered, len(provider.asked["learnt"]), model.held) == (20, 21, "json")


def test_a_row_that_is_refused_teaches_nothing(provider: ScriptedProvider, sent: Transport) -> None:
    """What is dropped because of a refusal comes back when that didn't help."""
    bad = lambda body: "poison" in str(body["messages"])  # noqa: E731
    no = error("temperature, seed and response_format of this row are no good")
    provider.scripts["row"] = [answers(400, no, when=bad, times=ALL), FINE]
    model = model_at(provider.url("row"), sent, concurrency=1)
    with pytest.raises(ProviderError, match="rejected the request"):
        model.ask(Request("poison", 20, wanted=ROWS))
    assert model.ask(REQUEST).output == "high"
    assert {"temperature", "seed", "response_format"} <= set(provider.asked["row"][-1].body)
    assert model.held == "schema"


def test_a_refusal_that_quotes_the_request_teaches_nothing(
    provider: ScriptedProvider, sent: Transport
) -> None:
    quoted = {"detail": [{"loc": ["body", "messages"], "msg": "bad", "input": {"seed": "seed"}}]}
    provider.scripts["quoted"] = [answers(422, quoted)]
    with pytest.raises(ProviderError, match="rejected the request"):
        model_at(provider.url("quoted"), sent).ask(REQUEST)
    assert len(provider.asked["quoted"]) == 1


def test_anthropic_is_asked_in_its_own_form(provider: ScriptedProvider, sent: Transport) -> None:
    fine = {"content": [{"type": "text", "text": '{"label": "low"}'}], "stop_reason": "end_turn"}
    provider.scripts["claude"] = [answers(200, fine | {"usage": {}})]
    model = model_at(provider.url("claude"), sent, protocol="anthropic")
    model.ask(Request(("See:", PNG), 20, "Urgent?", (Example("A jam.", "low"),), ROWS))
    asked = provider.asked["claude"][0]
    assert asked.path == "/claude/v1/messages"
    assert (asked.headers["x-api-key"], asked.headers["anthropic-version"]) == (KEY, "2023-06-01")
    assert "authorization" not in asked.headers
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    assert asked.body["messages"][-1]["content"][1] == {"type": "image", "source": source}
    assert asked.body["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert {"seed", "response_format"}.isdisjoint(asked.body)
    assert asked.body["system"].startswith("Urgent?\n\nAnswer with JSON alone")
    assert asked.body["max_tokens"] == 20


def test_anthropics_tools_are_passed_on(provider: ScriptedProvider, sent: Transport) -> None:
    use = {"type": "tool_use", "id": "t1", "name": "look_up", "input": {"id": 7}}
    usage = {"input_tokens": 1, "output_tokens": 2}
    message = {"content": [use], "stop_reason": "tool_use", "usage": usage}
    provider.scripts["tools"] = [answers(200, message)]
    function = {"name": "look_up", "parameters": {"type": "object"}}
    call = {"id": "t0", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    said = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t0", "content": "none"},
    ]
    model = model_at(provider.url("tools"), sent, protocol="anthropic")
    tools = [{"type": "function", "function": function}]
    body = {"messages": said, "tools": tools, "tool_choice": "required", "max_tokens": 9}
    choice = model.complete(body)["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"] == {
        "name": "look_up",
        "arguments": '{"id":7}',
    }
    asked = provider.asked["tools"][0].body
    assert asked["tool_choice"] == {"type": "any"}
    assert asked["messages"][1]["content"] == [
        {"type": "tool_use", "id": "t0", "name": "look_up", "input": {}}
    ]
    assert asked["messages"][2]["content"][0]["type"] == "tool_result"


def test_a_chat_is_passed_on(provider: ScriptedProvider, sent: Transport) -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    odd = {"provider": "Acme", "timings": {}, "message": {"tool_calls": [call]}}
    provider.scripts["chat"] = [says(None, finish="tool_calls", **odd)]
    model = model_at(provider.url("chat"), sent)
    whole = model.complete({**CHAT, "tools": tools, "top_k": 3})
    assert whole["choices"][0]["message"]["tool_calls"] == [call]
    assert set(whole) == {"id", "object", "created", "model", "choices", "usage"}
    assert whole["model"] == CHAT["model"]
    body = provider.asked["chat"][0].body
    assert (body["model"], body["tools"], body["top_k"]) == ("acme/triage-9b", tools, 3)
    assert "response_format" not in body


def test_a_stream_comes_as_it_is_made(provider: ScriptedProvider, sent: Transport) -> None:
    slow = streams(chunk("a"), 0.2, chunk("b"), 0.2, chunk(None, "stop"), DONE)
    provider.scripts["live"] = [slow]
    begun = time.perf_counter()
    chunks = model_at(provider.url("live"), sent).stream(CHAT)
    at = [time.perf_counter() - begun for one in chunks if one["model"] == CHAT["model"]]
    assert at[2] - at[0] > 0.2
    assert provider.asked["live"][0].body["stream_options"] == {"include_usage": True}


def test_a_stream_that_is_left_ends(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["left"] = [streams(chunk("a"), 30.0), FINE]
    model = model_at(provider.url("left"), sent, concurrency=1)
    chunks = model.stream(CHAT)
    next(chunks)
    chunks.close()
    assert model.ask(REQUEST).output == "high"  # its place is free


def test_a_key_revoked_half_way_keeps_what_was_scored(
    provider: ScriptedProvider, sent: Transport
) -> None:
    provider.scripts["revoked"] = [Step(FINE.pieces, True, times=20), GONE]
    answered, failed, ended = _many(model_at(provider.url("revoked"), sent, concurrency=4), 1000)
    assert (answered, failed) == (20, [])
    assert ended
    assert ended.kind == "key"
    assert ended.ends_run
    assert len(provider.asked["revoked"]) <= 24


def test_a_model_gone_ends_its_run_alone(provider: ScriptedProvider, sent: Transport) -> None:
    gone = lambda body: body.get("model") == "gone"  # noqa: E731
    provider.scripts["two"] = [answers(404, error("no"), when=gone, times=ALL), FINE]
    here = model_at(provider.url("two"), sent, concurrency=2)
    there = Model(here.provider, "gone")
    answered, _, ended = _many(there, 100)
    assert (answered, ended and ended.kind) == (0, "model")
    assert len(provider.asked["two"]) <= 4
    assert _many(here, 10)[0] == 10


def test_a_provider_that_is_down_ends_the_run_after_tens_of_tries(
    provider: ScriptedProvider, sent: Transport
) -> None:
    provider.scripts["down"] = [Step(FINE.pieces, True, times=5), DROPS]
    model = model_at(provider.url("down"), sent, concurrency=50)
    answered, _, ended = _many(model, 10_000)
    assert answered == 5
    assert isinstance(ended, ProviderDown)
    assert "given up after" in str(ended)
    assert len(provider.asked["down"]) <= 110
    with pytest.raises(ProviderDown):
        model.ask(REQUEST)


def test_a_provider_that_is_back_is_asked_again(
    provider: ScriptedProvider, sent: Transport
) -> None:
    provider.scripts["back"] = [GONE, FINE]
    model = model_at(provider.url("back"), sent)
    with pytest.raises(ProviderError, match="refused the key"):
        model.ask(REQUEST)
    assert model.ask(REQUEST, live=True).output == "high"  # an application tries it
    assert model.ask(REQUEST).output == "high"


def test_a_row_that_always_fails_ends_nothing(provider: ScriptedProvider, sent: Transport) -> None:
    bad = lambda body: "poison" in str(body)  # noqa: E731
    provider.scripts["poison"] = [answers(500, error("oops"), when=bad, times=ALL), FINE]
    model = model_at(provider.url("poison"), sent, concurrency=4)
    rows = [Request("poison" if i == 5 else "x", 20, wanted=ROWS) for i in range(40)]
    told = dict(ask_all(model, enumerate(rows)))
    failed = [i for i, one in told.items() if isinstance(one, ProviderError)]
    assert failed == [5]
    assert len(told) == 40


def test_a_storm_passes(provider: ScriptedProvider, sent: Transport) -> None:
    """A limit halves what is in flight; afterwards it grows again, and no row is lost."""
    many = answers(429, error("slow down"), "Retry-After: 0")
    provider.scripts["storm"] = [Step(many.pieces, True, times=30), FINE]
    model = model_at(provider.url("storm"), sent, concurrency=16)
    answered, failed, ended = _many(model, 300)
    assert (answered, failed, ended) == (300, [], None)
    assert model.provider.pace.bearable >= 12


def test_what_is_not_begun_is_taken_back(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["wide"] = [Step([0.2, *FINE.pieces], times=ALL)]
    flight = flight_of(model_at(provider.url("wide"), sent, concurrency=5))
    flight.send_off((i, REQUEST) for i in range(20))
    while len(provider.asked["wide"]) < 5:
        time.sleep(0.01)
    assert sorted(flight.take_back()) == [*range(5, 20)]
    heard = dict[int, object]()
    while len(heard) < 5:
        heard |= flight.heard(1)
    assert sorted(heard) == [*range(5)]
    assert [*flight.heard(0.05)] == []
    assert len(provider.asked["wide"]) == 5


def test_closing_cancels_what_is_under_way(provider: ScriptedProvider) -> None:
    provider.scripts["stuck"] = [Step([30.0])]
    before = threading.active_count()
    with Transport() as own:
        model = model_at(provider.url("stuck"), own, timeout_seconds=30)
        futures = [model.submit(REQUEST) for _ in range(3)]
        time.sleep(0.05)
        begun = time.perf_counter()
    assert time.perf_counter() - begun < 2
    for future in futures:
        with pytest.raises(concurrent.futures.CancelledError):
            future.result()
    with pytest.raises(RuntimeError, match="closed"):
        model.ask(REQUEST)
    assert threading.active_count() == before


def test_closing_ends_a_run_that_waits(provider: ScriptedProvider) -> None:
    provider.scripts["run"] = [Step([30.0])]
    ended = list[BaseException]()
    with Transport() as own:
        model = model_at(provider.url("run"), own, timeout_seconds=30, concurrency=3)

        def wait() -> None:
            try:
                _many(model, 100)
            except concurrent.futures.CancelledError as error:
                ended.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
    waiting.join(timeout=5)
    assert not waiting.is_alive()
    assert len(ended) == 1


def test_what_is_no_question_is_raised(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["pdf"] = [FINE]
    pdf = Request((Document(b"%PDF", "application/pdf"),), 20)
    with pytest.raises(ValueError, match="a model is sent images, not application/pdf"):
        list(ask_all(model_at(provider.url("pdf"), sent), [(1, pdf)]))


def test_a_redirect_sends_the_key_nowhere(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["thief"] = [FINE]
    to = f"Location: {provider.url('thief')}/chat/completions"
    for name, status in (("moved", 308), ("found", 302)):
        provider.scripts[name] = [answers(status, b"", to)]
        with pytest.raises(ProviderError, match="not followed"):
            model_at(provider.url(name), sent).ask(REQUEST)
    assert "thief" not in provider.asked


def test_proxies_and_netrc_of_the_environment_are_not_used(
    provider: ScriptedProvider, sent: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.scripts[""] = [FINE]
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{provider.port}")
    own = model_at("http://127.0.0.1:9/x/v1", sent)
    with pytest.raises(ProviderError, match="can't be reached"):
        own.ask(REQUEST)
    assert "" not in provider.asked  # a proxy is asked for whole addresses


@pytest.mark.parametrize(
    ("address", "kind"),
    [("169.254.169.254", "address"), ("fe80::1%1", "address"), ("93.184.215.14", "address")],
)
def test_a_name_that_leads_elsewhere_is_refused_when_it_is_called(
    address: str, kind: str, sent: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one would be no metadata service, but `localhost` is this machine or nothing."""

    def lead(_host: object, port: int, *_: object, **__: object) -> object:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        where = (address, port, 0, 0) if ":" in address else (address, port)
        return [(family, socket.SOCK_STREAM, 6, "", where)]

    monkeypatch.setattr(socket, "getaddrinfo", lead)
    with pytest.raises(ProviderError) as failed:
        model_at("http://localhost:80/v1", sent).ask(REQUEST)
    assert (failed.value.kind, failed.value.ends_run) == (kind, True)


def test_nothing_is_larger_than_it_may_be() -> None:
    assert MOST_BYTES <= 16 * 1024 * 1024


def test_a_schema_is_held_as_vendors_know_it(provider: ScriptedProvider, sent: Transport) -> None:
    items = {"type": "object", "properties": {"sku": {"type": ["string", "null"], "maxLength": 9}}}
    schema = {
        "type": "object",
        "properties": {
            "total": {"type": ["number", "null"], "minimum": 0, "description": "of all"},
            "lines": {"type": ["array", "null"], "items": items, "maxItems": 3},
        },
        "additionalProperties": False,
    }
    wanted = Wanted(schema=schema)
    provider.scripts["schema"] = [says('{"total": -1}'), says('{"total": 1, "lines": null}')]
    model = model_at(provider.url("schema"), sent)
    assert model.ask(Request("x", 20, wanted=wanted)).fault == "outside"  # of our own minimum
    assert model.ask(Request("x", 20, wanted=wanted)).output == {"total": 1, "lines": None}
    held = provider.asked["schema"][0].body["response_format"]["json_schema"]
    assert held["strict"] is True
    assert held["schema"] == {
        "type": "object",
        "properties": {
            "total": {"type": ["number", "null"], "description": "of all"},
            "lines": {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "properties": {"sku": {"type": ["string", "null"]}},
                    "additionalProperties": False,
                    "required": ["sku"],
                },
            },
        },
        "additionalProperties": False,
        "required": ["total", "lines"],
    }


def test_never_more_in_flight_than_declared(provider: ScriptedProvider, sent: Transport) -> None:
    body = json.dumps(completion('{"label": "low"}')).encode()
    provider.scripts["flying"] = [Step([0.02, http(200, body)], stays=True)]
    begun = provider.most_at_once["flying"]
    answered, _, _ = _many(model_at(provider.url("flying"), sent, concurrency=8), 100)
    assert (begun, answered) == (0, 100)
    assert 5 <= provider.most_at_once["flying"] <= 8


def test_text_that_is_no_unicode_is_sent_escaped(
    provider: ScriptedProvider, sent: Transport
) -> None:
    provider.scripts["odd"] = [FINE]
    odd = Request("\ud800 \x00 \u2028 \U0001f525", 20, wanted=ROWS)
    assert model_at(provider.url("odd"), sent).ask(odd).output == "high"
    assert odd.most_prompt_tokens(None)
    assert provider.asked["odd"][0].body["messages"][-1]["content"] == odd.content


def test_what_can_not_be_passed_on_is_told(provider: ScriptedProvider, sent: Transport) -> None:
    provider.scripts["none"] = [FINE]
    model = model_at(provider.url("none"), sent, protocol="anthropic", concurrency=1)
    bodies: list[dict[str, Any]] = [
        *[{}, {"messages": [{}]}],
        {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
    ]
    for bad in bodies:
        with pytest.raises(ValueError, match=r"form|passed on"):
            model.complete(bad)
        with pytest.raises(ValueError, match=r"form|passed on"):
            list(model.stream(bad))
    assert "none" not in provider.asked


def test_an_applications_bad_requests_end_no_run(
    provider: ScriptedProvider, sent: Transport
) -> None:
    bad = lambda body: "tools" in body  # noqa: E731
    provider.scripts["app"] = [answers(400, error("bad tools"), when=bad, times=ALL), FINE]
    model = model_at(provider.url("app"), sent)
    for _ in range(40):
        with pytest.raises(ProviderError, match="rejected the request"):
            model.complete({**CHAT, "tools": []})
    assert model.ask(REQUEST).output == "high"
