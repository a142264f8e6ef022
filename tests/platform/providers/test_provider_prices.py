"""What an answer costs: exact, of the rates that were declared or listed."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pareta_plan.hosts.vendors import VENDORS
from pareta_plan.platform.providers.prices import (
    DeclaredPrice,
    HourPrice,
    Rate,
    TokenPrice,
    listed,
)
from pareta_plan.platform.providers.request import Request, Usage, Wanted

DAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
TIERED = TokenPrice(
    input=Rate(Fraction(3), ((200_000, Fraction(6)),)),
    output=Rate(Fraction(15), ((200_000, Fraction("22.5")),)),
    source="x",
    cached=Rate(Fraction("0.3"), ((200_000, Fraction("0.6")),)),
    cache_write=Rate(Fraction("3.75")),
)
TOKENS = st.integers(0, 400_000)


@pytest.mark.parametrize(
    ("vendor", "model", "context"),
    [
        ("openai", "gpt-5-mini", 400_000),
        ("openai", "gpt-5-mini-2025-08-07", 400_000),
        ("anthropic", "claude-sonnet-4-5", 200_000),
        ("google", "gemini-2.5-pro", None),
        ("groq", "openai/gpt-oss-20b", 131_072),
        ("mistral", "mistral-small-latest", None),
        ("openrouter", "openai/gpt-5-mini", 400_000),
        ("xai", "grok-4", 256_000),
    ],
)
def test_a_listed_price_bills_what_its_package_does(
    vendor: str, model: str, context: int | None
) -> None:
    url = VENDORS[vendor].base_url
    found = listed(url, model, DAY)
    assert found
    assert found.context_tokens == context
    assert found.price.source.startswith("genai-prices ")
    for prompt, cached, completion in (
        *((1, 0, 1), (1000, 300, 77), (200_000, 0, 1), (200_001, 7, 1), (250_000, 1000, 9)),
    ):
        theirs = calc_price(
            TheirUsage(input_tokens=prompt, cache_read_tokens=cached, output_tokens=completion),
            model,
            provider_api_url=url,
            genai_request_timestamp=DAY,
        )
        ours = found.price.cost(Usage(prompt, completion, cached))
        assert ours == Fraction(theirs.total_price) * 1_000_000


def test_a_price_by_the_hour_of_the_day_is_the_dearest() -> None:
    url = VENDORS["deepseek"].base_url
    of_night = listed(url, "deepseek-chat", DAY.replace(hour=23))
    assert of_night == listed(url, "deepseek-chat", DAY)
    assert of_night
    assert of_night.price.input.base == Fraction("0.27")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", VENDORS["openai"].base_url])
def test_what_is_not_listed_has_no_price(url: str) -> None:
    assert listed(url, "acme-triage-9b", DAY) is None


@given(TOKENS, TOKENS, st.data())
def test_no_request_costs_more_than_its_worst(
    prompt: int, answer: int, data: st.DataObject
) -> None:
    cached = data.draw(st.integers(0, prompt))
    written = data.draw(st.integers(0, prompt - cached))
    most_prompt = data.draw(st.integers(prompt, 500_000))
    most_answer = data.draw(st.integers(answer, 500_000))
    cost = TIERED.cost(Usage(prompt, answer, cached, written))
    assert 0 <= cost <= TIERED.worst(most_prompt, most_answer)
    assert TIERED.bill(None, most_prompt, most_answer) == (
        TIERED.worst(most_prompt, most_answer),
        False,
    )


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_prompt_has_no_more_tokens_than_bytes(system: str, text: str) -> None:
    labels = Wanted(labels=("low", "high"))
    request = Request(text, 10, system, wanted=labels)
    most = request.most_prompt_tokens(None)
    assert most
    assert most >= len((system + text + labels.instruction).encode())
    assert request.most_prompt_tokens(50) == 50


def test_declared_prices() -> None:
    by_tokens = DeclaredPrice.model_validate(
        {"input_per_million_usd": 0.05, "output_per_million_usd": 0.20}
    ).price()
    assert isinstance(by_tokens, TokenPrice)
    assert by_tokens.cost(Usage(1, 1)) == Fraction("0.25")
    by_hour = DeclaredPrice.model_validate({"per_hour_usd": 1.20}).price()
    assert isinstance(by_hour, HourPrice)
    assert by_hour.cost(Fraction(3)) == 1000


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"input_per_million_usd": 1},
        {"input_per_million_usd": 1, "output_per_million_usd": 1, "per_hour_usd": 1},
        {"input_per_million_usd": -1, "output_per_million_usd": 1},
        {"per_hour_usd": "nan"},
        {"per_hour_usd": 1, "cached_input_per_million_usd": 1},
        {"per_day_usd": 1},
    ],
)
def test_prices_that_are_none(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DeclaredPrice.model_validate(given)
