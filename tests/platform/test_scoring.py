"""Rows scored without a store, and what answers cost."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.fleet import ModelFailed
from pareta_plan.platform.models.model import Prediction
from pareta_plan.platform.models.pricing import USD_PER_CPU_HOUR, and_cpu, billed, on_cpu
from pareta_plan.platform.scoring.score import Row, ScoredRow, scored

MOOD = TaskSpec(
    id="mood",
    title="Mood",
    description="Tell moods apart.",
    keywords=[],
    kind="classification",
    scorer="accuracy",
    labels={"happy": "is", "sad": "isn't"},
    prompt="Which mood?",
    models=[],
    frontier=[],
)
ROWS = [Row(4, "happy", "happy"), Row(7, "sad", "happy"), Row(8, "happy", "HAPPY")]


def echo(value: str | Document) -> Prediction:
    return on_cpu(value, 0.72)


def test_each_row_is_scored_with_its_prediction() -> None:
    rows = list(scored(MOOD, echo, ROWS))
    assert [(row.idx, row.score, row.error) for row in rows] == [
        (4, 1.0, None),
        (7, 0.0, None),
        (8, 1.0, None),
    ]
    assert [row.prediction for row in rows] == [echo("happy"), echo("sad"), echo("happy")]
    assert list(scored(MOOD, echo, [])) == []


@pytest.mark.parametrize("failure", [ParetaError("too long"), ModelFailed("too long", 422)])
def test_a_row_that_fails_has_its_error_and_the_next_is_scored(failure: Exception) -> None:
    def fragile(value: str | Document) -> Prediction:
        if value == "sad":
            raise failure
        return echo(value)

    rows = list(scored(MOOD, fragile, ROWS))
    assert rows[1] == ScoredRow(7, "happy", error="too long")
    assert [row.score for row in rows] == [1.0, None, 1.0]


def test_a_fault_of_ours_is_no_row_s_error() -> None:
    def broken(_value: str | Document) -> Prediction:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(scored(MOOD, broken, ROWS))


def test_a_row_is_taken_only_when_the_one_before_was_kept() -> None:
    """So a run can stop after any row, having read and asked nothing in vain."""
    seen: list[str] = []

    def rows() -> Iterator[Row]:
        for row in ROWS:
            seen.append(f"read {row.idx}")
            yield row

    def asked(value: str | Document) -> Prediction:
        seen.append(f"asked {value}")
        return echo(value)

    for row in islice(scored(MOOD, asked, rows()), 2):
        seen.append(f"kept {row.idx}")
    assert seen == ["read 4", "asked happy", "kept 4", "read 7", "asked sad", "kept 7"]


SECONDS = st.floats(0, 1e6)


def rounded(cpu_seconds: float) -> int:
    """The price of CPU seconds in floats, as it was before costs were exact."""
    return max(1, ceil(round(cpu_seconds / 3600 * USD_PER_CPU_HOUR * 1_000_000, 6)))


@given(SECONDS)
def test_what_is_billed_is_the_cost_rounded_up(cpu_seconds: float) -> None:
    cost = on_cpu("", cpu_seconds).cost
    assert billed(cost) == rounded(cpu_seconds)
    assert billed(cost) >= 1
    assert -1 < cost - billed(cost) < Fraction(1, 10**6) or cost == 0


@given(st.lists(SECONDS, min_size=1, max_size=9))
def test_costs_add_up_exactly(times: list[float]) -> None:
    whole = on_cpu("", times[0])
    for seconds in times[1:]:
        whole = and_cpu(whole, seconds)
    assert whole.cost == sum(on_cpu("", seconds).cost for seconds in times)
    assert whole.cost == sum(map(Fraction, times)) * Fraction("0.05") * 1_000_000 / 3600


def test_a_price_by_the_token_is_a_cost_too() -> None:
    """Vendors' prices are dollars a million tokens, which is micro-dollars a token."""
    answer = Prediction("", 1200 * Fraction("0.15") + 50 * Fraction("0.60"), prompt_tokens=1200)
    assert answer.cost == billed(answer.cost) == 210
    assert billed(Fraction("0.15")) == 1
