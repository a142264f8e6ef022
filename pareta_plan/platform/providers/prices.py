"""What a provider bills for an answer: exact, in micro-USD, and rounded nowhere here.

A price is declared, or a vendor's as the package genai-prices has it; no price is a guess. USD a
million tokens are micro-USD a token.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import Field, model_validator

from pareta_plan.platform.data import Data
from pareta_plan.platform.providers.request import Usage
from pareta_plan.wire import MICRO

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, PriceCalculation

Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Rate:
    """Micro-USD a token, by how many tokens the whole prompt has: `steps` begin above a number."""

    base: Fraction
    steps: tuple[tuple[int, Fraction], ...] = ()

    def at(self, prompt_tokens: int) -> Fraction:
        """The rate for all tokens of a request with such a prompt."""
        reached = [rate for above, rate in self.steps if prompt_tokens > above]
        return reached[-1] if reached else self.base

    def most(self, prompt_tokens: int) -> Fraction:
        """The highest rate for a prompt of at most so many tokens."""
        return max([self.base, *(rate for above, rate in self.steps if prompt_tokens > above)])


class Bill(NamedTuple):
    """What was billed, in micro-USD, or at most was where that isn't known exactly."""

    micro_usd: Fraction
    exact: bool


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """A price by tokens; where what is cached has none of its own, it costs what input costs.

    `source` says where it is from, with the version of the data.
    """

    input: Rate
    output: Rate
    source: str
    cached: Rate | None = None
    cache_write: Rate | None = None

    def cost(self, usage: Usage) -> Fraction:
        """What an answer costs, in micro-USD."""
        prompt = usage.prompt_tokens
        fresh = prompt - usage.cached_tokens - usage.cache_write_tokens
        return (
            fresh * self.input.at(prompt)
            + usage.cached_tokens * (self.cached or self.input).at(prompt)
            + usage.cache_write_tokens * (self.cache_write or self.input).at(prompt)
            + usage.completion_tokens * self.output.at(prompt)
        )

    def bill(self, usage: Usage | None, most_prompt: int, most_answer: int) -> Bill:
        """What an answer cost; the most that it can have cost where no usage was told."""
        if usage is None:
            return Bill(self.worst(most_prompt, most_answer), exact=False)
        return Bill(self.cost(usage), exact=True)

    def worst(self, prompt_tokens: int, completion_tokens: int) -> Fraction:
        """The most that a request of at most so many tokens can cost, in micro-USD a try."""
        ways = [rate for rate in (self.input, self.cached, self.cache_write) if rate]
        dearest = max(rate.most(prompt_tokens) for rate in ways)
        return prompt_tokens * dearest + completion_tokens * self.output.most(prompt_tokens)


@dataclass(frozen=True, slots=True)
class HourPrice:
    """A price by the hour, whatever is asked: spread over what was measured, never bounded."""

    usd_per_hour: Fraction
    source: str = "declared"

    def cost(self, seconds: Fraction) -> Fraction:
        """What so many seconds cost, in micro-USD."""
        return self.usd_per_hour * MICRO * seconds / 3600


Price = TokenPrice | HourPrice


def words(price: Price) -> str:
    """A price with its source, as it is shown; what goes up with the prompt begins there."""
    if isinstance(price, HourPrice):
        return f"{_usd(price.usd_per_hour)} an hour ({price.source})"
    start = "from " if price.input.steps or price.output.steps else ""
    both = f"{_usd(price.input.base)} in, {_usd(price.output.base)} out"
    return f"{start}{both} a million tokens ({price.source})"


def _usd(amount: Fraction) -> str:
    return f"${float(amount):.15g}"


class DeclaredPrice(Data):
    """A price as a project declares it: of tokens both ways, or of an hour."""

    input_per_million_usd: Usd | None = None
    output_per_million_usd: Usd | None = None
    cached_input_per_million_usd: Usd | None = None
    per_hour_usd: Usd | None = None

    @model_validator(mode="after")
    def _is_of_one_sort(self) -> DeclaredPrice:
        both = (self.input_per_million_usd, self.output_per_million_usd)
        of_tokens = None not in both
        if of_tokens == (self.per_hour_usd is not None) or (
            not of_tokens and {*both, self.cached_input_per_million_usd} != {None}
        ):
            raise ValueError(
                "a price has input_per_million_usd and output_per_million_usd, or per_hour_usd"
            )
        return self

    def price(self) -> Price:
        """The price, exact."""
        if self.per_hour_usd is not None:
            return HourPrice(Fraction(self.per_hour_usd))
        cached = self.cached_input_per_million_usd
        return TokenPrice(
            input=Rate(Fraction(self.input_per_million_usd or 0)),
            output=Rate(Fraction(self.output_per_million_usd or 0)),
            cached=None if cached is None else Rate(Fraction(cached)),
            source="declared",
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A vendor's model as the package lists it; its context in tokens, None where not listed."""

    price: TokenPrice
    context_tokens: int | None


def listed(base_url: str, model: str, at: datetime) -> Listed | None:
    """The price of a vendor's model on the day of `at`; None for one that isn't listed.

    A price that changes with the hour is taken at its dearest of the day.
    """
    from genai_prices import Usage as Counted
    from genai_prices import calc_price

    def looked_up(hour: datetime) -> PriceCalculation:
        counted = Counted(input_tokens=0, output_tokens=0)
        return calc_price(counted, model, provider_api_url=base_url, genai_request_timestamp=hour)

    try:
        found = [looked_up(hour) for hour in _hours(at)]
    except LookupError:
        return None
    dearest = max((one.model_price for one in found), key=_dearness)
    if dearest.input_mtok is None or dearest.output_mtok is None:
        return None
    source = f"genai-prices {version('genai-prices')}"
    price = TokenPrice(
        input=_rate(dearest.input_mtok),
        output=_rate(dearest.output_mtok),
        cached=_optional(dearest.cache_read_mtok),
        cache_write=_optional(dearest.cache_write_mtok),
        source=source,
    )
    return Listed(price, found[0].model.context_window)


def _hours(at: datetime) -> Iterable[datetime]:
    day = at.astimezone(UTC).date()
    return [datetime.combine(day, time(n // 2, n % 2 * 30), UTC) for n in range(48)]


def _dearness(price: ModelPrice) -> Fraction:
    both = (price.input_mtok, price.output_mtok)
    return sum((_rate(one).base for one in both if one is not None), Fraction(0))


def _optional(value: Any) -> Rate | None:
    return None if value is None else _rate(value)


def _rate(value: Any) -> Rate:
    if isinstance(value, Decimal):
        return Rate(Fraction(value))
    steps = tuple((step.start, Fraction(step.price)) for step in value.tiers)
    return Rate(Fraction(value.base), steps)
