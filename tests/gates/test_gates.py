"""Verdicts against values worked out by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pareta_plan.gates.bounds import proportion_bounds
from pareta_plan.gates.gates import Outcome, Verdict, blocks, judge, rows_to_decide, worst
from pareta_plan.manifest.manifest import Gates
from pareta_plan.project.lockfile import Evidence, Gap, Measured
from tests.entries import basis

PASS, OPEN, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def mine(
    quality: float | None = 0.9, low: float = 0.85, high: float = 0.94, **more: Any
) -> Measured:
    values = {"kind": "open", "quality": quality, "low": low, "high": high, "scored": 100, **more}
    if quality is None:
        values |= {"low": None, "high": None, "scored": 0}
    return Measured.model_validate(values)


def baseline(cost: int | None = 1000) -> Measured:
    return Measured(
        kind="frontier", quality=0.92, low=0.88, high=0.95, cost_per_request_micro_usd=cost
    )


def verdicts(
    gate: str,
    limit: float,
    measured: Measured,
    baselines: dict[str, Measured] | None = None,
    gaps: dict[str, Gap] | None = None,
) -> list[Verdict]:
    results = {"m": measured, **(baselines or {})}
    evidence = Evidence(basis=basis(), run_id="r", results=results, gaps=gaps or {})
    return judge(Gates.model_validate({gate: limit}), evidence, "m")


def verdict(gate: str, limit: float, *evidence: Any) -> Outcome:
    return worst(verdicts(gate, limit, *evidence))


def reason(gate: str, limit: float, *evidence: Any) -> str:
    (only,) = verdicts(gate, limit, *evidence)
    return only.reason


@pytest.mark.parametrize(
    ("floor", "low", "high", "outcome"),
    [
        (0.85, 0.85, 0.94, PASS),  # the bound itself reaches the floor
        (0.8501, 0.85, 0.94, OPEN),
        (0.94, 0.85, 0.94, OPEN),  # the upper bound is not below it
        (0.9401, 0.85, 0.94, FAIL),
        (0.0, 0.0, 0.1, PASS),
        (1.0, 0.97, 1.0, OPEN),
    ],
)
def test_min_quality(floor: float, low: float, high: float, outcome: Outcome) -> None:
    assert verdict("min_quality", floor, mine(low=low, high=high)) is outcome


def test_nothing_scored_fails_even_a_floor_of_zero() -> None:
    assert verdict("min_quality", 0.0, mine(None)) is FAIL
    assert verdict("max_error_rate", 1.0, mine(None, errors=0)) is not FAIL


@pytest.mark.parametrize(
    ("margin", "low", "high", "outcome"),
    [
        (0.03, -0.02, 0.03, PASS),
        (0.03, -0.02, 0.0301, OPEN),
        (0.03, 0.03, 0.09, OPEN),
        (0.03, 0.0301, 0.09, FAIL),
        (0.0, -0.10, 0.0, PASS),
        (0.0, -0.10, 0.01, OPEN),
    ],
)
def test_max_gap_to_frontier(margin: float, low: float, high: float, outcome: Outcome) -> None:
    gaps = {"b": Gap(gap=(low + high) / 2, low=low, high=high, paired=True)}
    assert verdict("max_gap_to_frontier", margin, mine(), {"b": baseline()}, gaps) is outcome


def test_every_baseline_must_be_reached() -> None:
    near = Gap(gap=0, low=-0.01, high=0.01, paired=True)
    far = Gap(gap=0.2, low=0.1, high=0.3, paired=True)
    both = {"a": baseline(), "b": baseline()}
    assert verdict("max_gap_to_frontier", 0.05, mine(), both, {"a": near, "b": near}) is PASS
    assert verdict("max_gap_to_frontier", 0.05, mine(), both, {"a": near, "b": far}) is FAIL
    assert verdict("max_gap_to_frontier", 0.05, mine(), both, {"a": near}) is OPEN
    assert verdict("max_gap_to_frontier", 0.05, mine()) is FAIL


@pytest.mark.parametrize(
    ("limit", "cost", "outcome"),
    [(0.002, 2000, PASS), (0.002, 2001, FAIL), (0.0, 0, PASS), (0.0, 1, FAIL), (1, None, FAIL)],
)
def test_max_cost_per_request(limit: float, cost: int | None, outcome: Outcome) -> None:
    measured = mine(cost_per_request_micro_usd=cost)
    assert verdict("max_cost_per_request_usd", limit, measured) is outcome


def test_a_cost_limit_is_met_exactly_whatever_floats_do() -> None:
    for micro in range(1, 3000):
        measured = mine(cost_per_request_micro_usd=micro)
        assert verdict("max_cost_per_request_usd", micro / 1_000_000, measured) is PASS, micro


@pytest.mark.parametrize(
    ("floor", "cost", "costs", "outcome"),
    [
        (5, 100, [503], PASS),  # 502.5 over 100.5
        (5, 100, [502], OPEN),
        (5, 100, [500], OPEN),
        (5, 100, [497], OPEN),  # 497.5 over 99.5
        (5, 100, [496], FAIL),
        (3, 3, [8], OPEN),
        (3, 1, [5], PASS),
        (3.1, 1, [5], OPEN),
        (5, 100, [5000, 496], FAIL),  # against the cheapest
        (5, 100, [None, 503], PASS),
        (5, 100, [None], FAIL),
        (5, 100, [], FAIL),
        (5, 0, [0], OPEN),
        (5, None, [500], FAIL),
    ],
)
def test_min_savings(
    floor: float, cost: int | None, costs: list[int | None], outcome: Outcome
) -> None:
    baselines = {f"b{i}": baseline(c) for i, c in enumerate(costs)}
    measured = mine(cost_per_request_micro_usd=cost)
    assert verdict("min_savings", floor, measured, baselines) is outcome


def test_savings_say_what_rounding_made_of_them() -> None:
    said = reason("min_savings", 3, mine(cost_per_request_micro_usd=1), {"b": baseline(3)})
    assert said == "3.0x, against 3x; it may be 1.6x to 7.0x, as costs are whole micro-dollars"
    said = reason("min_savings", 3, mine(cost_per_request_micro_usd=0), {"b": baseline(1)})
    assert said.endswith("; it may be 1.0x or more, as costs are whole micro-dollars")


def test_a_free_model_saves_all_there_is() -> None:
    measured = mine(cost_per_request_micro_usd=0)
    assert verdict("min_savings", 5, measured, {"b": baseline(500)}) is PASS


@pytest.mark.parametrize(
    ("limit", "errors", "asked", "outcome"),
    [
        (0.02, 2, 100, PASS),
        (0.02, 3, 100, OPEN),  # a rate of 2% has so many in one run of three
        (0.02, 5, 100, OPEN),  # P(5 or more | 2%) is 5.1%
        (0.02, 6, 100, FAIL),
        (0.02, 1, 20, OPEN),
        (0, 0, 3, PASS),
        (0, 1, 100, FAIL),
        (1, 3, 3, PASS),
    ],
)
def test_max_error_rate(limit: float, errors: int, asked: int, outcome: Outcome) -> None:
    measured = mine(scored=asked - errors, errors=errors)
    assert verdict("max_error_rate", limit, measured) is outcome
    if errors / asked > limit:
        chance = stats.binom.sf(errors - 1, asked, limit)
        assert (outcome is FAIL) == (chance < 0.05)


def test_what_blocks() -> None:
    gates = Gates(min_quality=0.9)
    lenient = Gates(min_quality=0.9, on_inconclusive="warn")
    for quality, strict, warned in (
        (mine(low=0.95, high=0.99), None, None),
        (mine(low=0.85, high=0.95), OPEN, None),
        (mine(low=0.1, high=0.2), FAIL, FAIL),
    ):
        evidence = Evidence(basis=basis(), run_id="r", results={"m": quality})
        assert blocks(judge(gates, evidence, "m"), gates) is strict
        assert blocks(judge(lenient, evidence, "m"), lenient) is warned
    assert blocks([], Gates()) is None


def test_a_model_the_run_does_not_know_is_not_let_through() -> None:
    gates = Gates(min_quality=0.0, max_error_rate=1.0)
    evidence = Evidence(basis=basis(), run_id="r", results={})
    assert blocks(judge(gates, evidence, "m"), gates) is FAIL


def test_quality_without_an_interval_is_open() -> None:
    measured = Measured(kind="open", quality=0.9, scored=50)
    assert verdict("min_quality", 0.5, measured) is OPEN
    assert "neither" in reason("min_quality", 0.5, measured)


def test_a_reason_says_whose_interval_it_is() -> None:
    said = "0.900 [0.850, 0.940]{} against 0.8"
    assert reason("min_quality", 0.8, mine(bounds="rows")) == said.format("")
    whose = " (the platform's interval)"
    assert reason("min_quality", 0.8, mine(bounds="platform")) == said.format(whose)


@given(
    st.integers(1, 9999).map(lambda n: n / 10_000),
    st.floats(0, 1).map(lambda x: round(x, 6)),
    st.floats(0, 1).map(lambda x: round(x, 6)),
)
def test_what_is_shown_compares_as_what_was_judged(limit: float, one: float, two: float) -> None:
    low, high = sorted((one, two))
    outcome = verdict("min_quality", limit, mine((low + high) / 2, low=low, high=high))
    said = reason("min_quality", limit, mine(low, low=low, high=high))
    down, up = (float(end) for end in re.findall(r"[\d.]+", said)[1:3])
    assert outcome is (PASS if down >= limit else FAIL if up < limit else OPEN)
    gaps = {"b": Gap(gap=low, low=low, high=high, paired=True, rows=100)}
    outcome = verdict("max_gap_to_frontier", limit, mine(), {"b": baseline()}, gaps)
    said = reason("max_gap_to_frontier", limit, mine(), {"b": baseline()}, gaps)
    down, up = (float(end) for end in re.findall(r"[-+][\d.]+", said)[1:3])
    assert outcome is (PASS if up <= limit else FAIL if down > limit else OPEN)


@pytest.mark.parametrize(
    ("gate", "limit", "measured", "said"),
    [
        ("max_error_rate", 0.0005, {"errors": 1, "scored": 1499}, "1 of 1500 rows against 0.05%"),
        ("min_quality", 0.9, {"errors": 240, "scored": 60}, "] of 60 of 300 rows against 0.9"),
        ("max_cost_per_request_usd", 1e-5, {"cost_per_request_micro_usd": 9}, "against $0.00001"),
    ],
)
def test_a_reason_has_all_digits_of_its_limit(
    gate: str, limit: float, measured: dict[str, int], said: str
) -> None:
    assert said in reason(gate, limit, mine(**measured))


@pytest.mark.parametrize("limit", [1e-310, 1e-30])
def test_a_limit_of_more_digits_than_can_be_shown(limit: float) -> None:
    for gate in ("min_quality", "max_gap_to_frontier", "min_savings"):
        gaps = {"b": Gap(gap=0.0, low=-0.1, high=0.1, paired=True, rows=100)}
        said = reason(gate, limit, mine(), {"b": baseline()}, gaps)
        assert len(said.partition("against")[0]) < 100


def test_a_quality_that_is_not_told_decides_nothing() -> None:
    untold = Measured(kind="open", scored=20)
    assert verdict("min_quality", 0.5, untold) is OPEN
    assert verdict("min_quality", 0.5, Measured(kind="open", errors=20)) is FAIL


def test_a_gap_of_nothing_has_no_minus() -> None:
    gaps = {"b": Gap(gap=-0.0002, low=-0.03, high=-0.0, paired=True, rows=100)}
    said = reason("max_gap_to_frontier", 0.01, mine(), {"b": baseline()}, gaps)
    assert said.startswith("+0.000 [-0.030, +0.000] to b")


def test_a_reason_never_shows_a_bound_at_the_limit_that_is_not() -> None:
    assert "[0.849, 0.940] against 0.85;" in reason("min_quality", 0.85, mine(low=0.84996))
    gaps = {"b": Gap(gap=0.0, low=-0.03, high=0.03004, paired=True, rows=100)}
    said = reason("max_gap_to_frontier", 0.03, mine(), {"b": baseline()}, gaps)
    assert "[-0.030, +0.031] to b" in said
    gaps = {"b": Gap(gap=0.0, low=-0.0004, high=0.0, paired=True, rows=100)}
    said = reason("max_gap_to_frontier", 0.0, mine(), {"b": baseline()}, gaps)
    assert "+0.000 [+0.000, +0.000] to b" in said
    for floor in range(1, 100):  # 0.57 times a thousand is a little less than 570
        said = reason("min_quality", floor / 100, mine(1.0, low=floor / 100, high=1.0))
        assert f"[{floor / 100:.3f}, 1.000] against" in said


@pytest.mark.parametrize(
    ("rows", "paired", "how"),
    [
        (100, True, "paired by row,"),
        (97, True, "paired by 97 of 100 rows,"),
        (97, False, "unpaired,"),
    ],
)
def test_a_reason_says_how_rows_were_paired(rows: int, paired: bool, how: str) -> None:
    gaps = {"b": Gap(gap=0.0, low=-0.01, high=0.01, paired=paired, rows=rows)}
    measured = mine(scored=98, errors=2)
    assert how in reason("max_gap_to_frontier", 0.03, measured, {"b": baseline()}, gaps)


def more(said: str) -> int:
    """The rows that a reason asks for."""
    found = re.search(r"; about ([\d,]+) more rows would decide it$", said)
    assert found, said
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize(
    ("right", "n", "floor"),
    [
        (3, 3, 0.99),
        (20, 20, 0.9),
        (45, 50, 0.85),
        (18, 20, 0.85),
        (40, 50, 0.75),
        (16, 20, 0.9),
        (190, 200, 0.93),
    ],
)
def test_the_rows_asked_for_are_about_those_that_decide(right: int, n: int, floor: float) -> None:
    low, high = proportion_bounds(right, n)
    measured = mine(right / n, low, high, scored=n)
    asked = n + more(reason("min_quality", floor, measured))
    enough, too_few = (
        verdict("min_quality", floor, mine(right / n, *proportion_bounds(k, m), scored=m))
        for m, k in ((m, round(m * right / n)) for m in (round(1.3 * asked), round(asked / 1.3)))
    )
    assert too_few is OPEN
    assert enough is not OPEN


def test_a_gap_and_an_error_rate_ask_for_rows_too() -> None:
    gaps = {"b": Gap(gap=0.0, low=-0.058155, high=0.058155, paired=True, rows=50)}
    said = reason("max_gap_to_frontier", 0.03, mine(scored=50), {"b": baseline()}, gaps)
    assert 40 < more(said) < 80  # 0.05 ** (1 / n) reaches 0.97 at 99 rows
    assert 30 < more(reason("max_error_rate", 0.02, mine(scored=19, errors=1))) < 80


@pytest.mark.parametrize("quality", [0.9, 0.90001])
def test_no_number_of_rows_decides_what_sits_at_the_limit(quality: float) -> None:
    said = reason("min_quality", 0.9, mine(quality))
    assert said.endswith("; too close to decide with 100,000 rows")


def test_evidence_that_does_not_know_its_rows_asks_for_none() -> None:
    """As lockfiles have it that were written before gaps counted their rows."""
    gaps = {"b": Gap(gap=0.0, low=-0.05, high=0.05, paired=True)}
    said = reason("max_gap_to_frontier", 0.03, mine(), {"b": baseline()}, gaps)
    assert said.endswith("paired by row, against 0.03")


def test_what_is_decided_asks_for_nothing() -> None:
    assert "rows" not in reason("min_quality", 0.8, mine())
    assert "rows" not in reason("min_quality", 0.99, mine())


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 2), st.integers(0, 10**6))
def test_the_rows_asked_for_are_some_or_none(
    measured: float, bound: float, limit: float, reach: float, n: int
) -> None:
    rows = rows_to_decide(measured, bound, limit, reach, n, width=2)
    assert rows is None or 0 <= rows <= 100_000
