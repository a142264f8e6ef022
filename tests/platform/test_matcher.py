from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matcher import Matcher
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.catalog.stems import stem
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.wire import TaskMatch

SPLITS = ("calibration", "heldout")
INTENTS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("intents.yaml").read_text("utf-8")
)


@cache
def specs() -> tuple[TaskSpec, ...]:
    return tuple(task.spec for task in Catalog().tasks())


@cache
def matcher() -> Matcher:
    return Matcher(specs())


def task(
    task_id: str, *keywords: str, kind: Literal["classification", "extraction"] = "classification"
) -> TaskSpec:
    classifies = kind == "classification"
    return TaskSpec(
        id=task_id,
        title=task_id.replace("-", " ").capitalize(),
        description="",
        keywords=list(keywords),
        kind=kind,
        scorer="accuracy" if classifies else "field-f1",
        labels={"a1": "one", "b1": "other"} if classifies else None,
        fields=None if classifies else {"a1": FieldSpec(type="text", description="one")},
        prompt="",
        models=[],
        frontier=[],
    )


FRUIT = task("apple-grading", "apple", "fruit quality")
PARCEL = task("parcel-damage", "parcel", "damaged boxes")
LETTER = task("letter-fields", "letter", "letter head", kind="extraction")
SMALL = Matcher([FRUIT, PARCEL, LETTER])


def cases(split: str, key: str, wanted: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    for group in INTENTS:
        if group["split"] == split and key in group and wanted(group[key]):
            yield from ((intent, group[key]) for intent in group["intents"])


def scores(match: TaskMatch) -> dict[str, float]:
    return {c.task_id: c.score for c in match.candidates}


# The golden intents.


@pytest.mark.parametrize("split", SPLITS)
def test_nothing_is_matched_wrongly(split: str) -> None:
    unmatchable = [
        *cases(split, "task", lambda task_id: task_id is None),
        *cases(split, "between", bool),
        *cases(split, "several", bool),
    ]
    assert [q for q, _ in unmatchable if matcher().match(q).matched] == []
    found = [(q, t, matcher().match(q)) for q, t in cases(split, "task", bool)]
    assert [q for q, t, m in found if m.matched and m.chosen and m.chosen.task_id != t] == []


@pytest.mark.parametrize("split", SPLITS)
def test_most_intents_are_matched(split: str) -> None:
    intents = list(cases(split, "task", bool))
    missed = [q for q, _ in intents if not matcher().match(q).matched]
    recall = 1 - len(missed) / len(intents)
    assert recall >= 0.85, (recall, missed)


@pytest.mark.parametrize("split", SPLITS)
def test_tasks_that_cannot_be_told_apart_are_ambiguous(split: str) -> None:
    for query, between in cases(split, "between", bool):
        match = matcher().match(query)
        assert match.ambiguous, query
        assert {c.task_id for c in match.candidates[: len(between)]} == set(between), query


@pytest.mark.parametrize("split", SPLITS)
def test_hardly_anything_unrelated_is_chosen(split: str) -> None:
    intents = list(cases(split, "task", lambda task_id: task_id is None))
    chosen = [q for q, _ in intents if matcher().match(q).chosen]
    assert len(chosen) <= 0.15 * len(intents), chosen


def test_enough_golden_intents() -> None:
    for spec in specs():
        assert len([g for g in INTENTS if g.get("task") == spec.id]) == len(SPLITS)
        assert sum(len(g["intents"]) for g in INTENTS if g.get("task") == spec.id) >= 15
    assert len({q for g in INTENTS for q in g["intents"]}) == sum(
        len(g["intents"]) for g in INTENTS
    )


@pytest.mark.parametrize(
    ("query", "task_id"),
    [
        ("pull line items and totals out of vendor invoices", "invoice-extraction"),
        ("classify support tickets by urgency", "support-ticket-urgency"),
        ("extract key fields from contracts", "contract-key-fields"),
    ],
)
def test_documented_intents(query: str, task_id: str) -> None:
    match = matcher().match(query)
    assert match.chosen is not None
    assert (match.chosen.task_id, match.chosen.confidence) == (task_id, "high")
    assert match.matched
    assert not match.ambiguous


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.id)
def test_ids_and_titles_match(spec: TaskSpec) -> None:
    for query in (spec.id, spec.title, spec.title.upper() + "!"):
        match = matcher().match(query)
        assert match.matched
        assert not match.ambiguous
        assert match.chosen is not None
        assert (match.chosen.task_id, match.chosen.score) == (spec.id, 1.0)


@pytest.mark.parametrize(
    "query",
    [
        "translate text into French",
        "write unit tests for my Go code",
        "book a flight",
        "transcribe a phone call",
        "the of and to with our",
        "把文本翻译成法语",
        "🎉 🎉",
        "?!",
        "2024 17",
        "classify",
        "blah " * 2000,
        " ".join(f"word{i}x" for i in range(1100)),
    ],
)
def test_unrelated_queries_choose_nothing(query: str) -> None:
    match = matcher().match(query)
    assert match.chosen is None
    assert not match.matched
    assert not match.ambiguous


# The method, on a catalog of its own.


def test_every_field_is_sent() -> None:
    assert SMALL.match("fly a kite").to_dict() == {
        "query": "fly a kite",
        "matched": False,
        "chosen": None,
        "candidates": [],
        "ambiguous": False,
        "matcher": "keyword",
    }


def test_case_plural_punctuation_and_swapped_letters_do_not_matter() -> None:
    plain = scores(SMALL.match("grade damaged parcel"))
    for query in ("Grading DAMAGED parcels!", "parcels, damaged: grade", "grade damaged pacrel"):
        assert scores(SMALL.match(query)) == plain


def test_words_that_no_task_knows_count_against() -> None:
    terse, long = SMALL.match("apples"), SMALL.match("apples from orchards near lakes")
    assert terse.matched
    assert scores(terse)["apple-grading"] > scores(long)["apple-grading"] > 0
    assert long.chosen is None


def test_what_no_task_does_is_refused() -> None:
    assert SMALL.match("write letters").chosen is None
    able = Matcher([FRUIT, LETTER.model_copy(update={"keywords": ["letter", "write"]})])
    assert able.match("write letters").matched


def test_a_phrase_counts_more_than_its_words() -> None:
    phrase = scores(SMALL.match("fruit quality"))["apple-grading"]
    assert phrase > 1.5 * scores(SMALL.match("fruit"))["apple-grading"]


def test_the_action_speaks_for_its_kind_of_task() -> None:
    both = Matcher([task("letter-kind", "letter"), LETTER])
    assert next(c.task_id for c in both.match("sort letters").candidates) == "letter-kind"
    assert next(c.task_id for c in both.match("parse letters").candidates) == "letter-fields"


def test_the_name_of_another_task_counts_against() -> None:
    alone = scores(SMALL.match("apples, boxes"))["apple-grading"]
    assert alone > scores(SMALL.match("apples, parcels"))["apple-grading"]
    assert not SMALL.match("grade the apples and parcels").matched


def test_twins_are_ambiguous_unless_named() -> None:
    twins = Matcher([FRUIT, FRUIT.model_copy(update={"id": "apple-judging"})])
    match = twins.match("fruit quality of apples")
    assert match.ambiguous
    assert not match.matched
    assert twins.match("apple judging").matched


def test_another_task_s_name_explains_nothing_to_a_task_that_has_it_in_a_phrase() -> None:
    phrase = FRUIT.model_copy(update={"keywords": ["apple", "apple parcel weight"]})
    assert not Matcher([phrase, PARCEL]).match("grade apples, sort parcels").matched


def test_a_phrase_left_with_one_word_is_no_keyword_of_one_word() -> None:
    phrase = FRUIT.model_copy(update={"keywords": ["apple", "what to eat first"]})
    word = FRUIT.model_copy(update={"keywords": ["apple", "eat"]})
    assert not Matcher([phrase, PARCEL]).match("eat").matched
    assert Matcher([word, PARCEL]).match("eat").matched


def test_an_empty_catalog_matches_nothing() -> None:
    assert Matcher([]).match("apples").candidates == []


@pytest.mark.parametrize("top_k", [-1, 0, 1, 2, 9])
def test_top_k_cuts_the_candidates_and_nothing_else(top_k: int) -> None:
    whole = SMALL.match("apple parcel letter")
    assert SMALL.match("apple parcel letter", top_k).to_dict() == {
        **whole.to_dict(),
        "candidates": whole.to_dict()["candidates"][: max(top_k, 0)],
    }


@pytest.mark.parametrize(
    "forms",
    [
        "classify classifies classified classifying classification classifications",
        "prioritise prioritize prioritised prioritizing prioritisation priority priorities",
        "route routes routed routing",
        "moderate moderated moderating moderation",
        "detect detects detected detecting detection",
        "message messages",
        "flag flags flagged flagging",
        "extract extracted extraction",
        "urgent urgently",
    ],
)
def test_forms_of_a_word_share_a_stem(forms: str) -> None:
    assert len({stem(word) for word in forms.split()}) == 1


@pytest.mark.parametrize("pair", ["contract contact", "status state", "comment common", "bill bin"])
def test_different_words_keep_their_stems(pair: str) -> None:
    assert len({stem(word) for word in pair.split()}) == 2


# Properties.

WORDS = sorted({w for g in INTENTS for q in g["intents"] for w in q.split()})
QUERIES = st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))


@given(query=QUERIES, top_k=st.integers(-2, 12))
def test_candidates_are_scored_sorted_and_cut(query: str, top_k: int) -> None:
    match = matcher().match(query, top_k)
    found = [(-c.score, c.task_id) for c in match.candidates]
    assert found == sorted(found)
    assert all(0 < c.score <= 1 for c in match.candidates)
    assert len(found) <= max(top_k, 0)
    assert match == Matcher(specs()).match(query, top_k)
    assert match.matched == (match.chosen is not None and match.chosen.confidence == "high")


@given(words=st.lists(st.sampled_from(WORDS), max_size=12), data=st.data())
def test_the_order_of_words_does_not_matter(words: list[str], data: st.DataObject) -> None:
    permuted = data.draw(st.permutations(words))
    one, other = matcher().match(" ".join(words)), matcher().match(" ".join(permuted))
    assert one.to_dict() == {**other.to_dict(), "query": one.query}
