"""How many values were found: right, wrong and missing ones, and lists aligned before they count.

Items of a list are paired one to one, best F1 first (ties: in the order of the lists); the values
of an item without a partner are all missing, or all wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Counts:
    """Values that are right (`tp`), given but not right (`fp`), expected but not found (`fn`)."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def f1(self) -> float:
        """2TP / (2TP + FP + FN), and 1 when there was nothing to find and nothing given."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 1.0


def of_lists(
    expected: Sequence[Any], given: Sequence[Any], count: Callable[[Any, Any], Counts]
) -> Counts:
    """The counts of two lists, whose items `count` compares; None stands for no item."""
    likeliest = sorted(
        (-counts.f1, i, j)
        for i, want in enumerate(expected)
        for j, got in enumerate(given)
        if (counts := count(want, got)).tp
    )
    wanted, left = dict(enumerate(expected)), dict(enumerate(given))
    pairs = [(wanted.pop(i), left.pop(j)) for _, i, j in likeliest if i in wanted and j in left]
    pairs += [(want, None) for want in wanted.values()] + [(None, got) for got in left.values()]
    return sum((count(want, got) for want, got in pairs), Counts())
