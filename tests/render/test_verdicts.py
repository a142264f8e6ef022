"""The sentences of verdicts: figures as a person reads them, which compare as they were judged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.gates.gates import Figures, Outcome, Verdict
from pareta_plan.manifest.manifest import GATES
from pareta_plan.project.lockfile import Gap, Measured
from pareta_plan.render.verdicts import reason, verdict_lines
from pareta_plan.words import plain
from tests.gates.judging import baseline, mine, verdicts

PASS, OPEN, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def told(gate: str, limit: float, *evidence: Any) -> str:
    (only,) = verdicts(gate, limit, *evidence)
    return reason(only)


def test_savings_say_what_rounding_made_of_them() -> None:
    said = told("min_savings", 3, mine(cost_per_request_micro_usd=1), {"b": baseline(3)})
    assert said == "at least 1.6x, against 3x; costs are whole micro-dollars"
    said = told("min_savings", 3, mine(cost_per_request_micro_usd=0), {"b": baseline(1)})
    assert said == "at least 1.0x, against 3x; costs are whole micro-dollars"
    said = told("min_savings", 3, mine(cost_per_request_micro_usd=3), {"b": baseline(8)})
    assert said == "2.6x, against 3x; it may be 2.1x to 3.4x, as costs are whole micro-dollars"


def test_a_reason_says_whose_interval_it_is() -> None:
    said = "0.900 [0.850, 0.940]{} against 0.8"
    assert told("min_quality", 0.8, mine(bounds="rows")) == said.format("")
    whose = " (the platform's interval)"
    assert told("min_quality", 0.8, mine(bounds="platform")) == said.format(whose)


@given(
    st.integers(1, 9999).map(lambda n: n / 10_000),
    st.floats(0, 1).map(lambda x: round(x, 6)),
    st.floats(0, 1).map(lambda x: round(x, 6)),
)
def test_what_is_shown_compares_as_what_was_judged(limit: float, one: float, two: float) -> None:
    low, high = sorted((one, two))
    (judged,) = verdicts("min_quality", limit, mine(low, low=low, high=high))
    said = reason(judged)
    down, up = (float(end) for end in re.findall(r"[\d.]+", said)[1:3])
    assert judged.outcome is (PASS if down >= limit else FAIL if up < limit else OPEN)
    gaps = {"b": Gap(gap=low, low=low, high=high, paired=True, rows=100)}
    (judged,) = verdicts("max_gap_to_frontier", limit, mine(), {"b": baseline()}, gaps)
    said = reason(judged)
    down, up = (float(end) for end in re.findall(r"[-+][\d.]+", said)[1:3])
    assert judged.outcome is (PASS if up <= limit else FAIL if down > limit else OPEN)


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
    assert said in told(gate, limit, mine(**measured))


@pytest.mark.parametrize("limit", [1e-310, 1e-30])
def test_a_limit_of_more_digits_than_can_be_shown(limit: float) -> None:
    for gate in ("min_quality", "max_gap_to_frontier", "min_savings"):
        gaps = {"b": Gap(gap=0.0, low=-0.1, high=0.1, paired=True, rows=100)}
        said = told(gate, limit, mine(), {"b": baseline()}, gaps)
        assert len(said.partition("against")[0]) < 100


def test_a_gap_of_nothing_has_no_minus() -> None:
    gaps = {"b": Gap(gap=-0.0002, low=-0.03, high=-0.0, paired=True, rows=100)}
    said = told("max_gap_to_frontier", 0.01, mine(), {"b": baseline()}, gaps)
    assert said.startswith("+0.000 [-0.030, +0.000] to b")


def test_a_reason_never_shows_a_bound_at_the_limit_that_is_not() -> None:
    assert "[0.849, 0.940] against 0.85;" in told("min_quality", 0.85, mine(low=0.84996))
    gaps = {"b": Gap(gap=0.0, low=-0.03, high=0.03004, paired=True, rows=100)}
    said = told("max_gap_to_frontier", 0.03, mine(), {"b": baseline()}, gaps)
    assert "[-0.030, +0.031] to b" in said
    gaps = {"b": Gap(gap=0.0, low=-0.0004, high=0.0, paired=True, rows=100)}
    said = told("max_gap_to_frontier", 0.0, mine(), {"b": baseline()}, gaps)
    assert "+0.000 [+0.000, +0.000] to b" in said
    for floor in range(1, 100):  # 0.57 times a thousand is a little less than 570
        said = told("min_quality", floor / 100, mine(1.0, low=floor / 100, high=1.0))
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
    assert how in told("max_gap_to_frontier", 0.03, measured, {"b": baseline()}, gaps)


@pytest.mark.parametrize("quality", [0.9, 0.90001])
def test_no_number_of_rows_decides_what_sits_at_the_limit(quality: float) -> None:
    said = told("min_quality", 0.9, mine(quality))
    assert said.endswith("; too close to decide with 100,000 rows")


def test_evidence_that_does_not_know_its_rows_asks_for_none() -> None:
    """As lockfiles have it that were written before gaps counted their rows."""
    gaps = {"b": Gap(gap=0.0, low=-0.05, high=0.05, paired=True)}
    said = told("max_gap_to_frontier", 0.03, mine(), {"b": baseline()}, gaps)
    assert said.endswith("paired by row, against 0.03")


def test_what_is_decided_asks_for_nothing() -> None:
    assert "rows" not in told("min_quality", 0.8, mine())
    assert "rows" not in told("min_quality", 0.99, mine())


@pytest.mark.parametrize(
    ("rows", "enough", "more"),
    [
        (100, 1334, "1,200 more rows"),
        (19, 1253, "1,000 more rows"),  # so few tell no second digit
        (100, 90, "1 more row"),  # by an estimate that is off
    ],
)
def test_rows_are_asked_for_in_round_numbers(rows: int, enough: int, more: str) -> None:
    figures = Figures(
        measured=0.9, low=0.8, high=0.95, rows=rows, asked=rows, rows_to_decide=enough
    )
    said = reason(Verdict("min_quality", OPEN, 0.85, figures))
    assert said == f"0.900 [0.800, 0.950] against 0.85; about {more} would decide it"


def test_every_gate_has_a_sentence() -> None:
    gaps = {"b": Gap(gap=0.0, low=-0.1, high=0.1, paired=True, rows=100)}
    priced = mine(cost_per_request_micro_usd=9)
    for gate in GATES:
        assert " against " in told(gate, 1, priced, {"b": baseline()}, gaps)


FREE = {"cost_per_request_micro_usd": 0}


@pytest.mark.parametrize(
    ("gate", "evidence", "said"),
    [
        ("min_quality", (mine(None),), "no row was scored"),
        ("min_quality", (Measured(kind="open", scored=20),),
         "the platform tells no quality of the 20 rows it scored"),
        ("min_quality", (Measured(kind="open", quality=0.9, scored=20),),
         "0.900, with neither the rows' scores nor an interval to judge by"),
        ("max_gap_to_frontier", (mine(),), "the run has no baseline"),
        ("max_gap_to_frontier", (mine(), {"{b}": baseline()}),
         "no row that {b} and the model both scored, or no interval of either"),
        ("max_cost_per_request_usd", (mine(),), "no cost was measured"),
        ("min_savings", (mine(), {"b": baseline()}), "no cost was measured"),
        ("min_savings", (mine(**FREE), {"b": baseline(None)}),
         "no baseline's cost to compare with"),
        ("min_savings", (mine(**FREE), {"b": baseline(0)}),
         "the model and a baseline both cost less than can be told"),
        ("min_savings", (mine(**FREE), {"b": baseline(9)}),
         "at least 17.0x, against 0.5x; costs are whole micro-dollars"),
        ("max_error_rate", (mine(None),), "0 of 0 rows against 50%"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_told(gate: str, evidence: tuple[Any, ...], said: str) -> None:
    assert told(gate, 0.5, *evidence) == said


def test_lines_fit_a_terminal() -> None:
    gaps = {"b" * 60: Gap(gap=0.2, low=0.1, high=0.3, paired=True, rows=90)}
    failed = verdicts("max_gap_to_frontier", 0.05, mine(), {"b" * 60: baseline()}, gaps)
    first, *rest = verdict_lines(failed, plain, 78)
    assert first.startswith("FAIL max_gap_to_frontier: +0.200")
    assert rest
    assert all(len(line) <= 78 for line in (first, *rest))
    assert all(line.startswith("     ") for line in rest)
