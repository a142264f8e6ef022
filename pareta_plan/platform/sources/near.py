"""Texts that are nearly the same: what stands in both halves of a task's rows proves nothing.

Near are two texts whose sets of five-character pieces, without case, digits and repeated blanks,
have a Jaccard similarity of at least `NEAR`. Pairs are found by prefix filtering: two sets that
are near share one of the rarest pieces of each (Bayardo, Ma, Srikant: Scaling up all pairs
similarity search, 2007).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

NEAR = 0.8
_PIECE = 5
_DIGIT, _BLANKS = re.compile(r"\d"), re.compile(r"\W+")
Pieces = frozenset[str]


class Pair(NamedTuple):
    """Two texts by their places in two lists, and how near they are, in [0, 1]."""

    one: int
    other: int
    similarity: float


def near_pairs(ones: Sequence[str], others: Sequence[str]) -> Iterator[Pair]:
    """Of each of `ones` its nearest of `others`, where one is near."""
    sets = [pieces(text) for text in (*ones, *others)]
    often = Counter(piece for one in sets for piece in one)
    index = defaultdict[str, list[int]](list)
    for n, found in enumerate(sets[len(ones) :]):
        for piece in _prefix(found, often):
            index[piece].append(n)
    for n, mine in enumerate(sets[: len(ones)]):
        candidates = {other for piece in _prefix(mine, often) for other in index[piece]}
        pairs = [Pair(n, m, _similarity(mine, sets[len(ones) + m])) for m in candidates]
        nearest = max(pairs, key=lambda pair: (pair.similarity, -pair.other), default=None)
        if nearest and nearest.similarity >= NEAR:
            yield nearest


def pieces(text: str) -> Pieces:
    """The pieces of a text by which it is compared; a short one is a piece itself."""
    plain = _BLANKS.sub(" ", _DIGIT.sub("0", text.casefold())).strip()
    last = max(1, len(plain) - _PIECE + 1)
    return frozenset(plain[n : n + _PIECE] for n in range(last))


def _prefix(found: Pieces, often: Counter[str]) -> list[str]:
    """So many of the rarest pieces that a near set must have one of them."""
    rarest = sorted(found, key=lambda piece: (often[piece], piece))
    return rarest[: len(found) - ceil(NEAR * len(found)) + 1]


def _similarity(one: Pieces, other: Pieces) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def near_groups(texts: Sequence[str]) -> list[list[int]]:
    """The texts by their places, those together that are near, also by way of others."""
    sets = [pieces(text) for text in texts]
    often = Counter(piece for one in sets for piece in one)
    index = defaultdict[str, list[int]](list)
    groups = {n: [n] for n in range(len(texts))}
    for n, mine in enumerate(sets):
        prefix = _prefix(mine, often)
        for other in {other for piece in prefix for other in index[piece]}:
            together = groups[n] is not groups[other]
            if together and _similarity(mine, sets[other]) >= NEAR:
                groups[other] += groups[n]
                groups |= dict.fromkeys(groups[n], groups[other])
        for piece in prefix:
            index[piece].append(n)
    return [sorted(group) for n, group in groups.items() if n == min(group)]
