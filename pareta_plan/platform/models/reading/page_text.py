"""Words with their places, put back into lines of text.

Columns stay apart: a gap wider than a few letters becomes two or more spaces.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

_COLUMN_GAP = 1.2  # in heights of the line
_SAME_LINE = 0.45  # in heights of the line


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or several on one line; `y` runs downwards, in any unit."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """The height of its centre on the page."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """From its top to its bottom."""
        return self.bottom - self.top


def to_text(words: Iterable[Word], slope: float = 0.0) -> str:
    """The words as lines from top to bottom; `slope` is how much lines sink per unit of width."""
    level = [(word.middle - slope * word.left, word) for word in words]
    return "\n".join(_join(line) for line in _lines(sorted(level, key=lambda pair: pair[0])))


def _lines(level: list[tuple[float, Word]]) -> list[list[Word]]:
    lines: list[list[Word]] = []
    middle = 0.0
    for height, word in level:
        if lines and height - middle <= _SAME_LINE * max(word.height, lines[-1][0].height):
            lines[-1].append(word)
        else:
            lines.append([word])
            middle = height
    return lines


def _join(line: list[Word]) -> str:
    line = sorted(line, key=lambda word: word.left)
    height = median(word.height for word in line)
    text = line[0].text
    for before, word in itertools.pairwise(line):
        gap = word.left - before.right
        text += ("   " if gap > _COLUMN_GAP * height else " ") + word.text
    return text
