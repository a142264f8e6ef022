"""Dates, amounts, durations, names, and the fields that rules and rankers make of them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml

from pareta_plan.errors import ParetaError, RowsError
from pareta_plan.platform.catalog.catalog import BUILT_IN, CatalogTask
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.document import Document
from pareta_plan.platform.invoices.written import (
    DATE_STYLES,
    NUMBER_STYLES,
    format_amount,
    format_date,
)
from pareta_plan.platform.models.extraction.item_rows import find_items
from pareta_plan.platform.models.extraction.spans import (
    Money,
    find_dates,
    find_durations,
    find_money,
    find_names,
    parse_amount,
)
from pareta_plan.platform.models.loading import load
from pareta_plan.platform.models.model import Prediction, unheard


def task(name: str) -> CatalogTask:
    folder = BUILT_IN / name
    return CatalogTask(
        folder, TaskSpec.model_validate(yaml.safe_load((folder / "task.yaml").read_text("utf-8")))
    )


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("as of March 1, 2024", ["2024-03-01"]),
        ("on 1 March 2024,", ["2024-03-01"]),
        ("this 1st day of March, 2024", ["2024-03-01"]),
        ("dated 2024-03-01.", ["2024-03-01"]),
        ("dated 01.03.2024", ["2024-03-01"]),
        ("01-Mar-2024 and Sept. 9 2023", ["2024-03-01", "2023-09-09"]),
        ("Date 03/04/2024", ["2024-04-03"]),
        ("Date 03/04/2024, due 03/18/2024", ["2024-03-04", "2024-03-18"]),
        ("Date 03/04/2024, total $12.00", ["2024-03-04"]),
        ("Date 03/04/2024, total CA$12.00", ["2024-04-03"]),
        ("31 February 2024, 2024-13-01, 45.45.2024", []),
        ("leap 29 February 2024 and 29 February 2023", ["2024-02-29"]),
        ("phone 01 2024 5551234", []),
    ],
)
def test_dates(text: str, values: list[str]) -> None:
    assert [span.value for span in find_dates(text)] == values


@pytest.mark.parametrize("style", DATE_STYLES)
def test_every_way_of_writing_a_date_is_read(style: str) -> None:
    written = format_date("2024-03-21", style)
    assert [span.value for span in find_dates(f"from {written}.")] == ["2024-03-21"]


@pytest.mark.parametrize("style", NUMBER_STYLES)
@pytest.mark.parametrize("amount", ["0.50", "7.00", "999.99", "1234.50", "1234567.80"])
def test_every_way_of_writing_an_amount_is_read(style: str, amount: str) -> None:
    assert parse_amount(format_amount(amount, style)) == Decimal(amount)
    found = find_money(f"fee {format_amount(amount, style)} USD.")
    assert [span.value for span in found] == [Money(Decimal(amount), "USD")]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$12,500.00", "12500", "USD"),
        ("EUR 12.500,00", "12500", "EUR"),
        ("£48,000", "48000", "GBP"),
        ("CHF 18'000", "18000", "CHF"),
        ("12,500 US dollars", "12500", "USD"),
        ("CA$141 416.77", "141416.77", "CAD"),
        ("40.5", "40.5", None),
        ("€3", "3", "EUR"),
    ],
)
def test_money(text: str, amount: str, currency: str | None) -> None:
    assert [s.value for s in find_money(f"pay {text}, now")] == [Money(Decimal(amount), currency)]


@pytest.mark.parametrize("text", ["INV-2024-117", "05599/2023", "A4 paper", "v1.2.3"])
def test_codes_are_not_money(text: str) -> None:
    assert find_money(text) == []


@pytest.mark.parametrize("written", ["", "12a", "--", "1..2", "٣x"])
def test_what_is_no_amount_has_no_value(written: str) -> None:
    assert parse_amount(written) is None


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [
        ("thirty (30) days' notice", None, 30),
        ("a term of twenty-four (24) months", 24, None),
        ("for 2 years", 24, None),
        ("two weeks' notice", None, 14),
        ("10 business days", None, 10),
        ("sixty calendar days", None, 60),
    ],
)
def test_durations(text: str, months: int | None, days: int | None) -> None:
    (span,) = find_durations(text)
    assert (span.value.months, span.value.days) == (months, days)


def test_words_that_end_like_units_are_no_durations() -> None:
    assert find_durations("these days, most months, Yearsley 5 daylilies") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("between Corvid Analytics Inc. and Oriel Software GmbH and others",
         ["Corvid Analytics Inc.", "Oriel Software GmbH"]),
        ("by Vantage Mill Holdings, Inc., a firm", ["Vantage Mill Holdings, Inc."]),
        ("the laws of Delaware. The courts", ["Delaware", "The"]),
        ("of Société Lumen Partagée S.A.S. (buyer)", ["Société Lumen Partagée S.A.S."]),
        ("with Liam O'Connell", ["Liam O'Connell"]),
        ("at Brookfield & Lane LLP", ["Brookfield & Lane LLP"]),
    ],
)  # fmt: skip
def test_names(text: str, names: list[str]) -> None:
    assert [span.text for span in find_names(text)] == names


CONTRACT = """\
This Services Agreement (the "Agreement") is entered into as of March 1, 2024 (the "Effective
Date") by and between Elmgate Freight LLC, a Nevada corporation (the "Provider"), and Tarn Foods
Ltd, of 9 Quay Street, Dublin (the "Client"). It replaces the letter of 3 May 2023.

1. The term of this Agreement is two (2) years and may be renewed for further periods of 6 months.
2. The total fee is $48,000.00, in monthly instalments of $2,000.00, due within 15 days.
3. Liability is limited to $1,000,000.00.
4. Either party may terminate for convenience on thirty (30) days' prior written notice.
5. This Agreement is governed by the laws of the State of Delaware.
"""
CONTRACT_FIELDS = {
    "party_a": "Elmgate Freight LLC",
    "party_b": "Tarn Foods Ltd",
    "effective_date": "2024-03-01",
    "term_months": 24,
    "total_value": "48000.00 USD",
    "governing_law": "Delaware",
    "notice_days": 30,
}

INVOICE = """\
Tarn Foods Ltd   INVOICE
9 Quay Street   Invoice No.: F-2207
Bill to   Invoice date: 3 March 2024
Elmgate Freight LLC   Due date   2 April 2024
Description   Qty   Unit price   Amount
Rye, 25 kg   40   21,50   860,00
Delivery   1   1.040,00   1.040,00
Subtotal   €1.900,00
VAT 20%   €380,00
Total due   €2.280,00
"""
INVOICE_FIELDS = {
    "vendor": "Tarn Foods Ltd",
    "invoice_number": "F-2207",
    "invoice_date": "2024-03-03",
    "due_date": "2024-04-02",
    "currency": "EUR",
    "line_items": [
        {"description": "Rye, 25 kg", "quantity": 40, "unit_price": "21.50", "amount": "860.00"},
        {"description": "Delivery", "quantity": 1, "unit_price": "1040.00", "amount": "1040.00"},
    ],
    "subtotal": "1900.00",
    "tax": "380.00",
    "total": "2280.00",
}  # fmt: skip
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "contract-key-fields": (CONTRACT, CONTRACT_FIELDS),
    "invoice-extraction": (INVOICE, INVOICE_FIELDS),
}


RULES = {"contract-key-fields": {"rules": "contract"}, "invoice-extraction": {"rules": "invoice"}}


def options(name: str, alias: str) -> dict[str, Any]:
    return next(model.options for model in task(name).spec.models if model.alias == alias)


@pytest.mark.parametrize("name", CASES)
def test_rules_read_a_plain_case(name: str) -> None:
    text, fields = CASES[name]
    model = load(task(name), "rules", RULES[name], unheard)
    assert model.predict(text).output == fields
    answer, prediction = model.stream(text)
    assert isinstance(answer, str)
    assert json.loads(answer) == fields
    assert isinstance(prediction, Prediction)
    assert prediction.output == fields


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("text", ["", " \n\n ", "x", "((((", "1" * 500, "a b  c\n" * 200, "\0€"])
def test_rules_find_nothing_in_nonsense(name: str, text: str) -> None:
    output = load(task(name), "rules", RULES[name], unheard).predict(text).output
    assert list(output) == list(CASES[name][1])


@pytest.mark.parametrize("name", CASES)
def test_rankers_learn_the_dev_rows_and_find_nothing_in_nonsense(name: str) -> None:
    model = load(task(name), "ranker", options(name, "ranker-1"), unheard)
    text, fields = CASES[name]
    output = model.predict(text).output
    assert list(output) == list(fields)
    assert sum(output[field] == fields[field] for field in fields) >= len(fields) - 2
    assert model.predict(text).output == output
    assert not any(model.predict("").output.values())
    with pytest.raises(RowsError, match="given a document"):
        model.predict(Document(b"", "application/pdf"))


def test_the_ranker_keeps_lines_whose_arithmetic_fits() -> None:
    text = "Bolts   4   2.50   10.00\nNuts   1.25   10.00\nTotal   20.00\nScrews   3   2.00   9.10"
    assert [(item["description"], item["quantity"]) for item in find_items(text)] == [
        ("Bolts", 4.0),
        ("Nuts", 8.0),
    ]


@pytest.mark.parametrize("named", [{}, {"rules": "invoices"}, {"rules": 7}])
def test_rules_that_are_not_there_are_refused(named: dict[str, Any]) -> None:
    with pytest.raises(ParetaError, match="only address, contract, invoice"):
        load(task("contract-key-fields"), "rules", named, unheard)


def test_rules_read_no_documents() -> None:
    with pytest.raises(RowsError, match="given a document"):
        load(task("invoice-extraction"), "rules", {"rules": "invoice"}, unheard).predict(
            Document(b"", "image/png")
        )
