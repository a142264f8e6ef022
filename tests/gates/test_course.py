"""How a bound came to its limit: which one decides, and what small bars make of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.gates.course import Course
from pareta_plan.render.course import bars, course_lines
from pareta_plan.words import BARS
from tests.cli.projects import ROWS, manifest

if TYPE_CHECKING:
    from tests.conftest import Cli


def course(bounds: list[float], limit: float, *, rises: bool = True) -> Course:
    """One of batches of ten rows."""
    return Course(
        gate="min_quality",
        limit=limit,
        rows=[10 * (n + 1) for n in range(len(bounds))],
        lows=bounds if rises else [0.0] * len(bounds),
        highs=[1.0] * len(bounds) if rises else bounds,
        rises=rises,
    )


@pytest.mark.parametrize(
    ("bounds", "limit", "rises", "drawn"),
    [
        ([0.5, 0.6, 0.8], 0.8, True, "▁▃█"),
        ([0.5, 0.6, 0.799], 0.8, True, "▁▃▇"),
        ([0.9, 0.5, 0.2], 0.2, False, "█▄▁"),
        ([0.9, 0.5, 0.201], 0.2, False, "█▄▂"),
        ([0.95], 0.9, True, "█"),
        ([0.9], 0.9, False, "▁"),
    ],
)
def test_bars_are_full_or_empty_at_the_limit(
    bounds: list[float], limit: float, rises: bool, drawn: str
) -> None:
    assert bars(course(bounds, limit, rises=rises)) == drawn


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=9), st.floats(-1, 1), st.booleans())
def test_a_bar_tells_whether_the_limit_is_reached(
    bounds: list[float], limit: float, rises: bool
) -> None:
    ordered = sorted(bounds, reverse=not rises)
    found = course(ordered, limit, rises=rises)
    drawn = bars(found)
    assert len(drawn) == len(bounds)
    assert (drawn[-1] == (BARS[-1] if rises else BARS[0])) is found.is_there
    heights = [BARS.index(bar) for bar in drawn]
    assert heights == sorted(heights, reverse=not rises)


def test_a_bound_is_rounded_away_from_its_limit() -> None:
    up, down = course([0.7999], 0.8), course([0.2001, 0.2001], 0.2, rises=False)
    assert course_lines([up, down]) == [
        "▁ min_quality 0.799 (10 rows), limit 0.8",
        "██ min_quality 0.201 (10 rows) to 0.201 (20), limit 0.2",
    ]


def test_the_page_draws_it_with_rows_that_were_not_needed(cli: Cli) -> None:
    texts = (ROWS[n % 3] for n in range(200))
    lines = [json.dumps({"id": n, "input": a, "expected": b}) for n, (a, b) in enumerate(texts)]
    more = "eval: {items: rows.jsonl, gates: {min_quality: 0.8}}\n"
    cli.write({"pareta.yaml": manifest(more=more), "rows.jsonl": "\n".join(lines)})
    ended = cli("apply", "--auto-approve")
    assert ended.code == 0, ended
    assert "decided after 50 of 200 rows" in ended.out
    page = cli("results", "parcels", "--format", "html")
    assert page.code == 0, page
    assert 'class="bound"' in page.out
    assert "the strong line is the one that has reached the limit" in page.out
