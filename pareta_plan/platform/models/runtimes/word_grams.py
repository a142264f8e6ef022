"""How often each character n-gram of its words is in a text, a word's looked up only once.

The same counts as scikit-learn's CountVectorizer with the analyzer `char_wb` of lower-cased texts;
its documentation says what that is. Words repeat, so that this takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin

WORDS = 20_000
"""Words remembered, the latest ones."""

Places = np.ndarray[tuple[int], np.dtype[np.int32]]


class WordGrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Counts the n-grams of `least` to `most` characters that the texts had that it was fitted on.

    `vocabulary_` has the column of each.
    """

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most
        self.vocabulary_: dict[str, int] = {}
        self._places_of = lru_cache(WORDS)(self._places)

    def fit(self, texts: Iterable[str], _labels: object = None) -> WordGrams:
        """Learn the n-grams of these texts."""
        words = {word for text in texts for word in _words(text)}
        grams = {gram for word in words for gram in self._grams(word)}
        self.vocabulary_ = {gram: column for column, gram in enumerate(sorted(grams))}
        self._places_of.cache_clear()
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """A row a text: how often it has each n-gram."""
        rows = [[self._places_of(word) for word in _words(text)] for text in texts]
        columns = np.concatenate([np.empty(0, np.int32), *(one for row in rows for one in row)])
        ends = np.cumsum([0, *(sum(map(len, row)) for row in rows)])
        shape = (len(rows), len(self.vocabulary_))
        counts = csr_matrix((np.ones(len(columns)), columns, ends), shape=shape)
        counts.sum_duplicates()
        return counts

    def _places(self, word: str) -> Places:
        known = (self.vocabulary_.get(gram) for gram in self._grams(word))
        return np.fromiter((column for column in known if column is not None), np.int32)

    def _grams(self, word: str) -> Iterable[str]:
        padded = f" {word} "
        longest = min(self.most, len(padded))
        sizes = range(self.least, longest + 1) if longest >= self.least else (longest,)
        return (
            padded[start : start + size]
            for size in sizes
            for start in range(len(padded) - size + 1)
        )


def _words(text: str) -> list[str]:
    return text.lower().split()
