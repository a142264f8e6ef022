"""The character n-grams of a text's words, each word's looked up where it was seen before.

The same as scikit-learn's analyzer `char_wb` of lower-cased texts, in their order; its
documentation of `CountVectorizer` says what it is. Words repeat, so that this takes half the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import chain

WORDS = 20_000
"""Words remembered, the latest ones."""


def word_grams(least: int, most: int) -> Callable[[str], list[str]]:
    """An analyzer that gives the n-grams of `least` to `most` characters."""

    @lru_cache(WORDS)
    def of_word(word: str) -> tuple[str, ...]:
        padded = f" {word} "
        longest = min(most, len(padded))
        sizes = range(least, longest + 1) if longest >= least else (longest,)
        return tuple(
            padded[start : start + size]
            for size in sizes
            for start in range(len(padded) - size + 1)
        )

    return lambda text: list(chain.from_iterable(map(of_word, text.lower().split())))
