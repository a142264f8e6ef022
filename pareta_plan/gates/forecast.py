"""How many rows will probably decide gates, by what is known of the models beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pareta_plan.gates.bounds import TAIL
from pareta_plan.gates.sequence import POINTS, rows_to_reach
from pareta_plan.manifest.manifest import Gates

UNCLEAR = 0.005
"""Closer to the limit, a quality that others measured tells nothing of what it takes."""


class _Question(NamedTuple):
    """A mean in [0, 1] that a gate asks for, and how likely a row's scores are."""

    limit: float
    law: Mapping[float, float]
    tail: float = TAIL
    """How often it may be wrong that it is below the limit."""

    @property
    def distance(self) -> float:
        return sum(score * share for score, share in self.law.items()) - self.limit

    def rows(self) -> int | None:
        """About how many rows answer it; None if they are too many."""
        shares = [0.0] * (POINTS + 1)
        for score, share in self.law.items():
            shares[round(score * POINTS)] = share
        if self.distance > 0:
            return rows_to_reach(shares, self.limit)
        return rows_to_reach(shares[::-1], 1 - self.limit, self.tail)


def rows_expected(
    gates: Gates, quality: float | None, baselines: Sequence[float | None]
) -> int | None:
    """About how many rows decide the quality and the gaps; None where the figures don't tell.

    Rows are taken to be right or wrong, and models to be so independently of each other: where most
    models get the same rows right, fewer do.
    """
    asked = [*_questions(gates, quality, baselines)]
    if not asked or any(q is None or abs(q.distance) < UNCLEAR for q in asked):
        return None
    questions = [question for question in asked if question]
    failing = [question for question in questions if question.distance < 0]
    rows = [question.rows() for question in failing or questions]
    known = [n for n in rows if n is not None]
    if failing:
        return min(known, default=None)
    return max(known) if len(known) == len(rows) else None


def _questions(
    gates: Gates, quality: float | None, baselines: Sequence[float | None]
) -> Iterator[_Question | None]:
    """What the gates ask; None for what isn't known."""
    if gates.min_quality is not None:
        right = quality
        yield None if right is None else _Question(gates.min_quality, {1.0: right, 0.0: 1 - right})
    if gates.max_gap_to_frontier is None:
        return
    for other in baselines:
        if quality is None or other is None:
            yield None
            continue
        better, worse = quality * (1 - other), other * (1 - quality)
        law = {1.0: better, 0.5: 1 - better - worse, 0.0: worse}
        yield _Question((1 - gates.max_gap_to_frontier) / 2, law, TAIL / len(baselines))
