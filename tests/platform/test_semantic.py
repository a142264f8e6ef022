from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matching import Matching
from pareta_plan.platform.sentences import sentences
from pareta_plan.platform.sentences.weights import MODEL, TOKENIZER
from tests.conftest import needs_sentences

if TYPE_CHECKING:
    from tests.conftest import Cli

OPEN = "give me the header and the positions of a creditor's document as a table"


@pytest.fixture
def matching(monkeypatch: pytest.MonkeyPatch) -> Matching:
    monkeypatch.delenv(sentences.ENV_SEMANTIC)
    return Matching(task.spec for task in Catalog().tasks())


def test_without_the_model_keywords_match_and_what_is_missing_is_told() -> None:
    match = Matching(task.spec for task in Catalog().tasks()).match(OPEN)
    assert match.matcher == "keyword"
    assert "only keywords were compared" in (match.reasoning or "")


def test_a_pull_for_an_intent_is_told_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("pareta_plan.platform.sentences.sentences"), "_loaded", [])
    away = dict.fromkeys((MODEL.variable, TOKENIZER.variable), "")
    nowhere = {"PARETA_PLAN_CACHE": str(tmp_path), "PIP_NO_INDEX": "1"}
    said = cli("catalog", "match", OPEN, PARETA_PLAN_SEMANTIC="on", **away, **nowhere)
    assert said.code == 0, said
    assert said.err.count("all-MiniLM-L6-v2, 23 MB") == 1


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
