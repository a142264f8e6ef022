"""How the bound that decides a gate came to its limit, from batch to batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from pareta_plan.gates.gates import Verdict
from pareta_plan.project.lockfile import Count, Evidence, Finite, FrozenRecord

_DIGITS = 6


class Course(FrozenRecord):
    """A gate's bounds after so many rows, all in the unit of its limit.

    The low one decides, which rises to the limit, where what was measured is above that; else the
    high one, which falls to it.
    """

    gate: str
    baseline: str | None = None
    limit: Finite
    rows: list[Count]
    lows: list[Finite]
    highs: list[Finite]
    rises: bool

    @property
    def bounds(self) -> list[float]:
        """The bounds that decide."""
        return self.lows if self.rises else self.highs

    @property
    def is_there(self) -> bool:
        """Whether the bound has come to the limit."""
        last = self.bounds[-1]
        return last >= self.limit if self.rises else last <= self.limit


def bounds_now(evidence: Evidence, chosen: str) -> dict[str, list[float]]:
    """The bounds of the chosen model's quality, and by baseline those of the gap to it."""
    found = {chosen: evidence.results[chosen]} if chosen in evidence.results else {}
    quality = {id: (one.low, one.high) for id, one in found.items()}
    ends = {**quality, **{id: (gap.low, gap.high) for id, gap in evidence.gaps.items()}}
    return {
        id: [round(low, _DIGITS), round(high, _DIGITS)]
        for id, (low, high) in ends.items()
        if low is not None and high is not None
    }


def courses(verdicts: Iterable[Verdict], evidence: Evidence, chosen: str) -> Iterator[Course]:
    """The course of each gate on quality or gap, where rows were bought as needed."""
    batches = evidence.batches or []
    rows = [*accumulate(batch.rows for batch in batches)]
    for verdict in verdicts:
        figures, key = verdict.figures, verdict.figures.baseline or chosen
        told = [batch.bounds[key] for batch in batches if batch.bounds and key in batch.bounds]
        if figures.bounds != "sequence" or figures.measured is None or len(told) < len(rows):
            continue
        yield Course(
            gate=verdict.gate,
            baseline=figures.baseline,
            limit=verdict.limit,
            rows=rows,
            lows=[low for low, _ in told],
            highs=[high for _, high in told],
            rises=figures.measured >= verdict.limit,
        )
