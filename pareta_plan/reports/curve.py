"""A gate's bounds against the number of rows as SVG: the band between them, and the limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pareta_plan.gates.course import Course
from pareta_plan.reports.markup import Html, element, joined
from pareta_plan.reports.picture import round_values, short, tick

HEIGHT = 180.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 16.0, 16.0, 40.0


class _Scale:
    """From rows and bounds to places."""

    def __init__(self, course: Course, width: float) -> None:
        ends = [*course.lows, *course.highs, course.limit]
        margin = 0.05 * (max(ends) - min(ends) or 1.0)
        self.low, self.high = min(ends) - margin, max(ends) + margin
        self.most = float(course.rows[-1])
        self._width = width

    def across(self, rows: float) -> float:
        return LEFT + rows / self.most * (self._width - LEFT - RIGHT)

    def up(self, bound: float) -> float:
        share = (bound - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def curve(course: Course, width: float, title: str) -> Html:
    """The picture, `width` units wide; the bound that decides is the strong line."""
    scale = _Scale(course, width)
    lows, highs = ([*zip(course.rows, ends, strict=True)] for ends in (course.lows, course.highs))
    band = _path(scale, [*lows, *reversed(highs)], closed=True)
    line = _path(scale, lows if course.rises else highs)
    dots = (
        element("circle", class_="chosen point", cx=short(scale.across(rows)), cy=short(y), r="2.5")
        for rows, y in ((n, scale.up(b)) for n, b in zip(course.rows, course.bounds, strict=True))
    )
    return element(
        "svg",
        joined(_axes(scale, course, width)),
        element("path", class_="band", d=band),
        joined(_limit(scale, course.limit, width)),
        element("path", class_="bound", d=line),
        joined(dots),
        role="img",
        aria_label=title,
        viewBox=f"0 0 {short(width)} {short(HEIGHT)}",
    )


def _path(scale: _Scale, points: Sequence[tuple[int, float]], *, closed: bool = False) -> str:
    places = (f"{short(scale.across(x))} {short(scale.up(y))}" for x, y in points)
    return f"M{'L'.join(places)}{'Z' if closed else ''}"


def _axes(scale: _Scale, course: Course, width: float) -> Iterator[Html]:
    right, bottom = short(width - RIGHT), HEIGHT - BOTTOM
    for value in round_values(scale.low, scale.high, 5):
        y = scale.up(value)
        yield element("line", class_="grid", x1=short(LEFT), x2=right, y1=short(y), y2=short(y))
        text = f"{value:.2f}"
        yield element("text", text, class_="tick end", x=short(LEFT - 8), y=short(y + 4))
    yield element(
        "line", class_="axis", x1=short(LEFT), x2=right, y1=short(bottom), y2=short(bottom)
    )
    for rows in round_values(0, scale.most, 5):
        yield from tick(scale.across(rows), bottom, f"{rows:,.0f}")
    middle = short((LEFT + width - RIGHT) / 2)
    yield element("text", "rows", class_="tick middle", x=middle, y=short(HEIGHT - 5))


def _limit(scale: _Scale, limit: float, width: float) -> Iterator[Html]:
    y = scale.up(limit)
    yield element(
        "line",
        class_="floor",
        x1=short(LEFT),
        x2=short(width - RIGHT),
        y1=short(y),
        y2=short(y),
    )
    yield element("text", f"limit {limit:g}", class_="tick", x=short(LEFT + 4), y=short(y - 4))
