"""Rows scored without a store, and what answers cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice
from math import ceil
from threading import Lock
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.fleet import ModelFailed
from pareta_plan.platform.models.model import Answered, Interrupted, Prediction, Unreachable
from pareta_plan.platform.models.pricing import (
    USD_PER_CPU_HOUR,
    and_cpu,
    kept,
    listed,
    on_cpu,
    whole_micro_usd,
)
from pareta_plan.platform.scoring.crew import Row
from pareta_plan.platform.scoring.score import ScoredRow, scored
from pareta_plan.wire import PICO_PER_MICRO, exact_usd

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


def answer(value: str | Document) -> Prediction:
    return on_cpu(value, 0.72)


Ask = Callable[[str | Document], Answered]


class Model:
    """Answers as a function of the value says, and notes what it was asked."""

    def __init__(self, ask: Ask = answer, concurrency: int = 1, batch: int = 1) -> None:
        self.concurrency, self.batch = concurrency, batch
        self.asked: list[Sequence[str | Document]] = []
        self._ask = ask

    def predict_many(self, values: Sequence[str | Document]) -> list[Answered]:
        self.asked.append(values)
        return [self._ask(value) for value in values]

    def flight(self) -> None:
        """It has threads alone."""

    def explained(self, error: Exception) -> Exception:
        return error


def taking(rows: Sequence[Row]) -> Callable[[int], list[Row]]:
    left = iter(rows)
    return lambda most: list(islice(left, most))


def all_scored(model: Model, rows: Sequence[Row] = ROWS) -> list[ScoredRow]:
    groups = scored(MOOD, model, taking(rows))
    return sorted(chain.from_iterable(groups), key=lambda row: row.idx)


@pytest.mark.parametrize(("concurrency", "batch"), [(1, 1), (1, 2), (3, 1), (2, 5)])
def test_each_row_is_scored_with_its_prediction(concurrency: int, batch: int) -> None:
    model = Model(concurrency=concurrency, batch=batch)
    rows = all_scored(model)
    assert [(row.idx, row.score, row.error) for row in rows] == [
        (4, 1.0, None),
        (7, 0.0, None),
        (8, 1.0, None),
    ]
    assert [row.prediction for row in rows] == [answer("happy"), answer("sad"), answer("happy")]
    assert max(map(len, model.asked)) == min(batch, 3)
    assert all_scored(model, []) == []


@pytest.mark.parametrize("failure", [ParetaError("too long"), ModelFailed("too long", 422)])
def test_a_row_that_fails_has_its_error_and_the_next_is_scored(failure: Exception) -> None:
    rows = all_scored(Model(lambda value: failure if value == "sad" else answer(value)))
    assert rows[1] == ScoredRow(7, "happy", error="too long")
    assert [row.score for row in rows] == [1.0, None, 1.0]


def test_a_fault_of_ours_is_no_row_s_error() -> None:
    with pytest.raises(ZeroDivisionError):
        all_scored(Model(lambda _: ZeroDivisionError()))


def test_a_fault_of_the_model_s_is_an_answer_of_no_worth() -> None:
    def cut(value: str | Document) -> Prediction:
        return replace(answer(value), fault="cut")

    (row, *_) = all_scored(Model(cut))
    assert (row.score, row.error, row.answer) == (0.0, None, None)
    assert row.prediction == cut("happy")


def test_what_was_answered_is_kept_before_the_end_of_a_server_is_told() -> None:
    def gone(value: str | Document) -> Prediction:
        if value == "sad":
            raise Unreachable("nobody answers")
        return answer(value)

    model = Model(gone)
    groups = scored(MOOD, model, taking(ROWS))
    assert [row.idx for row in next(groups)] == [4]
    with pytest.raises(Unreachable, match="nobody answers"):
        next(groups)
    assert model.asked == [["happy"], ["sad"]]


def test_so_many_are_asked_at_once_and_no_more() -> None:
    guard, busy, most = Lock(), 0, 0

    def slow(value: str | Document) -> Prediction:
        nonlocal busy, most
        with guard:
            busy += 1
            most = max(most, busy)
        sleep(0.02)
        with guard:
            busy -= 1
        return answer(value)

    rows = [Row(n, "happy", "happy") for n in range(64)]
    assert len(all_scored(Model(slow, concurrency=8), rows)) == 64
    assert most == 8


def test_a_stop_leaves_the_rows_that_were_not_asked() -> None:
    taken: list[int] = []
    take = taking([Row(n, "happy", "happy") for n in range(1000)])

    def told(most: int) -> list[Row]:
        rows = take(most)
        taken.extend(row.idx for row in rows)
        return rows

    model = Model(concurrency=4)
    kept = list(chain.from_iterable(scored(MOOD, model, told, lambda: len(model.asked) > 20)))
    assert 20 < len(kept) == len(model.asked) <= len(taken) < 1000


def test_rows_that_cannot_be_had_yet_are_asked_for_again() -> None:
    """A purse gives no row while those in hand may cost all that is left."""
    left, kept = list(ROWS), list[ScoredRow]()

    def take(_most: int) -> list[Row]:
        in_hand = len(ROWS) - len(left) - len(kept)
        return [left.pop(0)] if left and not in_hand else []

    for group in scored(MOOD, Model(), take):
        kept += group
    assert [row.idx for row in kept] == [4, 7, 8]


SECONDS = st.floats(0, 1e6)


def rounded(cpu_seconds: float) -> int:
    """The price of CPU seconds in floats, as it was before costs were exact."""
    return max(1, ceil(round(cpu_seconds / 3600 * USD_PER_CPU_HOUR * 1_000_000, 6)))


@given(SECONDS)
def test_a_price_on_a_list_is_the_cost_rounded_up(cpu_seconds: float) -> None:
    cost = on_cpu("", cpu_seconds).cost
    assert listed(cost) == rounded(cpu_seconds)
    assert listed(cost) >= 1
    assert -1 < cost - listed(cost) < Fraction(1, 10**6) or cost == 0


@given(st.lists(SECONDS, min_size=1, max_size=9))
def test_costs_add_up_exactly(times: list[float]) -> None:
    whole = on_cpu("", times[0])
    for seconds in times[1:]:
        whole = and_cpu(whole, seconds)
    assert whole.cost == sum(on_cpu("", seconds).cost for seconds in times)
    assert whole.cost == sum(map(Fraction, times)) * Fraction("0.05") * 1_000_000 / 3600


def test_a_price_by_the_token_is_a_cost_too() -> None:
    """Vendors' prices are dollars a million tokens, which is micro-dollars a token."""
    one = Prediction("", 1200 * Fraction("0.15") + 50 * Fraction("0.60"), prompt_tokens=1200)
    assert one.cost == listed(one.cost) == 210
    assert listed(Fraction("0.15")) == 1


PICO = st.integers(0, 10**20)


@given(st.lists(PICO, max_size=40))
def test_a_bill_is_the_exact_sum_rounded_up_once(costs: list[int]) -> None:
    bill, exact = whole_micro_usd(sum(costs)), Fraction(sum(costs), PICO_PER_MICRO)
    assert exact <= bill < exact + 1


@given(PICO)
def test_an_exact_amount_is_told_to_its_last_digit(pico: int) -> None:
    assert Fraction(exact_usd(pico)) == Fraction(pico, 10**12)


@given(st.fractions(0, 10**12))
def test_a_cost_is_kept_to_the_nearest_pico_dollar(cost: Fraction) -> None:
    assert abs(kept(cost) - cost * PICO_PER_MICRO) <= Fraction(1, 2)
    assert abs(Fraction(exact_usd(cost)) - cost / 10**12) <= Fraction(1, 2 * 10**15)


class Closing:
    """A flight that ends when one of the rows was heard."""

    width = 2

    def __init__(self) -> None:
        self.waiting: list[tuple[int, str | Document]] = []

    def send_off(self, questions: Iterable[tuple[int, str | Document]]) -> None:
        self.waiting += questions

    def heard(self, _seconds: float) -> Iterator[tuple[int, Answered]]:
        idx, value = self.waiting.pop(0)
        yield idx, answer(value)
        raise Interrupted

    def take_back(self) -> list[int]:
        names = [idx for idx, _ in self.waiting]
        self.waiting.clear()
        return names


def test_what_a_flight_answered_before_it_ended_is_kept() -> None:
    class Flying(Model):
        def flight(self) -> Closing:  # type: ignore[override]
            return Closing()

    groups = scored(MOOD, Flying(), taking(ROWS))
    assert [row.idx for row in next(groups)] == [4]
    with pytest.raises(Interrupted):
        next(groups)
