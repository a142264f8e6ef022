"""Rows of invoice-extraction: what an invoice says and how it is drawn, not the picture itself."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pareta_plan.platform.invoices.written import format_date
from scripts.rows import Split
from scripts.rows.invoice_words import (
    CUSTOMERS,
    EXTRAS,
    GOODS,
    LABELS,
    NOTES,
    NUMBERS,
    STREETS,
    TOWNS,
    VENDORS,
)
from scripts.rows.pools import Pool

TASK = "invoice-extraction"

_COUNTS = {"dev": 80, "heldout": 110}
_LAYOUTS = Pool(("classic", "banded", "compact", "letter"), ("boxed", "sidebar"), 0.4)
_FONTS = Pool(("sans", "sans", "serif"), ("mono",), 0.15)
_ACCENTS = ("#2f4b6e", "#7a2e2e", "#23614a", "#4a3b6b", "#333333")
_FORMATS = ("pdf", "scan-png", "pdf", "scan-pdf")

# Currency, tax rates in percent, ways of writing numbers and dates.
_Place = tuple[str, tuple[int, ...], tuple[str, ...], tuple[str, ...]]
_PLACES: Pool[_Place] = Pool(
    shared=(
        ("USD", (0, 6, 8), ("1,234.50",), ("month-day", "mon-day", "us-slashes")),
        ("GBP", (20,), ("1,234.50",), ("day-month", "slashes", "day-mon")),
        ("EUR", (19, 21), ("1.234,50", "1,234.50"), ("dots", "iso", "day-month")),
    ),
    fresh=(
        ("CHF", (8,), ("1'234.50",), ("dots", "day-month")),
        ("CAD", (5, 13), ("1,234.50", "1 234.50"), ("iso", "mon-day")),
        ("AUD", (10,), ("1,234.50", "1234.50"), ("slashes", "ordinal-month")),
        ("EUR", (20, 22), ("1 234.50", "1.234,50"), ("slashes", "day-mon")),
    ),
)
_CENT = Decimal("0.01")


def rows(split: Split) -> list[dict[str, Any]]:
    """The rows of a split; half of them digital PDFs, half made to look scanned."""
    return [row(split, number) for number in range(1, _COUNTS[split] + 1)]


def row(split: Split, number: int) -> dict[str, Any]:
    """One row of a split's making; its number seeds it."""
    rng = random.Random(f"{TASK} {split} {number}")
    place = _PLACES.pick(rng, split)
    rate = rng.choice(place[1])
    expected = _invoice(rng, split, place[0], rate)
    render = {
        "layout": _LAYOUTS.pick(rng, split),
        "seed": number,
        "format": _FORMATS[number % len(_FORMATS)],
        **_style(rng, split, place, expected["invoice_date"]),
        "labels": {name: pool.pick(rng, split).format(rate=rate) for name, pool in LABELS.items()},
    }
    return {
        "id": f"invoice-{split[0]}-{number:03}",
        "input": {"document": {"render": render}},
        "expected": expected,
    }


def _invoice(rng: random.Random, split: Split, currency: str, rate: int) -> dict[str, Any]:
    issued = date(2023, 1, 2) + timedelta(days=rng.randrange(1100))
    items = [_item(rng, split) for _ in range(rng.randint(1, 7))]
    subtotal = sum((Decimal(item["amount"]) for item in items), Decimal(0))
    tax = _cents(subtotal * rate / 100) if rate else None
    due = issued + timedelta(days=rng.choice((7, 14, 21, 30, 45)))
    number = NUMBERS.pick(rng, split).format(n=rng.randrange(1, 9999), y=issued.year)
    return {
        "vendor": VENDORS.pick(rng, split),
        "invoice_number": number,
        "invoice_date": issued.isoformat(),
        "due_date": due.isoformat() if rng.random() < 0.8 else None,
        "currency": currency,
        "line_items": items,
        "subtotal": f"{subtotal:.2f}",
        "tax": f"{tax:.2f}" if tax is not None else None,
        "total": f"{subtotal + (tax or 0):.2f}",
    }


def _item(rng: random.Random, split: Split) -> dict[str, Any]:
    description, low, high = GOODS.pick(rng, split)
    price = _cents(Decimal(rng.randrange(low * 100, high * 100)) / 100)
    quantity = Decimal(rng.choice((1, 1, 2, 3, 4, 5, 8, 10, 12, 25, 40)))
    if rng.random() < 0.1:
        quantity += Decimal("0.5")
    whole = quantity == quantity.to_integral_value()
    return {
        "description": description,
        "quantity": int(quantity) if whole else float(quantity),
        "unit_price": f"{price:.2f}",
        "amount": f"{_cents(quantity * price):.2f}",
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _style(rng: random.Random, split: Split, place: _Place, issued: str) -> dict[str, Any]:
    dates = rng.choice(place[3])
    near = date.fromisoformat(issued) - timedelta(days=rng.randrange(1, 25))

    def fill(template: str) -> str:
        days = rng.choice((14, 30))
        written = format_date(near.isoformat(), dates)
        return template.format(n=rng.randrange(1, 9999), date=written, days=days)

    return {
        "font": _FONTS.pick(rng, split),
        "accent": rng.choice(_ACCENTS),
        "dates": dates,
        "numbers": rng.choice(place[2]),
        "money": rng.choice(("symbol", "code", "bare")),
        "vendor_lines": [*_address(rng, split), f"Tel. 0{rng.randrange(10**8, 10**9)}"],
        "customer_lines": [CUSTOMERS.pick(rng, split), *_address(rng, split)],
        "extra": [[label, fill(value)] for label, value in _extras(rng, split)],
        "notes": [fill(NOTES.pick(rng, split))],
    }


def _extras(rng: random.Random, split: Split) -> list[tuple[str, str]]:
    return [EXTRAS.pick(rng, split)] if rng.random() < 0.6 else []


def _address(rng: random.Random, split: Split) -> list[str]:
    street = f"{rng.randrange(1, 240)} {STREETS.pick(rng, split)}"
    return [street, TOWNS.pick(rng, split)]
