"""Whatever a server sends is an answer, a fault of the model's, or an error of the provider's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.platform.providers.abilities import HELD, Abilities
from pareta_plan.platform.providers.answers import judged
from pareta_plan.platform.providers.chat_completions import NotAnswered, reply_of, usage_of
from pareta_plan.platform.providers.faults import scrubbed
from pareta_plan.platform.providers.refusals import hidden, refused
from pareta_plan.platform.providers.request import Reply, Wanted
from pareta_plan.platform.providers.schemas import closed, is_strict
from pareta_plan.platform.providers.sse import Event, events

LABELS = Wanted(labels=("low", "very high"))
NUMBER = Wanted(schema={"type": "object", "properties": {"n": {"type": "integer"}}})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEY = "sk-decoy-0a1b2c3d4e5f6071"


def _sampled(names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names.split()), JSON)


@given(st.text(max_size=60))
def test_any_text_is_a_label_or_none(text: str) -> None:
    answer = judged(Reply(text, "stop"), LABELS)
    assert (answer.output in LABELS.labels) != (answer.fault in ("not_json", "outside"))


@given(JSON)
def test_any_json_fits_or_does_not(value: Any) -> None:
    answer = judged(Reply(json.dumps(value), "stop"), NUMBER)
    assert answer.fault in (None, "outside", "not_json")
    if answer.fault is None:
        assert isinstance(answer.output, dict)


@pytest.mark.parametrize(
    ("text", "output", "fault"),
    [
        *[("Very  HIGH", "very high", None), ('"low"', "low", None)],
        *[('{"label": " Low "}', "low", None), ('{"label": ["low"]}', None, "outside")],
        *[('{"label": "low", "why": "x"}', None, "outside"), ("lower", None, "not_json")],
        *[("NaN", None, "not_json"), ("[" * 99_999, None, "not_json"), ("", None, "not_json")],
    ],
)
def test_labels(text: str, output: str | None, fault: str | None) -> None:
    answer = judged(Reply(text, "stop"), LABELS)
    assert (answer.output, answer.fault) == (output, fault)


@given(_sampled("choices usage model system_fingerprint error"))
def test_any_body_is_a_completion_or_none(body: dict[str, Any]) -> None:
    hidden("box", body, ())
    try:
        reply = reply_of(body)
    except NotAnswered:
        return
    assert judged(reply, LABELS)


@given(_sampled("prompt_tokens completion_tokens total_tokens prompt_tokens_details"))
def test_counts_are_counts_or_none(usage: dict[str, Any]) -> None:
    if found := usage_of(usage):
        assert 0 <= found.cached_tokens + found.cache_write_tokens <= found.prompt_tokens
        assert found.completion_tokens >= 0


@given(st.integers(100, 999), st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
def test_any_error_has_a_kind(status: int, body: bytes) -> None:
    got = refused("box", status, body, None, (KEY,))
    assert got.error.kind
    assert len(got.error.said) <= 200


@given(st.text(max_size=400), st.integers(0, 400))
def test_what_is_told_is_short_plain_and_has_no_key(text: str, at: int) -> None:
    said = scrubbed(text[:at] + KEY + text[at:], (KEY,))
    assert KEY not in said
    assert len(said) <= 200
    assert said.isprintable() or not said


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY[:-4]}",
        "Bearer abcdefgh.ijkl",
        "gsk_0123456789abcdef",
        "key AIzaSyA0123456789012345678901234567890",
        "\x1b[31mred\x1b[0m\r\n::error::x",
    ],
)
def test_what_looks_like_a_key_or_a_command_is_not_told(text: str) -> None:
    said = scrubbed(text)
    assert "decoy" not in said
    assert not {"\x1b", "\n", "\r"} & set(said)
    assert "0123456789" not in said
    assert "abcdefgh" not in said


@given(st.lists(st.binary(max_size=12), max_size=20), st.data())
def test_events_are_the_same_in_any_pieces(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"data: a\n\nevent: x\ndata: b\ndata: c\r\n\r\n" + "data: é\n\n".encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    edges = [0, *cuts, len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    expected = [Event("message", "a"), Event("x", "b\nc"), Event("message", "é")]
    assert asyncio.run(_events(pieces)) == expected


async def _events(pieces: list[bytes]) -> list[Event]:
    async def made() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return [one async for one in events(made())]


SENT = {
    "temperature": 0,
    "seed": 0,
    "max_tokens": 9,
    "stream_options": {},
    "response_format": {"type": "json_schema"},
}


@given(st.lists(st.sampled_from([*SENT, "json_schema unsupported", "no", "seed"]), max_size=30))
def test_learning_ends(refusals: list[str]) -> None:
    able, learnt = Abilities(), 0
    for words in refusals:
        body = able.fitted(SENT)
        if found := able.after(f"Unsupported: {words}", body):
            able, learnt = found, learnt + 1
    assert learnt <= 6
    assert able.held in HELD


def test_an_amount_that_is_too_much_is_no_lack_of_the_parameter() -> None:
    words = "max_tokens is too large: 99999. This model supports at most 4096 completion tokens"
    assert Abilities().after(words, SENT) is None


def test_a_schema_that_vendors_take_stays_one_that_fits() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"], "maxLength": 3},
            "b": {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1}]}},
        },
        "required": ["b"],
        "$defs": {"x": {"type": "number", "default": 1}},
    }
    assert is_strict(closed(schema))
    assert closed(schema, unions=True) == {
        "type": "object",
        "properties": {
            "a": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "b": {"type": "array", "items": {"anyOf": [{"type": "integer"}]}},
        },
        "$defs": {"x": {"type": "number"}},
        "additionalProperties": False,
        "required": ["a", "b"],
    }
    loose = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert not is_strict(closed(loose))
