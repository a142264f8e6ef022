"""Whatever is hostile does nothing: to a terminal, a CI, a reader, a file outside, or the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.hostile.corpus import Corpus

LEAST = 300


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    corpus = Corpus(tmp_path_factory.mktemp("hostile"))
    yield corpus
    corpus.close()


def test_the_corpus_is_held(corpus: Corpus) -> None:
    cases = corpus.cases()
    assert len(cases) >= LEAST
    assert len({str(case) for case in cases}) == len(cases)
    failed = {str(case): faults for case in cases if (faults := corpus.faults(case))}
    assert not failed
    assert min(Counter(case.kind for case in cases).values()) >= 10
