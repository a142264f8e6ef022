"""What is chosen by cross-validation on a task's dev rows; held-out rows have no say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from pareta_plan.platform.kinds.kind import Kind

FOLDS = 5

Places = NDArray[np.intp]
"""The numbers of rows."""
Choice = TypeVar("Choice")


class Fold(NamedTuple):
    """Rows to learn from, and the others, to be answered."""

    learnt: Places
    asked: Places


def folds(answers: Sequence[Any]) -> Iterator[Fold]:
    """Folds in which each row is asked once; rows with the same answer are dealt out alike.

    Those that stand side by side stay together: they are often variations of each other.
    """
    same = defaultdict[str, list[int]](list)
    for place, answer in enumerate(answers):
        same[str(answer)].append(place)
    fold_of = np.empty(len(answers), np.intp)
    for turn, places in enumerate(same.values()):
        fold_of[places] = (np.arange(len(places)) * FOLDS // len(places) + turn) % FOLDS
    for fold in range(FOLDS):
        asked = np.flatnonzero(fold_of == fold)
        if 0 < len(asked) < len(answers):
            yield Fold(np.flatnonzero(fold_of != fold), asked)


def chosen(
    choices: Iterable[Choice],
    kind: Kind,
    expected: Sequence[Any],
    answered: Callable[[Choice, Fold], Sequence[Any]],
) -> Choice:
    """The choice whose answers are the best by the task's scorer, the first of equals.

    `answered` answers the asked rows of a fold.
    """
    every = [*folds(expected)]

    def quality(choice: Choice) -> float:
        pairs = [
            (expected[place], answer)
            for fold in every
            for place, answer in zip(fold.asked, answered(choice, fold), strict=True)
        ]
        return round(kind.quality(pairs).mean, 9)

    return max(choices, key=quality)
