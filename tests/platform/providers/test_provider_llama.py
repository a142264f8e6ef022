"""A real server as a provider: llama.cpp's own, with the weights that the platform has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from pydantic import SecretStr

from pareta_plan.platform.providers.answers import Answer
from pareta_plan.platform.providers.calling import Model
from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.identity import identity
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.request import Example, Request, Wanted
from pareta_plan.platform.providers.transport import Transport
from tests.conftest import WEIGHTS
from tests.platform.providers.faults import ask_all
from tests.platform.providers.llama_server import llama_server

pytestmark = pytest.mark.skipif(WEIGHTS is None, reason="no weights on this machine")

KEY = "sk-local-decoy-4711"
WANTED = Wanted(labels=("low", "high"))
FIELDS = {"who": {"type": ["string", "null"]}, "paid": {"type": ["string", "null"]}}
SCHEMA = {"type": "object", "properties": FIELDS, "additionalProperties": False}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with llama_server(str(WEIGHTS), context=1024, key=KEY) as address:
        yield address


@pytest.fixture(scope="module")
def provider(url: str) -> Iterator[Provider]:
    spec = ProviderSpec(name="box", base_url=url, concurrency=2)
    with Transport() as sent:
        yield Provider(spec, SecretStr(KEY), sent)


def test_labels_are_held(provider: Provider) -> None:
    model = Model(provider, "smollm2")
    examples = (Example("The printer is out of paper.", "low"), Example("Fire!", "high"))
    rows = ["The site is down.", "A typo on page 3."]
    asked = [Request(row, 24, "How urgent is it?", examples, WANTED) for row in rows]
    told = dict(ask_all(model, enumerate(asked)))
    assert sorted(told) == [0, 1]
    for one in told.values():
        assert isinstance(one, Answer)
        assert one.output in WANTED.labels
        assert one.reply.usage
        assert one.reply.usage.prompt_tokens > 50
        assert one.reply.model == WEIGHTS.rpartition("/")[2] if WEIGHTS else None
        assert one.reply.fingerprint
    assert model.held == "schema"


def test_a_schema_is_held(provider: Provider) -> None:
    request = Request("Ann paid 3 EUR.", 60, "Extract.", wanted=Wanted(schema=SCHEMA))
    answer = Model(provider, "smollm2").ask(request)
    assert answer.fault is None
    assert set(answer.output) <= set(FIELDS)


def test_a_short_answer_is_cut_and_a_long_question_does_not_fit(provider: Provider) -> None:
    model = Model(provider, "smollm2")
    assert model.ask(Request("Tell a long story.", 2)).fault == "cut"
    assert model.ask(Request("word " * 1100, 3)).fault == "cut"


def test_a_stream_is_passed_through(provider: Provider) -> None:
    body = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 6}
    chunks = list(Model(provider, "smollm2").stream(body))
    said = [one["delta"].get("content") for c in chunks for one in c["choices"]]
    assert len([text for text in said if text]) >= 2
    assert chunks[-1]["usage"]["completion_tokens"] <= 6
    assert all(one["id"] == other["id"] for one, other in pairwise(chunks))


def test_it_speaks_the_messages_api_too(url: str, provider: Provider) -> None:
    """llama.cpp has Anthropic's API as well, so what is translated meets a second reading of it."""
    spec = ProviderSpec(name="box", base_url=url, protocol="anthropic")
    model = Model(Provider(spec, SecretStr(KEY), provider.transport), "smollm2")
    answer = model.ask(Request("Say hello.", 4, "Be kind."))
    assert answer.reply.usage
    assert answer.fault in (None, "cut")
    assert 1 <= answer.reply.usage.completion_tokens <= 4
    body = {"model": "x", "messages": [{"role": "user", "content": "Hi."}], "max_tokens": 4}
    *chunks, last = model.stream(body)
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] in ("length", "stop")
    assert 1 <= last["usage"]["completion_tokens"] <= 4


def test_what_it_serves(provider: Provider) -> None:
    found = identity(provider, "smollm2")
    assert found
    assert found.startswith("llama.cpp SmolLM2-135M-Instruct.Q4_1.gguf, ftype Q4_1, n_params 1345")
    assert "/" not in found


def test_a_wrong_key(url: str, provider: Provider) -> None:
    spec = ProviderSpec(name="box", base_url=url)
    other = Provider(spec, SecretStr("sk-wrong"), provider.transport)
    for ask in (lambda: Model(other, "x").ask(Request("?", 3)), lambda: identity(other, "x")):
        with pytest.raises(ProviderError) as failed:
            ask()
        assert failed.value.kind == "key"
