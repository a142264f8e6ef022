"""A gate's bound against the number of rows, as a line of small bars."""

from __future__ import annotations

from collections.abc import Iterable

from pareta_plan.gates.course import Course
from pareta_plan.words import BARS, WIDTH, count, floored, wrapped

_DIGITS = 3


def course_lines(courses: Iterable[Course], width: int = WIDTH) -> list[str]:
    """A gate at a time: a bar after each batch, the last one full, or empty, at the limit."""
    return [line for course in courses for line in wrapped(_course(course), " " * 5, width)]


def _course(course: Course) -> str:
    whose = f", {course.baseline}" if course.baseline else ""
    first = f"{_bound(course, 0)} ({count(course.rows[0], 'row')})"
    last = f" to {_bound(course, -1)} ({course.rows[-1]:,})" if len(course.rows) > 1 else ""
    return f"{bars(course)} {course.gate}{whose} {first}{last}, limit {course.limit:g}"


def _bound(course: Course, n: int) -> str:
    """A bound, rounded away from the limit."""
    bound = course.bounds[n]
    shown = floored(bound, _DIGITS) if course.rises else -floored(-bound, _DIGITS)
    return f"{shown:.{_DIGITS}f}"


def bars(course: Course) -> str:
    """As high as the bound, from where it began to the limit."""
    ends = [course.limit, *course.bounds]
    least, most = min(ends), max(ends)
    if course.rises:
        most = course.limit if course.limit > least else most
    else:
        least = course.limit if course.limit < most else least
    top = len(BARS) - 1
    if most == least:
        return BARS[top if course.rises else 0] * len(course.bounds)
    heights = (max(0.0, min(1.0, (b - least) / (most - least))) for b in course.bounds)
    # What is short of the limit is shown short of it.
    return "".join(BARS[int(h * top) if course.rises else -int(-h * top // 1)] for h in heights)
