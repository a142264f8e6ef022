"""Quality against cost as SVG: points with intervals, the Pareto front, labels that keep apart.

Its colours are the page's, by class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isclose, log10
from typing import NamedTuple

from pareta_plan.reports.markup import Html, element, joined
from pareta_plan.wire import MICRO

HEIGHT = 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 16.0, 24.0, 44.0
LETTER = 6.7  # of the font's size in the style sheet, on the wide side
LINE = 15.0
LONGEST = 30


@dataclass(frozen=True)
class Point:
    """A model's cost of a request in micro-USD, and its quality with its bounds."""

    name: str
    role: str
    cost: float
    quality: float
    low: float | None = None
    high: float | None = None


class Box(NamedTuple):
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two have anything in common."""
        apart = self.right < other.left or other.right < self.left
        return not (apart or self.bottom < other.top or other.bottom < self.top)


class Mark(NamedTuple):
    """Where a point is drawn."""

    point: Point
    x: float
    y: float


class Label(NamedTuple):
    """Where a name is written, and from where a line leads to its point."""

    text: str
    x: float
    y: float
    box: Box


def front(points: Iterable[Point]) -> list[Point]:
    """The points that none is better than: as cheap and as good, and one of it more so.

    From the cheapest on.
    """
    ordered = sorted(points, key=lambda p: (p.cost, -p.quality, p.name))
    kept: list[Point] = []
    for point in ordered:
        best = kept[-1] if kept else None
        if best is None or point.quality > best.quality or same_place(point, best):
            kept.append(point)
    return kept


def same_place(one: Point, other: Point) -> bool:
    return one.cost == other.cost and isclose(one.quality, other.quality)


def picture(points: Sequence[Point], floor_at: float | None, width: float, title: str) -> Html:
    """The picture, `width` units wide; `floor_at` is the least quality that a gate asks for."""
    across, up = CostScale(points, width), QualityScale(points, floor_at)
    marks = list(_marks(points, across, up))
    steps = _steps(points, across, up, width)
    labels = _labels(marks, [*_thin(steps), *_floor_boxes(floor_at, up, width)], up, width)
    return element(
        "svg",
        joined(_axes(across, up, width)),
        joined(_floor(floor_at, up, width)),
        _front_line(steps),
        joined(part for mark in marks for part in _interval(mark, up)),
        joined(_leader(mark, label) for mark, label in zip(marks, labels, strict=True)),
        joined(_shape(mark) for mark in marks),
        joined(element("text", label.text, x=short(label.x), y=short(label.y)) for label in labels),
        role="img",
        aria_label=title,
        viewBox=f"0 0 {short(width)} {short(HEIGHT)}",
    )


class CostScale:
    """From a cost to a place across: by its logarithm where costs lie far apart."""

    def __init__(self, points: Sequence[Point], width: float) -> None:
        costs = [point.cost for point in points]
        least, most = min(costs), max(costs)
        paid = min((cost for cost in costs if cost), default=1.0)
        self._free = paid * 10**-0.5
        self.log = most > 5 * paid
        self._from, self._to = LEFT + 26, width - RIGHT - 26
        if self.log:
            self._low, self._high = self._at(least), self._at(most)
        else:
            margin = (most - least or most or 1.0) * 0.1
            self._low, self._high = max(least - margin, 0.0), most + margin

    def _at(self, cost: float) -> float:
        """What is free stands half a power of ten below the least that is not."""
        return log10(max(cost, self._free)) if self.log else cost

    def place(self, cost: float) -> float:
        """How far across a cost in micro-USD is."""
        share = (self._at(cost) - self._low) / (self._high - self._low)
        return self._from + share * (self._to - self._from)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """At most so many places with their dollars."""
        if self.log:
            values = [10.0**n for n in range(ceil(self._low - 1e-9), floor(self._high + 1e-9) + 1)]
        else:
            values = round_values(self._low, self._high, most)
        step = ceil(len(values) / most) if values else 1
        return [(self.place(v), _dollars(v)) for v in values[::step]]


class QualityScale:
    """From a quality to a place up: over the part of 0 to 1 that the points and bounds take."""

    def __init__(self, points: Sequence[Point], floor_at: float | None) -> None:
        lows = [point.quality if point.low is None else point.low for point in points]
        highs = [point.quality if point.high is None else point.high for point in points]
        asked = [] if floor_at is None else [floor_at]
        self.low = max(floor(10 * min(lows + asked) - 0.2) / 10, 0.0)
        self.high = min(ceil(10 * max(highs + asked) + 0.2) / 10, 1.0)

    def place(self, quality: float) -> float:
        """How far down a quality is."""
        share = (quality - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def ticks(self) -> list[tuple[float, str]]:
        """Places with their qualities."""
        values = round_values(self.low, self.high, 6)
        digits = 1 if all(isclose(v * 10, round(v * 10)) for v in values) else 2
        return [(self.place(v), f"{v:.{digits}f}") for v in values]


def round_values(low: float, high: float, most: int) -> list[float]:
    """At most so many round numbers from `low` to `high`."""
    span = (high - low) / max(most - 1, 1)
    power = 10.0 ** floor(log10(span))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= span * 0.999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def _dollars(micro: float) -> str:
    return f"${micro / MICRO:.12f}".rstrip("0").rstrip(".")


def _marks(points: Sequence[Point], across: CostScale, up: QualityScale) -> Iterator[Mark]:
    """Every point's place; those that would cover one another stand side by side."""
    taken: list[tuple[float, float]] = []
    for point in points:
        x, y = across.place(point.cost), up.place(point.quality)
        shift = 0
        while any(abs(x + 11 * shift - a) < 10 and abs(y - b) < 10 for a, b in taken):
            shift = -shift if shift > 0 else 1 - shift
        taken.append((x + 11 * shift, y))
        yield Mark(point, x + 11 * shift, y)


def _axes(across: CostScale, up: QualityScale, width: float) -> Iterator[Html]:
    bottom = HEIGHT - BOTTOM
    for y, text in up.ticks():
        yield element(
            "line", class_="grid", x1=short(LEFT), x2=short(width - RIGHT), y1=short(y), y2=short(y)
        )
        yield element("text", text, class_="tick end", x=short(LEFT - 8), y=short(y + 4))
    for x, text in across.ticks(4 if width < 500 else 7):
        yield from tick(x, bottom, text)
    yield element(
        "line",
        class_="axis",
        x1=short(LEFT),
        x2=short(width - RIGHT),
        y1=short(bottom),
        y2=short(bottom),
    )
    scale = ", each step ten times the one before" if across.log else ""
    middle = (LEFT + width - RIGHT) / 2
    said = f"cost a request{scale}"
    yield element("text", said, class_="tick middle", x=short(middle), y=short(HEIGHT - 6))
    turned = f"rotate(-90 12 {short((TOP + bottom) / 2)})"
    at = short((TOP + bottom) / 2)
    yield element("text", "quality", class_="tick middle", x="12", y=at, transform=turned)


def tick(x: float, bottom: float, text: str) -> Iterator[Html]:
    """A mark on the axis below, with its text."""
    yield element(
        "line", class_="axis", x1=short(x), x2=short(x), y1=short(bottom), y2=short(bottom + 5)
    )
    yield element("text", text, class_="tick middle", x=short(x), y=short(bottom + 18))


def _floor(floor_at: float | None, up: QualityScale, width: float) -> Iterator[Html]:
    if floor_at is None:
        return
    y = up.place(floor_at)
    yield element(
        "line", class_="floor", x1=short(LEFT), x2=short(width - RIGHT), y1=short(y), y2=short(y)
    )
    said = f"min_quality {floor_at:g}"
    yield element("text", said, class_="tick", x=short(LEFT + 4), y=short(y - 4))


def _floor_boxes(floor_at: float | None, up: QualityScale, width: float) -> Iterator[Box]:
    if floor_at is not None:
        y = up.place(floor_at)
        yield Box(LEFT, y - 1, width - RIGHT, y + 1)
        yield Box(LEFT, y - 15, LEFT + 100, y + 1)


def _steps(
    points: Sequence[Point], across: CostScale, up: QualityScale, width: float
) -> list[tuple[float, float]]:
    """The corners of the staircase of the best quality that each cost buys."""
    best = [(across.place(point.cost), up.place(point.quality)) for point in front(points)]
    corners = [best[0]]
    for x, y in best[1:]:
        corners += [(x, corners[-1][1]), (x, y)]
    return [*corners, (width - RIGHT, corners[-1][1])]


def _front_line(steps: Sequence[tuple[float, float]]) -> Html:
    return element(
        "path", class_="front", d="M" + "L".join(f"{short(x)} {short(y)}" for x, y in steps)
    )


def _thin(steps: Sequence[tuple[float, float]]) -> Iterator[Box]:
    """What the lines between the corners cover."""
    for (x, y), (to_x, to_y) in pairwise(steps):
        yield Box(min(x, to_x), min(y, to_y) - 1, max(x, to_x), max(y, to_y) + 1)


def _interval(mark: Mark, up: QualityScale) -> Iterator[Html]:
    point = mark.point
    if point.low is None or point.high is None:
        return
    ends = {"y1": short(up.place(point.low)), "y2": short(up.place(point.high))}
    yield element(
        "line", class_=f"interval {point.role}", x1=short(mark.x), x2=short(mark.x), **ends
    )
    for y in ends.values():
        left, right = short(mark.x - 4), short(mark.x + 4)
        yield element("line", class_=f"interval {point.role}", x1=left, x2=right, y1=y, y2=y)


def _shape(mark: Mark) -> Html:
    """A circle for an open model, full for the chosen one; a square for a baseline."""
    x, y, role = mark.x, mark.y, mark.point.role
    if role == "baseline":
        corner = {"x": short(x - 5), "y": short(y - 5)}
        return element("rect", class_=f"point {role}", width="10", height="10", **corner)
    return element("circle", class_=f"point {role}", cx=short(x), cy=short(y), r="5.5")


def _labels(
    marks: Sequence[Mark], lines: Sequence[Box], up: QualityScale, width: float
) -> list[Label]:
    """A name beside each mark, where it meets no mark, interval, line or other name."""
    taken = [*lines, *(_mark_box(mark, up) for mark in marks)]
    labels: list[Label] = []
    for mark in marks:
        tries = list(_tries(mark, width))
        free = (one for one in tries if not any(one.box.meets(box) for box in taken))
        label = next(free, None) or min(tries, key=lambda one: _met(one.box, taken))
        labels.append(label)
        taken.append(label.box)
    return labels


def _met(box: Box, taken: Iterable[Box]) -> int:
    return sum(box.meets(other) for other in taken)


def _mark_box(mark: Mark, up: QualityScale) -> Box:
    point = mark.point
    high = up.place(point.quality if point.high is None else point.high)
    low = up.place(point.quality if point.low is None else point.low)
    return Box(mark.x - 6, min(high, mark.y - 6), mark.x + 6, max(low, mark.y + 6))


def _tries(mark: Mark, width: float) -> Iterator[Label]:
    """Places for a name, the nearest first: right and left of its mark, above and below it."""
    name = mark.point.name
    text = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    wide = len(text) * LETTER
    across = max(LEFT, min(mark.x - wide / 2, width - wide))
    for away in range(15):
        for down in (away, -away) if away else (0,):
            y = mark.y + 4 + down * LINE
            for x in (mark.x + 11, mark.x - 11 - wide, across):
                box = Box(x, y - 11, x + wide, y + 3)
                inside = box.left >= LEFT and box.right <= width and box.top >= 0
                if inside and box.bottom <= HEIGHT - BOTTOM:
                    yield Label(text, x, y, box)
    y = max(mark.y - 12, 12.0)
    yield Label(text, across, y, Box(across, y - 11, across + wide, y + 3))


def _leader(mark: Mark, label: Label) -> Html | None:
    """A thin line to a name that stands away from its mark."""
    if abs(label.y - 4 - mark.y) < LINE + 1:
        return None
    x = max(label.box.left - 2, min(mark.x, label.box.right + 2))
    ends = {"x1": short(mark.x), "y1": short(mark.y), "x2": short(x), "y2": short(label.y - 4)}
    return element("line", class_="leader", **ends)


def short(value: float) -> str:
    """A number with a digit behind the point: no eye sees more."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
