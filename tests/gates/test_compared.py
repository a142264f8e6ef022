"""Runs row by row: what is compared, what cost quality, what is asked for, and what changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import Location
from pareta_plan.gates.compared import Wanted, costliest
from pareta_plan.gates.since import Turn, since
from pareta_plan.gates.tables import ERROR, OTHER, confusion, field_counts, read_fields
from pareta_plan.project.rows import Row
from tests.gates.runs import BASELINE, MODEL, WEAKER, Told, compared


def numbers(rows: Any) -> list[int]:
    return [row.number for row in rows]


LABELS = compared(
    ["a", "b", "B", "c"],
    {
        MODEL: [("a", 1.0), ("A ", 0.0), "too slow", ("zzz", 0.0)],
        WEAKER: [("a", 1.0), ("b", 1.0), ("b", 1.0), ("c", 1.0)],
        BASELINE: [("c", 0.0), ("b", 1.0), ("b", 1.0), ("zzz", 0.0)],
    },
    ids=["first", 7, True, ""],
)


def test_rows_are_named_and_models_ordered() -> None:
    assert [row.id for row in LABELS.rows] == ["first", "7", "3", "4"]
    assert LABELS.models == (MODEL, BASELINE, WEAKER)
    assert LABELS.baseline == BASELINE


def test_rows_cost_quality_against_the_best_baseline() -> None:
    assert [LABELS.lost(row) for row in LABELS.rows] == [-1.0, 1.0, None, 0.0]
    assert numbers(costliest(LABELS, 5)) == [2]


def test_rows_cost_quality_against_the_best_score_where_there_is_no_baseline() -> None:
    alone = compared([1, 2, 3, 4], {MODEL: [("", 0.5), ("", 0.0), ("", 1.0), ("", 0.0)]})
    assert numbers(costliest(alone, 2)) == [2, 4]
    assert numbers(costliest(alone, 5)) == [2, 4, 1]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Wanted(), [1, 2, 3, 4]),
        (Wanted(failures=True), [2, 4]),
        (Wanted(disagreements=True), [1, 2]),
        (Wanted(errors=True), [3]),
        (Wanted(label="A"), [1, 2]),
        (Wanted(label="b"), [2, 3]),
        (Wanted(failures=True, label="b"), [2]),
    ],
)
def test_what_is_asked_for(wanted: Wanted, rows: list[int]) -> None:
    assert numbers(wanted.of(LABELS)) == rows


def test_labels_are_confused() -> None:
    matrix = confusion(LABELS, MODEL)
    assert matrix is not None
    assert matrix.expected == ("a", "b", "c")
    assert matrix.given == ("a", "b", "c", "zzz", ERROR)
    assert matrix.counts == {("a", "a"): 1, ("b", "a"): 1, ("b", ERROR): 1, ("c", "zzz"): 1}


def test_too_many_answers_are_one() -> None:
    said = [(f"word {i}", 0.0) for i in range(100)]
    matrix = confusion(compared(["a"] * 100, {MODEL: said}), MODEL)
    assert matrix is not None
    assert matrix.given[0] == "a"
    assert matrix.given[-1] == OTHER
    assert sum(matrix.counts.values()) == 100


@pytest.mark.parametrize(
    ("expected", "score"),
    [({"a": 1}, 1.0), ("a", 0.5), (None, 1.0)],
    ids=["object", "graded", "null"],
)
def test_what_has_no_labels_has_no_matrix(expected: Any, score: float) -> None:
    assert confusion(compared([expected], {MODEL: [("a", score)]}), MODEL) is None


def test_fields_are_counted() -> None:
    want = {"name": "Ann Lee", "sum": 12, "day": "2024-03-01", "none": None}
    said = [
        ({"name": "ann  lee", "sum": 12.0, "day": None, "none": "x"}, 0.5),
        ({"name": "Bob", "day": "1 March 2024"}, 0.1),
        ({"day": "March 1st, 2024"}, 1.0),
    ]
    told: list[Told] = [(json.dumps(fields), score) for fields, score in said]
    whole = json.dumps({"name": "Ann Lee", "sum": 12, "day": "2024"})
    rows = compared([want] * 6, {MODEL: [*told, (whole[:28], 0.4), ("no object", 0.0), "error"]})
    counts = field_counts(rows, MODEL)
    assert counts is not None
    assert {field: tuple(by) for field, by in counts.items()} == {
        "name": (3, 1, 1, 0, 0),
        "sum": (2, 0, 2, 0, 1),
        "day": (1, 1, 2, 0, 1),
        "none": (0, 0, 0, 1, 0),
    }


def test_labels_have_no_fields() -> None:
    assert field_counts(LABELS, MODEL) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), values, max_size=5), st.integers(0, 200))
def test_a_cut_answer_tells_whole_fields_only(fields: dict[str, Any], cut: int) -> None:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    found, whole = read_fields(text[:cut])
    assert all(json.dumps(fields[name]) == json.dumps(value) for name, value in found.items())
    assert not whole or cut >= len(text) or cut == 0


def test_what_changed_between_two_runs() -> None:
    want = ["a", "a", "b", "c", "d", "e", "f", "g"]
    before = compared(
        want,
        {
            MODEL: [
                ("a", 1.0),
                ("b", 0.0),
                ("b", 1.0),
                ("x", 0.0),
                "slow",
                ("e", 1.0),
                ("f", 1.0),
                ("g", 1.0),
            ]
        },
    )
    after = compared(
        [*want[:7], "new"],
        {
            "m2": [
                ("x", 0.0),
                ("a", 1.0),
                ("B", 1.0),
                ("y", 0.0),
                ("d", 1.0),
                "slow",
                ("f", 1.0),
                ("n", 1.0),
            ]
        },
    )
    found = since(before, after)
    assert [(change.row.number, change.turn) for change in found.changes] == [
        (1, Turn.WORSE),
        (2, Turn.BETTER),
        (4, Turn.REWORDED),
        (6, Turn.ERRED),
        (5, Turn.MENDED),
    ]
    assert (found.alike, found.added, found.removed) == (2, 1, 1)


def test_rows_that_are_alike_are_paired_in_turn() -> None:
    rows = [Row({"input": "same", "expected": "a"}, Location("a", i)) for i in range(2)]
    assert rows[0].digest == rows[1].digest
    one = compared(["a", "a"], {MODEL: [("a", 1.0), ("b", 0.0)]})
    again = since(one, one)
    assert (again.changes, again.alike) == ((), 2)
