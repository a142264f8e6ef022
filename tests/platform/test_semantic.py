from __future__ import annotations

import hashlib

import pytest

from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matching import Matching
from pareta_plan.platform.sentences import sentences
from tests.conftest import needs_sentences

OPEN = "give me the header and the positions of a creditor's document as a table"


@pytest.fixture
def matching(monkeypatch: pytest.MonkeyPatch) -> Matching:
    monkeypatch.delenv(sentences.ENV_SEMANTIC)
    return Matching(task.spec for task in Catalog().tasks())


def test_without_the_model_keywords_match_and_what_is_missing_is_told() -> None:
    match = Matching(task.spec for task in Catalog().tasks()).match(OPEN)
    assert match.matcher == "keyword"
    assert "only keywords were compared" in (match.reasoning or "")


@needs_sentences
def test_an_intent_without_the_task_s_words_is_ranked_by_its_meaning(matching: Matching) -> None:
    match = matching.match("is the guest pleased with how he was treated, judging by his words?")
    assert match.matcher == "semantic"
    assert match.candidates[0].task_id == "sentiment"
    assert match == matching.match(match.query)


@needs_sentences
def test_a_vector_has_the_same_bits_everywhere(matching: Matching) -> None:
    one, other = (
        "how urgent is it?",
        "a longer text beside the other, which it doesn't change",
    )
    alone, together = sentences.model().vectors([one]), sentences.model().vectors([other, one])
    assert alone[0].tobytes() == together[1].tobytes()
    assert hashlib.sha256(alone.tobytes()).hexdigest() == DIGEST


DIGEST = "f93e2e852e5240d874b105d540f15b495021fd721240bc10654211b385508122"
