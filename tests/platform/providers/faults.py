"""The faults of providers, each with what comes of it.

    python -m tests.platform.providers.faults

prints the table: what the row gets, the tries and the requests that it took, how many tries may
have cost something that nobody told, and what is billed, in nano-dollars.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from fractions import Fraction
from typing import Any, Literal
from unittest.mock import patch

from pydantic import SecretStr

from pareta_plan.platform.providers import retries, transport
from pareta_plan.platform.providers.answers import Answer, load
from pareta_plan.platform.providers.calling import Model
from pareta_plan.platform.providers.chat_completions import usage_of
from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.flight import Flight
from pareta_plan.platform.providers.prices import Rate, TokenPrice
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.request import Request, Wanted
from pareta_plan.platform.providers.transport import Transport
from tests.platform.providers.scripted_provider import (
    ALL,
    COUNTED,
    DONE,
    TOKENS,
    ScriptedProvider,
    Step,
    answers,
    chunk,
    completion,
    error,
    event,
    http,
    says,
    scripted_provider,
    streams,
)

KEY = "sk-decoy-7f3a9c51e2d84b60"
"""The key of the run, which nothing may tell."""
PRICE = TokenPrice(
    input=Rate(Fraction("0.05")),
    output=Rate(Fraction("0.2")),
    cached=Rate(Fraction("0.005")),
    source="declared",
)
WHOLE = 120 * 50 + 7 * 200
"""Nano-dollars of `TOKENS`."""
CONTEXT = 4096
SECONDS = 5.0
SHORT = 0.4
"""For those that are to run out of time."""
Way = Literal["ask", "stream"]


@dataclass(frozen=True)
class Outcome:
    """What came of one row: a label, a fault of the model's, or the kind of an error."""

    what: str
    tries: int = 1
    requests: int = 1
    lost: int = 0
    nano_usd: int = 0
    ends_run: bool = False
    exact: bool = True


@dataclass(frozen=True)
class Case:
    """A provider that answers so, and what comes of it."""

    name: str
    steps: tuple[Step, ...]
    outcome: Outcome
    way: Way = "ask"
    protocol: Literal["openai", "anthropic"] = "openai"

    @property
    def seconds(self) -> float:
        """How long a try may take."""
        waits = [p for step in self.steps for p in step.pieces if isinstance(p, float)]
        return SHORT if max(waits, default=0.0) > SHORT else SECONDS


def _label(label: str) -> str:
    return json.dumps({"label": label})


FINE = says(_label("high"))
DROPS = Step()
STALLS = Step([1.0])
ROWS = Wanted(labels=("low", "high"))
REQUEST = Request("The server is on fire.", 20, "How urgent is it?", wanted=ROWS)
CHAT = {"model": "triage", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 20}
WORST = int(PRICE.worst(REQUEST.most_prompt_tokens(CONTEXT) or 0, 20) * 1000)


def _then_fine(step: Step, **more: Any) -> tuple[tuple[Step, ...], Outcome]:
    return (step, FINE), Outcome("high", 2, 2, nano_usd=WHOLE, **more)


def _always(step: Step, kind: str, tries: int = 6, **more: Any) -> tuple[tuple[Step, ...], Outcome]:
    lost = tries if more.pop("lost", False) else 0
    return (step,), Outcome(kind, tries, tries, lost, **more)


def _at_once(step: Step, kind: str) -> tuple[tuple[Step, ...], Outcome]:
    return (step, FINE), Outcome(kind, ends_run=True)


def _gets(step: Step, what: str, nano_usd: int = WHOLE, **more: Any) -> Any:
    return (step,), Outcome(what, nano_usd=nano_usd, **more)


def _half(body: bytes) -> Step:
    whole = http(200, body)
    return Step([whole[: len(whole) // 2 + 60]])


def _when(name: str, value: Any = None) -> Any:
    """Whether a body has a member, or has it with a value in it."""
    return lambda body: name in body and (value is None or value in json.dumps(body[name]))


_TOO_LONG = error(
    "This model's maximum context length is 4096 tokens.", code="context_length_exceeded"
)
_LLAMA = {"error": {"code": 400, "message": "request exceeds", "type": "exceed_context_size_error"}}
_QUOTA = error("You exceeded your current quota.", code="insufficient_quota")
_MANY = {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}
_LEAK = error(f"Incorrect API key provided: {KEY}.", code="invalid_api_key")
_GOOGLE = [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}]
_DEEP = b"[" * 100_000

ANSWERED: dict[str, Any] = {
    "a fine answer": _gets(FINE, "high"),
    "null content": _gets(says(None), "not_json"),
    "prose, the schema ignored": _gets(says("It is quite urgent."), "not_json"),
    "a label of its own": _gets(says(_label("extreme")), "outside"),
    "another object": _gets(says('{"urgency": "high"}'), "outside"),
    "a bare label, in capitals": _gets(says(" HIGH\n"), "high"),
    "a fence and a thought": _gets(says('<think>?</think>```json\n{"label":"low"}\n```'), "low"),
    "out of tokens": _gets(says('{"label": "hi', finish="length"), "cut"),
    "out of tokens, all thought": _gets(says(None, finish="length"), "cut"),
    "an end that nobody knows": _gets(says(_label("low"), finish="repetition"), "cut"),
    "a refusal": _gets(says(None, message={"refusal": "I can't."}), "refused"),
    "a content filter's end": _gets(says("", finish="content_filter"), "refused"),
    "JSON under another content type": _gets(
        answers(200, completion(_label("low")), kind="text/plain"), "low"
    ),
    "text in parts": _gets(says([{"type": "text", "text": _label("low")}]), "low"),
    "tokens missing": _gets(says(_label("low"), usage=None), "low", WORST, exact=False),
    "negative tokens": _gets(
        says(_label("low"), usage=TOKENS | {"prompt_tokens": -5}), "low", WORST, exact=False
    ),
    "tokens as words": _gets(
        says(_label("low"), usage=TOKENS | {"completion_tokens": "7"}), "low", WORST, exact=False
    ),
    "cached tokens": _gets(
        says(_label("low"), usage=TOKENS | {"prompt_tokens_details": {"cached_tokens": 100}}),
        "low",
        20 * 50 + 100 * 5 + 7 * 200,
    ),
    "more cached than there were": _gets(
        says(_label("low"), usage=TOKENS | {"prompt_cache_hit_tokens": 500}),
        "low",
        120 * 5 + 7 * 200,
    ),
    "thoughts in the total alone": _gets(
        says(_label("low"), usage=TOKENS | {"total_tokens": 420}), "low", 120 * 50 + 300 * 200
    ),
    "a context too small": _gets(answers(400, _TOO_LONG), "cut", 0),
    "llama.cpp's context too small": _gets(answers(400, _LLAMA), "cut", 0),
    "a request too large": _gets(answers(413, b"<html>"), "cut", 0),
    "a content policy": _gets(
        answers(400, error("Blocked", code="content_policy_violation")), "refused", 0
    ),
    "OpenRouter's moderation": _gets(
        answers(403, error("Your input was flagged", metadata={"reasons": ["x"]})), "refused", 0
    ),
    "Groq's failed JSON": _gets(
        answers(400, error("Failed to generate JSON.", code="json_validate_failed")),
        "not_json",
        WORST,
        exact=False,
    ),
}
FAILED: dict[str, Any] = {
    "slow once": _then_fine(STALLS, lost=1),
    "always slow": _always(STALLS, "timeout", lost=True),
    "slow in the middle": _then_fine(Step([http(200, b"x" * 99)[:60], 1.0]), lost=1),
    "drops a connection": _then_fine(DROPS, lost=1),
    "drops every connection": _always(DROPS, "connection", 5, lost=True, ends_run=True),
    "a body cut": _then_fine(_half(json.dumps(completion(_label("low"))).encode()), lost=1),
    "every body cut": _always(_half(b"{}" * 200), "cut_stream", lost=True),
    "429, Retry-After in seconds": _then_fine(answers(429, _MANY, "Retry-After: 0")),
    "429, Retry-After as a date": _then_fine(answers(429, _MANY, f"Retry-After: {formatdate(0)}")),
    "429, retry-after-ms": _then_fine(answers(429, _MANY, "retry-after-ms: 20")),
    "429, a Retry-After of nonsense": _then_fine(answers(429, _MANY, "Retry-After: soon")),
    "a storm of 429": _always(answers(429, _MANY, "Retry-After: 0"), "limit"),
    "a storm of 429 with dates": _always(
        answers(429, _MANY, f"Retry-After: {formatdate(0)}"), "limit"
    ),
    "429, an empty account": _at_once(answers(429, _QUOTA), "quota"),
    "402": _at_once(answers(402, {"error": {"message": "Insufficient Balance"}}), "quota"),
    "503 once": _then_fine(answers(503, b"busy")),
    "always 503": _always(answers(503, b"busy"), "overloaded"),
    "529 once": _then_fine(answers(529, b"")),
    "500 once": _then_fine(answers(500, error("oops"))),
    "always 500": _always(answers(500, error("oops")), "server"),
    "502 with a page": _then_fine(answers(502, b"<html>Bad Gateway</html>", kind="text/html")),
    "504 once": _then_fine(answers(504, b""), lost=1),
    "a wrong key": _at_once(answers(401, _LEAK), "key"),
    "a key that may not": _at_once(answers(403, _LEAK), "key"),
    "Google's wrong key": _at_once(answers(400, _GOOGLE), "key"),
    "no such model": _at_once(answers(404, error("no model", code="model_not_found")), "model"),
    "a model gone": _at_once(answers(410, error("retired")), "model"),
    "a request that it rejects": _always(answers(400, error("bad messages")), "rejected", 1),
    "a redirect": _at_once(answers(307, b"", "Location: http://127.0.0.1:1/x"), "redirect"),
    "a redirect of old": _at_once(answers(301, b"", "Location: /elsewhere"), "redirect"),
    "a huge body": _always(answers(200, b" " * 200_000), "too_large", 1, lost=True),
    "a body without an end": _always(streams(*[b" " * 65_536] * 4), "too_large", 1, lost=True),
    "no UTF-8": _then_fine(answers(200, b'{"choices": "\xff\xfe"}'), lost=1),
    "always a page": _always(answers(200, b"<html>", kind="text/html"), "shape", lost=True),
    "an empty body": _then_fine(answers(200, b""), lost=1),
    "a list": _then_fine(answers(200, [1]), lost=1),
    "nested without end": _then_fine(answers(200, _DEEP), lost=1),
    "no choices": _then_fine(answers(200, {"id": "x"}), lost=1),
    "empty choices": _then_fine(answers(200, completion("") | {"choices": []}), lost=1),
    "choices of a wrong type": _then_fine(answers(200, {"choices": {"0": 1}}), lost=1),
    "content of a wrong type": _then_fine(says(17), lost=1),
    "no message": _then_fine(answers(200, {"choices": [{"index": 0}]}), lost=1),
    "an answer that it broke off": _then_fine(says("", finish="error"), lost=1),
    "200 with a limit inside": _then_fine(
        answers(200, {"error": {"code": 429, "message": "slow down"}})
    ),
    "200 with a dead upstream inside": _then_fine(answers(200, {"error": "upstream died"})),
    "garbage for chunks": _then_fine(
        Step([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nno\r\n"]), lost=1
    ),
    "garbage for a status": _then_fine(Step([b"SSH-2.0-OpenSSH_9.9\r\n\r\n"]), lost=1),
    "a header of a megabyte": _then_fine(
        Step([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n"]), lost=1
    ),
    "an encoding that was not asked for": _then_fine(
        answers(200, b"not gzip", "Content-Encoding: gzip"), lost=1
    ),
}

_NO_FORMAT = answers(
    400, error("Unknown parameter: 'response_format'"), when=_when("response_format")
)
_NO_SCHEMA = answers(
    400,
    error("Invalid value: 'json_schema'. Use 'json_object'.", param="response_format.type"),
    when=_when("response_format", "json_schema"),
)
_NO_TEMPERATURE = answers(
    400,
    error("'temperature' does not support 0 with this model.", param="temperature"),
    when=_when("temperature"),
)
_NO_SEED = answers(422, {"detail": [{"loc": ["body", "seed"], "msg": "extra"}]}, when=_when("seed"))
_NO_CAP = answers(
    400,
    error("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
    when=_when("max_tokens"),
)


def _learns(*steps: Step) -> tuple[tuple[Step, ...], Outcome]:
    forever = [Step(s.pieces, s.stays, s.when, ALL) for s in steps]
    return (*forever, FINE), Outcome("high", 1, len(steps) + 1, nano_usd=WHOLE)


LEARNT: dict[str, Any] = {
    "no json_schema": _learns(_NO_SCHEMA),
    "no response_format": (
        (Step(_NO_FORMAT.pieces, True, _NO_FORMAT.when, ALL), FINE),
        Outcome("high", 1, 3, nano_usd=WHOLE),
    ),
    "no temperature": _learns(_NO_TEMPERATURE),
    "no seed": _learns(_NO_SEED),
    "no max_tokens": _learns(_NO_CAP),
    "none of them": _learns(_NO_SCHEMA, _NO_TEMPERATURE, _NO_SEED, _NO_CAP),
}

_SAID = (chunk(""), chunk("hi"), chunk(None, "stop"), COUNTED)
STREAMED: dict[str, Any] = {
    "a fine stream": _gets(streams(*_SAID, DONE), "hi"),
    "a stream without [DONE]": _gets(streams(*_SAID), "hi"),
    "a stream in odd pieces": _gets(
        streams(*(bytes([byte]) for byte in b"".join([*_SAID, DONE]))), "hi"
    ),
    "a stream cut": ((streams(chunk("hi")),), Outcome("cut_stream", lost=1)),
    "a stream cut before it began": (
        (streams(), streams(*_SAID, DONE)),
        Outcome("hi", 2, 2, nano_usd=WHOLE),
    ),
    "a stream that ends without an end": (
        (streams(chunk("hi"), DONE),),
        Outcome("cut_stream", lost=1),
    ),
    "a stream that stalls": ((streams(chunk("hi"), 1.0),), Outcome("timeout", lost=1)),
    "a chunk that is none": ((streams(chunk("hi"), event("{")),), Outcome("shape", lost=1)),
    "a chunk of another shape": ((streams(chunk("hi"), event([1])),), Outcome("shape", lost=1)),
    "a stream of no UTF-8": (
        (streams(chunk("hi"), 0.03, b"data: \xff\n\n"),),
        Outcome("shape", lost=1),
    ),
    "an error in a stream": (
        (streams(chunk("hi"), event({"error": {"code": 503, "message": "gone"}})),),
        Outcome("overloaded"),
    ),
    "an error before a stream": (
        (answers(503, b""), streams(*_SAID, DONE)),
        Outcome("hi", 2, 2, nano_usd=WHOLE),
    ),
    "an answer instead of a stream": (
        (says("hi"),),
        Outcome("cut_stream", 3, 3, 3),
    ),
    "a stream without an end": (
        (streams(*[chunk("x" * 40_000)] * 6),),
        Outcome("too_large", lost=1),
    ),
    "a stream, the key refused": _at_once(answers(401, _LEAK), "key"),
}


def message(*blocks: Any, stop: str = "end_turn", **usage: int) -> Any:
    """A message as Anthropic documents it."""
    counted = {"input_tokens": 20, "output_tokens": 7, "cache_read_input_tokens": 100, **usage}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x"}
    return head | {"content": list(blocks), "stop_reason": stop, "usage": counted}


def text(said: str) -> Any:
    """A block of text."""
    return {"type": "text", "text": said}


def failing(kind: str, said: str = "no") -> Any:
    """An error as Anthropic documents it."""
    return {"type": "error", "error": {"type": kind, "message": said}, "request_id": "req_1"}


def told(kind: str, **data: Any) -> bytes:
    """An event of Anthropic's stream."""
    return event({"type": kind, **data}, kind)


_CACHED = 20 * 50 + 100 * 5 + 7 * 200
_TOOL = {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": {"label": "low"}}
_NO_CONFIG = answers(
    400,
    failing("invalid_request_error", "output_config: Extra inputs are not permitted"),
    when=_when("output_config"),
    times=ALL,
)
_BEGUN = (
    told("message_start", message=message(stop="")),
    told("content_block_start", index=0, content_block=text("")),
    told("ping"),
)
_ENDED = (
    told("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 7}),
    told("message_stop"),
)
_HI = told("content_block_delta", index=0, delta={"type": "text_delta", "text": "hi"})
ANTHROPIC: dict[str, Any] = {
    "Anthropic: a fine answer": _gets(answers(200, message(text(_label("low")))), "low", _CACHED),
    "Anthropic: thoughts before it": _gets(
        answers(200, message({"type": "thinking", "thinking": "?"}, text(_label("low")))),
        "low",
        _CACHED,
    ),
    "Anthropic: no structured outputs": (
        (_NO_CONFIG, answers(200, message(_TOOL, stop="tool_use"))),
        Outcome("low", 1, 2, nano_usd=_CACHED),
    ),
    "Anthropic: a refusal": _gets(answers(200, message(stop="refusal")), "refused", _CACHED),
    "Anthropic: out of tokens": _gets(
        answers(200, message(text("{"), stop="max_tokens")), "cut", _CACHED
    ),
    "Anthropic: out of its window": _gets(
        answers(200, message(text("{"), stop="model_context_window_exceeded")), "cut", _CACHED
    ),
    "Anthropic: a prompt too long": _gets(
        answers(400, failing("invalid_request_error", "prompt is too long: 9 > 5")), "cut", 0
    ),
    "Anthropic: no content": _always(answers(200, {"type": "message"}), "shape", lost=True),
    "Anthropic: overloaded": _always(answers(529, failing("overloaded_error")), "overloaded"),
    "Anthropic: a limit": _always(
        answers(429, failing("rate_limit_error"), "retry-after: 0"), "limit"
    ),
    "Anthropic: its own failure": _always(answers(500, failing("api_error")), "server"),
    "Anthropic: no credit": _at_once(
        answers(400, failing("invalid_request_error", "Your credit balance is too low")), "quota"
    ),
    "Anthropic: billing": _at_once(answers(402, failing("billing_error")), "quota"),
    "Anthropic: a wrong key": _at_once(
        answers(401, failing("authentication_error", f"invalid x-api-key {KEY}")), "key"
    ),
    "Anthropic: no such model": _at_once(answers(404, failing("not_found_error")), "model"),
}
ANTHROPIC_STREAMED: dict[str, Any] = {
    "Anthropic: a fine stream": _gets(streams(*_BEGUN, _HI, *_ENDED), "hi", _CACHED),
    "Anthropic: overloaded in a stream": (
        (streams(*_BEGUN, _HI, told("error", error={"type": "overloaded_error"})),),
        Outcome("overloaded"),
    ),
    "Anthropic: a stream cut": ((streams(*_BEGUN, _HI),), Outcome("cut_stream", lost=1)),
}


def _cases(table: dict[str, Any], **more: Any) -> list[Case]:
    return [Case(name, *found, **more) for name, found in table.items()]


CASES = [
    *_cases(ANSWERED),
    *_cases(FAILED),
    *_cases(LEARNT),
    *_cases(STREAMED, way="stream"),
    *_cases(ANTHROPIC, protocol="anthropic"),
    *_cases(ANTHROPIC_STREAMED, protocol="anthropic", way="stream"),
]


@contextmanager
def hurried() -> Iterator[None]:
    """Short waits, and a small limit of bytes."""
    with (
        patch.object(retries, "_FIRST_WAIT", 0.002),
        patch.object(transport, "MOST_BYTES", 150_000),
    ):
        yield


def ask_all(
    model: Model, asked: Iterable[tuple[int, Request]]
) -> Iterator[tuple[int, Answer | ProviderError]]:
    """Ask many at once, as an eval does; raises what ends the run, or is no provider's fault."""
    model.begin()
    flight = flight_of(model)
    questions = list(asked)
    flight.send_off(questions)
    left = len(questions)
    try:
        while left:
            for name, told in flight.heard(1):
                left -= 1
                if isinstance(told, Exception) and not is_rows_error(told):
                    raise told
                assert isinstance(told, Answer | ProviderError)
                yield name, told
    finally:
        flight.cancel()


def is_rows_error(told: Exception) -> bool:
    """Whether it ends nothing but its row."""
    return isinstance(told, ProviderError) and not told.ends_run


def flight_of(model: Model) -> Flight[int, Request, Answer]:
    """As many in flight as the provider takes."""
    load()
    return Flight(model.provider.transport, model.asked, model.provider.spec.concurrency)


def model_at(url: str, sent: Transport, **more: Any) -> Model:
    """A model of a provider at an address."""
    spec = ProviderSpec(name="box", base_url=url, **{"timeout_seconds": SECONDS, **more})
    return Model(Provider(spec, SecretStr(KEY), sent), "acme/triage-9b")


def run(case: Case, server: ScriptedProvider, sent: Transport) -> tuple[Outcome, str]:
    """What comes of a case, and all words that it makes."""
    name = "".join(c if c.isalnum() else "-" for c in f"{case.way} {case.name}".lower())
    server.scripts[name] = list(case.steps)
    url = server.url(name)
    model = model_at(url, sent, protocol=case.protocol, timeout_seconds=case.seconds)
    try:
        found = _streamed(model) if case.way == "stream" else _asked(model)
    except ProviderError as failed:
        words = f"{failed!r} {failed} {failed.hint} {failed.said} {failed.__context__!r}"
        found = Outcome(failed.kind, failed.tries, 1, failed.lost, ends_run=failed.ends_run)
    else:
        words = repr(found)
    requests = len(server.asked[name])
    if case.way == "stream":
        found = replace(found, tries=requests)
    return replace(found, requests=requests), words


def _asked(model: Model) -> Outcome:
    answer = model.ask(REQUEST)
    bill = PRICE.bill(answer.reply.usage, REQUEST.most_prompt_tokens(CONTEXT) or 0, 20)
    what = answer.fault or answer.output
    tries, lost = answer.reply.tries, answer.reply.lost
    return Outcome(what, tries, 1, lost, _nano(bill.micro_usd), exact=bill.exact)


def _streamed(model: Model) -> Outcome:
    chunks = list(model.stream(CHAT))
    deltas = [one["delta"] for c in chunks for one in c["choices"]]
    said = "".join(delta.get("content") or "" for delta in deltas)
    usage = usage_of(chunks[-1].get("usage"))
    assert usage
    return Outcome(said, nano_usd=_nano(PRICE.cost(usage)))


def _nano(micro_usd: Fraction) -> int:
    nano = micro_usd * 1000
    assert nano.denominator == 1
    return int(nano)


def rows() -> Iterator[str]:
    """The table, line by line."""
    counted = f"{'tries':>6}{'sent':>6}{'lost':>6}{'nano-USD':>11}"
    yield f"{'the provider':42}{'the row gets':14}{counted}"
    wrong = 0
    with hurried(), scripted_provider() as server, Transport() as sent:
        for case in CASES:
            got, _ = run(case, server, sent)
            wrong += got != case.outcome
            ends = " ends the run" if got.ends_run else ""
            most = "" if got.exact else " at most"
            mark = "" if got == case.outcome else f"   WRONG: {case.outcome}"
            counts = f"{got.tries:6}{got.requests:6}{got.lost:6}{got.nano_usd:11,}"
            yield f"{case.name:42}{got.what:14}{counts}{ends}{most}{mark}"
    yield f"{len(CASES)} cases, {wrong} not as they should be"


if __name__ == "__main__":
    for row in rows():
        sys.stdout.write(row + "\n")
