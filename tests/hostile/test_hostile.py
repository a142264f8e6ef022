"""Whatever is hostile does nothing: to a terminal, a CI, a reader, a file outside, or the clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.case import Case
from tests.hostile.corpus import KINDS, Corpus

LEAST = 300
"""Cases in all, and of a kind."""
LEAST_OF_A_KIND = 10


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    corpus = Corpus(tmp_path_factory.mktemp("hostile"))
    yield corpus
    corpus.close()


@pytest.fixture(scope="module")
def cases(corpus: Corpus) -> list[Case]:
    return corpus.cases()


def test_the_corpus_is_large_enough(cases: list[Case]) -> None:
    assert len(cases) >= LEAST
    assert len({str(case) for case in cases}) == len(cases)
    assert {case.kind for case in cases} == {*KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_corpus_is_held(kind: str, corpus: Corpus, cases: list[Case]) -> None:
    of_this_kind = [case for case in cases if case.kind == kind]
    assert len(of_this_kind) >= LEAST_OF_A_KIND
    assert not {str(case): faults for case in of_this_kind if (faults := corpus.faults(case))}
