"""The official clients: `pareta` 0.3.1, synchronous and asynchronous, and `openai`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from openai import APIStatusError, OpenAI
from pareta import AsyncPareta, BadRequestError, EndpointNotReadyError, NotFoundError, Pareta

from pareta_plan.platform.server import LocalServer
from tests.platform.driving import KEY, MOODS

HELLO: list[Any] = [{"role": "user", "content": "a happy day"}]


@pytest.fixture(scope="module")
def sdk(server: LocalServer) -> Iterator[Pareta]:
    with Pareta(api_key=KEY, base_url=server.url + "/", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def openai(server: LocalServer) -> Iterator[OpenAI]:
    with OpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def live(sdk: Pareta) -> str:
    return str(sdk.endpoints.deploy(task="mood", name="sdk-live", wait=True).id)


def test_tasks(sdk: Pareta) -> None:
    assert "mood" in [task.id for task in sdk.tasks.list()]
    task = sdk.tasks.retrieve("page-ends", examples_n=1)
    assert (task.has_blob_input, task.default_scorer) == (True, "field-f1")
    assert len(task["examples"]) == 1
    match = sdk.tasks.match("mood", top_k=3)
    assert (match.matched, match.matcher) == (True, "keyword")
    assert match.chosen
    assert match.chosen.task_id == "mood"
    board = sdk.tasks.leaderboard("mood")
    assert board.recommended == "quick-1"
    assert board.frontier
    assert board.frontier.name == "vision-x"
    assert sdk.tasks.recommended("mood") == "quick-1"
    with pytest.raises(NotFoundError):
        sdk.tasks.retrieve("nope")


def test_endpoints(sdk: Pareta, server: LocalServer) -> None:
    told = list(sdk.endpoints.deploy(task="mood", model="quick-2", name="sdk-own"))
    assert [event["event"] for event in told][-2:] == ["progress", "complete"]
    endpoint = sdk.endpoints.retrieve("sdk-own")
    assert (endpoint.id, endpoint.model, endpoint.task) == ("sdk-own", "quick-2", "mood")
    assert (endpoint.is_live, endpoint.url) == (True, f"{server.url}/v1")
    assert endpoint.prompt_scaffold == "Do mood."
    assert "sdk-own" in [e.id for e in sdk.endpoints.list()]
    sdk.endpoints.stop("sdk-own")
    with pytest.raises(EndpointNotReadyError):
        sdk.chat.completions.create(model="sdk-own", messages=HELLO)
    sdk.endpoints.start("sdk-own")
    metrics = sdk.endpoints.metrics("sdk-own")
    for read in ("performance", "uptime", "cost", "quality", "activity"):
        assert getattr(metrics, read)(window="7d")["endpoint"] == "sdk-own"
    sdk.endpoints.delete("sdk-own")
    with pytest.raises(BadRequestError):
        sdk.endpoints.deploy(task="mood", model="ends-1", wait=True)


def test_chat(sdk: Pareta, live: str) -> None:
    answer = sdk.chat.completions.create(model=live, messages=HELLO, temperature=0)
    assert answer.choices[0].message.content == "happy"
    assert answer.usage.total_tokens == 4
    chunks = list(sdk.chat.completions.create(model=live, messages=HELLO, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "happy"
    assert live in [model.id for model in sdk.models.list().data]


def test_evals(sdk: Pareta) -> None:
    made = sdk.evals.sets.create(task="mood", items=MOODS)
    assert (made.item_count, made.scoring_strategy) == (3, "classification")
    assert sdk.evals.sets.retrieve(str(made.id)).name == made.name
    run = sdk.evals.runs.create(
        eval_set=made.id, models=["quick-1"], frontier="benchmarked", wait=True, poll_interval=0.05
    )
    assert run.status == "completed"
    assert run.candidate_models == ["quick-1", "vision-x"]
    assert (run.cost_micro_usd, run.cost) == (60, Decimal("0.00"))
    assert run.results[0].per_item[0].prediction == "happy"
    assert run.results[1].kind == "frontier"
    assert {m.id for m in sdk.evals.frontier_models()} >= {"vision-x", "text-x"}
    sdk.evals.sets.delete(str(made.id))
    assert made.id not in [s.id for s in sdk.evals.sets.list()]


@pytest.mark.parametrize("size", [10, 6 * 1024 * 1024])
def test_documents_small_and_large(sdk: Pareta, size: int) -> None:
    item = {"input": {}, "expected": {"first": "one", "last": "two"}}
    made = sdk.evals.sets.create(task="page-ends", items=[item])
    page = b"one " + b"x " * (size // 2) + b"two"
    sdk.evals.sets.upload_document(
        str(made.id), page, idx=0, field_name="document", mime="application/pdf"
    )
    run = sdk.evals.runs.create(
        eval_set=made.id, models=["page-1"], frontier="benchmarked", wait=True, poll_interval=0.05
    )
    assert [result.quality_mean for result in run.results] == [1, 1]


def test_the_asynchronous_client(server: LocalServer, live: str) -> None:
    async def use() -> None:
        async with AsyncPareta(api_key=KEY, base_url=server.url, max_retries=0) as client:
            assert (await client.tasks.match("mood"))["chosen"]["task_id"] == "mood"
            made = await client.endpoints.deploy(task="mood", name="sdk-async", wait=True)
            assert made.is_live
            answer = await client.chat.completions.create(model=live, messages=HELLO)
            assert answer.choices[0].message.content == "happy"
            stream = await client.chat.completions.create(model=live, messages=HELLO, stream=True)
            pieces = [c.choices[0].delta.content or "" async for c in stream]
            assert "".join(pieces) == "happy"
            run = await client.evals.runs.create(
                task="mood", items=MOODS, models=["quick-1"], wait=True, poll_interval=0.05
            )
            assert run.results[0].n_succeeded == 3

    asyncio.run(use())


def test_openai(openai: OpenAI, live: str) -> None:
    answer = openai.chat.completions.create(model=live, messages=HELLO)
    assert answer.choices[0].message.content == "happy"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 1
    stream = openai.chat.completions.create(
        model=live, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "happy"
    assert chunks[-1].usage is not None
    assert live in [model.id for model in openai.models.list()]
    with pytest.raises(APIStatusError) as caught:
        openai.chat.completions.create(model="none", messages=HELLO)
    assert caught.value.status_code == 404
    assert caught.value.request_id


def test_letters_outside_ascii_survive_a_stream(sdk: Pareta) -> None:
    endpoint = sdk.endpoints.deploy(task="ends", model="ends-1", name="letters", wait=True)
    said: list[Any] = [{"role": "user", "content": "Grüße an 東京"}]
    chunks = sdk.chat.completions.create(model=endpoint.id, messages=said, stream=True)
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert json.loads(text) == {"first": "Grüße", "last": "東京"}
