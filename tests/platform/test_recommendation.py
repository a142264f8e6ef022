"""Which measured model a project's rule takes."""

from __future__ import annotations

from statistics import fmean
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.platform.catalog.board import BoardEntry, most_behind, ranked, recommended
from pareta_plan.platform.catalog.own import Recommendation
from pareta_plan.platform.kinds.intervals import mean_interval

ROWS = 12
CHEAPEST: Final = "cheapest"


def entry(name: str, scores: list[float], micro_usd: int, *, price: str | None = "p") -> BoardEntry:
    low, high = mean_interval(scores)
    provenance: dict[str, Any] = {
        "model": name,
        "rows": len(scores),
        "errors": 0,
        "data_digest": "sha256:1",
        "date": "2026-01-01",
        "cpu_seconds": 0,
        "usd_per_cpu_hour": 0.05,
        "deterministic": False,
        "scores": scores,
        "basis": "sha256:2",
        "price": price,
    }
    values = {
        "name": name,
        "kind": "open",
        "quality": fmean(scores),
        "quality_ci_low": low,
        "quality_ci_high": high,
        "cost_per_request_micro_usd": micro_usd,
        "cost_per_request_usd": f"{micro_usd / 1e6:f}",
        "context_k": 8,
        "provenance": provenance,
    }
    return BoardEntry.model_validate(values)


SCORES = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=ROWS, max_size=ROWS)
MODELS = st.lists(st.tuples(SCORES, st.integers(1, 100)), min_size=1, max_size=3)


@settings(max_examples=25)
@given(MODELS, st.sampled_from([0.0, 0.02, 0.2, 0.6]))
def test_the_cheapest_is_never_shown_to_be_worse_by_more_than_allowed(
    models: list[tuple[list[float], int]], within: float
) -> None:
    entries = ranked(entry(f"m-{n}", *one) for n, one in enumerate(models, 1))
    best, *others = entries
    name = recommended(entries, Recommendation(within, CHEAPEST))
    taken = next(one for one in entries if one.name == name)
    if taken is not best:
        assert most_behind(best, taken) <= within
        gap = [a - b for a, b in zip(*(_scores(one) for one in (best, taken)), strict=True)]
        assert fmean(gap) <= within + 1e-9
    assert taken.cost_per_request_micro_usd <= best.cost_per_request_micro_usd
    cheaper = [o for o in others if o.cost_per_request_micro_usd < taken.cost_per_request_micro_usd]
    assert all(most_behind(best, one) > within for one in cheaper)


def _scores(entry: BoardEntry) -> list[float]:
    assert entry.provenance.scores
    return entry.provenance.scores


def test_what_has_no_price_is_not_the_cheapest() -> None:
    scores = [1.0] * ROWS
    entries = ranked([entry("m-1", scores, 5), entry("m-2", scores, 1, price=None)])
    assert recommended(entries[::-1], Recommendation(0.5, CHEAPEST)) == "m-1"
    best_is_free = [entries[0], entry("m-3", [0.0] * ROWS, 5)]
    assert recommended(best_is_free, Recommendation(1.0, CHEAPEST)) == "m-2"


def test_the_best_is_taken_without_a_rule() -> None:
    entries = ranked([entry("m-1", [1.0] * ROWS, 5), entry("m-2", [0.5] * ROWS, 1)])
    assert recommended(entries, Recommendation()) == "m-1"
    assert recommended([], Recommendation(0.1, CHEAPEST)) is None
