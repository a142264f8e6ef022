"""Sentences of product reviews with what twenty people thought of them, from vaderSentiment.

C. J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
Social Media Text", ICWSM 2014: sentences of 309 reviews of products, each rated from -4 to 4 by
twenty people. A mean within one half of zero is neutral.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO

from pareta_plan.platform.sources.found import Found

_INNER = "hutto_ICWSM_2014.tar.gz"
_FILE = "hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt"
_NEUTRAL = 0.5


def wants(name: str) -> bool:
    """The archive in the archive that has the ratings."""
    return name.endswith(f"/{_INNER}")


def read(files: Iterable[tuple[str, bytes]]) -> Iterator[Found]:
    """Each sentence; those of one review stay together."""
    for _, data in files:
        with tarfile.open(fileobj=BytesIO(data)) as inner:
            file = inner.extractfile(_FILE)
            text = file.read().decode("utf-8", "replace") if file else ""
        for line in text.splitlines():
            place, rating, said = line.split("\t", 2)
            yield Found(place.partition("_")[0], said.strip(), _label(float(rating)))


def _label(rating: float) -> str:
    if abs(rating) <= _NEUTRAL:
        return "neutral"
    return "positive" if rating > 0 else "negative"
