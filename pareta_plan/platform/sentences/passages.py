"""A text of any length as a vector: a long one is read in passages, whose vectors are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pareta_plan.platform.sentences.exact import Floats, total
from pareta_plan.platform.sentences.minilm import MiniLM

WORDS = 80
"""Of a passage, so that English ones hardly pass the tokens that the model reads."""
MOST = 8
"""Passages that are read, from a text's beginning."""
AT_ONCE = 16
"""Passages whose matrices are multiplied together; more of them are hardly faster."""


def vectors(model: MiniLM, texts: Sequence[str]) -> Floats:
    """A vector of length 1 for each text, the same whatever others stand beside it."""
    read = [_passages(text) for text in texts]
    ends = np.cumsum([0, *map(len, read)]).tolist()
    every = [passage for passages in read for passage in passages]
    parts = [model.vectors(every[at : at + AT_ONCE]) for at in range(0, len(every), AT_ONCE)]
    found = np.concatenate(parts)
    sums = np.concatenate([total(found[a:b].T).T for a, b in pairwise(ends)])
    return sums / np.sqrt(total(sums * sums))


def _passages(text: str) -> list[str]:
    words = text.split()
    starts = range(0, min(len(words), WORDS * MOST), WORDS)
    return [" ".join(words[at : at + WORDS]) for at in starts] or [""]
