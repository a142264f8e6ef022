"""Quality against cost: the front, the places of points, names that keep apart."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.reports import picture as drawing
from pareta_plan.reports.picture import CostScale, Point, QualityScale, front, picture

shares = st.floats(0, 1).map(lambda share: round(share, 3))


@st.composite
def points(draw: st.DrawFn) -> list[Point]:
    """Up to eight models, with and without bounds."""
    made = []
    for i in range(draw(st.integers(1, 8))):
        low, quality, high = sorted(draw(st.tuples(shares, shares, shares)))
        bounds = (low, high) if draw(st.booleans()) else (None, None)
        role = "chosen" if i == 0 else draw(st.sampled_from(["candidate", "baseline"]))
        cost = draw(st.one_of(st.integers(0, 5), st.integers(0, 10**6)))
        made.append(Point(f"model-{i}", role, cost, quality, *bounds))
    return made


@given(points())
def test_the_front_is_what_nothing_beats(found: list[Point]) -> None:
    def beats(one: Point, other: Point) -> bool:
        least = one.cost <= other.cost and one.quality >= other.quality
        return least and (one.cost, one.quality) != (other.cost, other.quality)

    unbeaten = [p for p in found if not any(beats(other, p) for other in found)]
    assert sorted(p.name for p in front(found)) == sorted(p.name for p in unbeaten)


@given(points(), st.none() | shares, st.sampled_from([350.0, 640.0]))
def test_all_is_drawn_inside(found: list[Point], floor_at: float | None, width: float) -> None:
    across, up = CostScale(found, width), QualityScale(found, floor_at)
    for point in found:
        assert drawing.LEFT < across.place(point.cost) < width - drawing.RIGHT
        assert drawing.TOP - 0.1 <= up.place(point.quality) <= drawing.HEIGHT - drawing.BOTTOM + 0.1
    for place, text in [*across.ticks(4), *up.ticks()]:
        assert 0 < place < max(width, drawing.HEIGHT)
        assert text.strip("$")
    assert len(across.ticks(4)) <= 4
    text = picture(found, floor_at, width, "title")
    assert "nan" not in text
    assert text.count('class="point') == len(found)
    marks = list(drawing._marks(found, across, up))
    for label in drawing._labels(marks, [], up, width):
        assert label.box.top >= 0
        assert drawing.LEFT <= label.box.left < label.box.right <= width


@given(points())
def test_dearer_is_further_right_and_better_is_higher(found: list[Point]) -> None:
    across, up = CostScale(found, 640.0), QualityScale(found, None)
    for one, other in combinations(found, 2):
        if one.cost < other.cost:
            assert across.place(one.cost) < across.place(other.cost)
        if one.quality < other.quality:
            assert up.place(one.quality) > up.place(other.quality)


def test_names_of_many_models_keep_apart() -> None:
    found = [
        Point(f"vendor/model-{i}", "candidate", cost, 0.8 + i / 100, 0.7, 0.95)
        for i, cost in enumerate([12, 12, 12, 15, 900, 950, 1000, 0])
    ]
    up = QualityScale(found, 0.85)
    marks = list(drawing._marks(found, CostScale(found, 640.0), up))
    labels = drawing._labels(marks, [], up, 640.0)
    assert not [1 for one, other in combinations(labels, 2) if one.box.meets(other.box)]


def test_points_in_one_place_stand_side_by_side() -> None:
    found = [Point(f"m-{i}", "candidate", 1, 0.75) for i in range(4)]
    marks = list(drawing._marks(found, CostScale(found, 640.0), QualityScale(found, None)))
    assert all(abs(one.x - other.x) >= 10 for one, other in combinations(marks, 2))
