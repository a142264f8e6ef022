"""Gaps against values worked out by hand and published ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.gates.bounds import mean_bounds
from pareta_plan.gates.gaps import paired_gap, unpaired_gap
from pareta_plan.platform.kinds.intervals import wilson
from pareta_plan.project.lockfile import Measured

by_row = st.dictionaries(st.integers(0, 40), st.sampled_from([0.0, 0.5, 1.0]), max_size=25)


@given(by_row, by_row)
@settings(max_examples=50, deadline=None)
def test_a_paired_gap_is_the_mean_difference_of_common_rows(
    model: dict[int, float], other: dict[int, float]
) -> None:
    gap = paired_gap(model, other)
    common = model.keys() & other.keys()
    if not common:
        assert gap is None
        return
    assert gap is not None
    assert (gap.paired, gap.rows) == (True, len(common))
    expected = sum(other[i] - model[i] for i in common) / len(common)
    assert gap.gap == pytest.approx(expected, abs=1e-6)
    assert gap.low - 1e-6 <= gap.gap <= gap.high + 1e-6
    mirrored = paired_gap(other, model)
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-gap.high, -gap.low), abs=1e-5)


def measured(scores: list[float], kind: str = "open") -> Measured:
    low, high = mean_bounds(scores)
    values = {"kind": kind, "quality": sum(scores) / len(scores), "low": low, "high": high}
    return Measured.model_validate({**values, "scored": len(scores)})


def test_pairing_sees_what_single_intervals_can_not() -> None:
    scores = [float(i % 2) for i in range(40)]
    gap = paired_gap(dict(enumerate(scores)), dict(enumerate(scores)))
    apart = unpaired_gap(measured(scores), measured(scores, "frontier"))
    assert gap is not None
    assert apart is not None
    assert (gap.gap, apart.gap, apart.rows) == (0, 0, 40)
    assert apart.low < 2 * gap.low <= 0 <= 2 * gap.high < apart.high


def test_the_ends_of_an_unpaired_gap_add_up() -> None:
    a, b = wilson(56, 70), wilson(48, 80)
    better = Measured(kind="frontier", quality=56 / 70, low=a[0], high=a[1])
    worse = Measured(kind="open", quality=48 / 80, low=b[0], high=b[1])
    gap = unpaired_gap(worse, better)
    assert gap is not None
    ends = (0.2, a[0] - b[1], a[1] - b[0])
    assert (gap.gap, gap.low, gap.high) == pytest.approx(ends, abs=1e-6)
    assert unpaired_gap(Measured(kind="open"), better) is None


def test_a_gap_of_one_row_does_not_pass_for_certainty() -> None:
    """One row that both got right says next to nothing of a margin."""
    gap = paired_gap({0: 1.0}, {0: 1.0})
    assert gap is not None
    assert (gap.low, gap.high) == pytest.approx((-0.95, 0.95), abs=1e-5)


def test_equal_differences_of_floats_are_counted_together() -> None:
    """0.3 - 0.2 and 0.9 - 0.8 differ in their last digits."""
    mixed = paired_gap({0: 0.2, 1: 0.8}, {0: 0.3, 1: 0.9})
    same = paired_gap({0: 0.2, 1: 0.2}, {0: 0.3, 1: 0.3})
    assert mixed == same
