from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.kinds import normalise
from pareta_plan.platform.kinds.classification import Labelled, macro_f1
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.intervals import mean_interval, wilson


def _spec(**changes: Any) -> TaskSpec:
    values: dict[str, Any] = {
        "id": "t",
        "title": "T",
        "description": "d",
        "keywords": [],
        "kind": "classification",
        "scorer": "accuracy",
        "labels": {"low": "", "high": ""},
        "prompt": "p",
        "models": [],
        "frontier": [],
    }
    return TaskSpec.model_validate(values | changes)


def _extraction(**fields: str | dict[str, str] | None) -> TaskSpec:
    specs = {name: _field(kind) for name, kind in fields.items()}
    return _spec(kind="extraction", scorer="field-f1", labels=None, fields=specs)


def _field(kind: str | dict[str, str] | None) -> FieldSpec:
    if isinstance(kind, dict):
        inner = {name: FieldSpec(type=of, description="") for name, of in kind.items()}
        return FieldSpec(type="list", description="", fields=inner)
    return FieldSpec(type=kind or "text", description="")


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-01",
        "2024/03/01",
        "20240301",
        "2024-03-01T10:30:00Z",
        "2024-03-01 10:30",
        "1 March 2024",
        "1st of March, 2024",
        "the 1st March 2024",
        "March 1, 2024",
        "Mar. 1st, 2024",
        "Friday, March 1, 2024",
        "01-Mar-2024",
        "1-Mar-24",
        "2024 March 1",
        "01.03.2024",
        "1.3.24",
        "03/01/2024",
        "3/1/24",
        "03-01-2024",
    ],
)
def test_dates_written_differently_are_one(written: str) -> None:
    assert normalise.day(written) == date(2024, 3, 1)


def test_a_date_that_only_fits_one_way_is_read_that_way() -> None:
    assert normalise.day("25/03/2024") == date(2024, 3, 25)
    assert normalise.day("03.25.2024") == date(2024, 3, 25)
    assert normalise.day("12 Sept 1999") == date(1999, 9, 12)
    assert normalise.day("5 May 69") == date(1969, 5, 5)


@pytest.mark.parametrize(
    "written", ["soon", "2024-13-01", "March 2024", "1.2", "30 days", "", "31.02.2024"]
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert normalise.day(written) is None


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("$1,234.50", "1234.5"),
        ("1.234,50 €", "1234.5"),
        ("EUR 1 234,50", "1234.5"),
        ("1\u00a0234,50", "1234.5"),
        ("CHF 1'234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1,234", "1234"),
        ("1.234", "1234"),
        ("12,5", "12.5"),
        ("0.99", "0.99"),
        ("US$ 5", "5"),
        ("Rs. 500", "500"),
        ("500 dollars", "500"),
        ("5,000.-", "5000"),
        ("kr 5,-", "5"),
        ("-12.00", "-12"),
        ("(12.00)", "-12"),
        ("12-", "-12"),
        (1200, "1200"),
        (1200.0, "1200"),
        (0.1, "0.1"),
    ],
)
def test_money_written_differently_is_one(written: object, amount: str) -> None:
    assert normalise.money(written) == Decimal(amount)


@pytest.mark.parametrize("written", ["free", "12 apples", "3 of 4", "1,23,45", "10%5", True, "..."])
def test_what_is_no_amount_is_none(written: object) -> None:
    assert normalise.money(written) is None


def test_a_lone_dot_is_a_decimal_point_in_a_number() -> None:
    assert normalise.number("1.234") == Decimal("1.234")
    assert normalise.number("1,234") == Decimal(1234)
    assert normalise.number("1.5 kg") == Decimal("1.5")


def test_text_is_folded() -> None:
    assert normalise.text("  “ACME   Ltd.” ") == "acme ltd"
    assert normalise.text("—") is None
    assert normalise.normalise("date", "next Monday") == "next monday"
    assert normalise.normalise("money", " ") is None


def test_labels_agree_apart_from_case_and_whitespace() -> None:
    assert _spec().answers.score("Very High", " very\n high") == 1.0
    assert _spec().answers.score("high", "low") == 0.0
    assert _spec().answers.score("high", None) == 0.0


@pytest.mark.parametrize(
    ("expected", "output", "f1"),
    [
        ({"a": "x", "b": "2024-03-01"}, {"a": "X.", "b": "March 1, 2024"}, 1.0),
        ({"a": "x", "b": None}, {"a": "x"}, 1.0),
        ({"a": None, "b": None}, {}, 1.0),
        ({"a": None, "b": None}, {"a": "x"}, 0.0),
        ({"a": "x", "b": "2024-03-01"}, {"a": "x"}, 2 / 3),  # tp 1, fn 1
        ({"a": "x", "b": None}, {"a": "x", "b": "2024-03-01"}, 2 / 3),  # tp 1, fp 1
        ({"a": "x", "b": "2024-03-01"}, {"a": "x", "b": "2024-03-02"}, 0.5),  # tp 1, fp 1, fn 1
        ({"a": "x"}, {"a": "x", "unknown": "y"}, 1.0),
        ({"a": "x"}, "x", 0.0),
        ({"a": None}, None, 0.0),
    ],
)
def test_fields_of_a_row(expected: Any, output: Any, f1: float) -> None:
    assert _extraction(a="text", b="date").answers.score(expected, output) == pytest.approx(f1)


def test_items_of_a_list_are_paired_whatever_their_order() -> None:
    spec = _extraction(items={"what": "text", "price": "money"})
    bolts, nuts = {"what": "Bolts", "price": "1.00"}, {"what": "Nuts", "price": "2.00"}
    assert spec.answers.score({"items": [bolts, nuts]}, {"items": [nuts, bolts]}) == 1.0
    # one item right (tp 2), one missing (fn 2): 4 / (4 + 2)
    assert spec.answers.score({"items": [bolts, nuts]}, {"items": [bolts]}) == pytest.approx(2 / 3)
    # one item right (tp 2), one invented (fp 2)
    assert spec.answers.score({"items": [bolts]}, {"items": [nuts, bolts]}) == pytest.approx(2 / 3)
    # the price wrong: tp 1, fp 1, fn 1
    cheap = bolts | {"price": "0.50"}
    assert spec.answers.score({"items": [bolts]}, {"items": [cheap]}) == pytest.approx(0.5)


def test_an_item_has_one_partner_the_best() -> None:
    spec = _extraction(items={"what": "text", "price": "money"})
    given = [{"what": "Bolts", "price": "9"}, {"what": "Bolts", "price": "1"}]
    # the second is the partner (tp 2); the first is invented (fp 2)
    score = spec.answers.score({"items": [{"what": "bolts", "price": "1"}]}, {"items": given})
    assert score == pytest.approx(2 / 3)


def test_plain_lists_count_repeats() -> None:
    spec = _extraction(tags="list")
    # tp 2, fn 1
    assert spec.answers.score({"tags": ["a", "a", "b"]}, {"tags": ["B", "a"]}) == pytest.approx(0.8)
    assert spec.answers.score({"tags": []}, {"tags": None}) == 1.0


def test_accuracy_has_wilsons_interval() -> None:
    pairs = [("high", "high")] * 8 + [("high", "low")] * 2
    assert _spec().answers.quality(pairs) == (0.8, *wilson(8, 10))


def test_field_f1_is_the_mean_of_the_rows() -> None:
    spec = _extraction(a="text", b="text")
    pairs = [({"a": "x"}, {"a": "x"}), ({"a": "x", "b": "y"}, {"a": "x", "b": "z"})]
    assert spec.answers.quality(pairs) == (0.75, *mean_interval([1.0, 0.5]))


def test_macro_f1_weighs_labels_alike() -> None:
    spec = _spec(scorer="macro-f1")
    pairs = [("a", "a"), ("a", "a"), ("a", "b"), ("B", "b"), ("c", "a")]
    # a: 2*2/(3+3), b: 2*1/(1+2), c: 0
    quality, low, high = spec.answers.quality(pairs)
    assert quality == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert 0 <= low < quality < high <= 1
    assert spec.answers.quality(pairs) == (quality, low, high)


def test_a_label_only_given_counts_as_zero() -> None:
    counts = Counter([Labelled("a", "a"), Labelled("a", "b")])
    assert macro_f1(counts) == pytest.approx((2 / 3 + 0) / 2)


def test_a_label_seen_once_and_right_is_not_taken_for_certain() -> None:
    spec = _spec(scorer="macro-f1")
    quality, low, high = spec.answers.quality([("high", "high")] * 19 + [("low", "low")])
    assert (quality, high) == (1.0, 1.0)
    assert low < 0.6


def test_nothing_scored_is_refused() -> None:
    with pytest.raises(ValueError, match="no scored rows"):
        _spec().answers.quality([])
