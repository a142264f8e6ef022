"""Reads an invoice's fields from its text by labels, and its lines by the table's header."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pareta_plan.platform.models.extraction.spans import find_dates, find_money

_Lines = list[list[str]]  # a line's cells
_ValueIn = Callable[[str], str | None]

_GAP = re.compile(r"\s{2,}")
_LABELS = {
    "invoice_number": r"(?:invoice|inv|bill|document)\.?\s*(?:number|no\b|num|ref\b|#)\.?",
    "invoice_date": r"(?:invoice|billing|issue)\s+date|date\s+of\s+issue|issued\s+on|^date\b",
    "due_date": r"due\s+date|payment\s+due|^due\b|pay(?:able)?\s+by",
    "subtotal": r"sub\s*-?total|net\s+total|net\s+amount",
    "tax": r"\b(?:vat|tax|gst)\b",
    "total": r"total\s+due|amount\s+due|grand\s+total|balance\s+due|^total\b",
}
_SUMS = ("subtotal", "tax", "total")
_CUES = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _LABELS.items()}
_NUMBER = re.compile(r"[A-Z]{0,4}[-/# ]?\d[\w/-]*")
_TITLE = re.compile(r"\b(?:tax\s+)?invoice\b|\bbill\b|\bstatement\b", re.IGNORECASE)
_CODES = re.compile(r"\b(USD|EUR|GBP|CHF|CAD|AUD|SEK|NOK|DKK)\b")
_HEADERS = {
    "description": re.compile(r"description|item|details|particulars", re.IGNORECASE),
    "quantity": re.compile(r"^(?:qty|quantity|units|hours)", re.IGNORECASE),
    "unit_price": re.compile(r"price|rate|unit cost|^each", re.IGNORECASE),
    "amount": re.compile(r"amount|total|^net|^sum", re.IGNORECASE),
}
_USUAL_ORDER = ("description", "quantity", "unit_price", "amount")


def extract(text: str) -> dict[str, Any]:
    """The fields of `invoice-extraction`; None for what isn't found."""
    lines = [_GAP.split(line.strip()) for line in text.splitlines() if line.strip()]
    items, end = _line_items(lines)
    return {
        "vendor": _vendor(lines),
        "invoice_number": _labelled(lines, "invoice_number", _number_in),
        "invoice_date": _labelled(lines, "invoice_date", _date_in(text)),
        "due_date": _labelled(lines, "due_date", _date_in(text)),
        "currency": _currency(text),
        "line_items": items,
        **_sums(lines[end:]),
    }


def _vendor(lines: _Lines) -> str | None:
    for line, below in itertools.pairwise(lines[:16]):
        if line[0].lower().rstrip(":") in ("from", "vendor", "seller"):
            return below[0]
    head = (cell for line in lines[:3] for cell in line)
    return next((cell for cell in head if len(cell) > 3 and not _TITLE.fullmatch(cell)), None)


def _labelled(lines: _Lines, field: str, value_in: _ValueIn) -> str | None:
    """The value behind a label, or else below it."""
    for line, below in zip(lines, [*lines[1:], []], strict=False):
        for column, cell in enumerate(line):
            if match := _CUES[field].search(cell):
                under = below[column : column + 1] if len(below) == len(line) else below[:1]
                for place in (cell[match.end() :], *line[column + 1 : column + 2], *under):
                    if value := value_in(place):
                        return value
    return None


def _number_in(cell: str) -> str | None:
    if find_dates(cell):
        return None
    match = _NUMBER.search(cell)
    return match.group().strip() if match else None


def _date_in(text: str) -> _ValueIn:
    """Reads a cell's date with the evidence of the whole text on the order of day and month."""
    known = {span.text: str(span.value) for span in find_dates(text)}

    def date_in(cell: str) -> str | None:
        found = find_dates(cell)
        return known.get(found[0].text) if found else None

    return date_in


def _currency(text: str) -> str | None:
    if code := _CODES.search(text):
        return code.group()
    return next((m.value.currency for m in find_money(text) if m.value.currency), None)


def _sums(lines: _Lines) -> dict[str, str | None]:
    sums: dict[str, str | None] = dict.fromkeys(_SUMS)
    for line in lines:
        label, amounts = line[0], find_money(line[-1])
        field = next((name for name in sums if _CUES[name].search(label)), None)
        if field and amounts and len(line) > 1:
            sums[field] = f"{amounts[-1].value.amount:.2f}"
    return sums


def _line_items(lines: _Lines) -> tuple[list[dict[str, Any]], int]:
    """The table's lines, and the index of the line behind the last of them."""
    header = max(range(len(lines)), key=lambda row: _header_fields(lines[row]), default=0)
    if not lines or _header_fields(lines[header]) < 2:
        return [], 0
    columns = _columns(lines[header])
    items, end = [], header + 1
    for row, line in enumerate(lines[end:], start=end):
        if any(_CUES[name].search(line[0]) for name in _SUMS):
            break
        if item := _item(line, columns):
            items.append(item)
            end = row + 1
    return items, end


def _header_fields(line: list[str]) -> int:
    return sum(any(pattern.search(cell) for cell in line) for pattern in _HEADERS.values())


def _columns(header: list[str]) -> list[str | None]:
    """The field of each column; unknown headers get the fields that are left, in usual order."""
    columns: list[str | None] = []
    for cell in header:
        fields = (name for name, pattern in _HEADERS.items() if pattern.search(cell))
        columns.append(next((name for name in fields if name not in columns), None))
    left = [name for name in _USUAL_ORDER if name not in columns]
    for index, cell in enumerate(header):
        if columns[index] is None and left and len(cell) > 1:
            columns[index] = left.pop(0)
    return columns


def _item(cells: list[str], columns: list[str | None]) -> dict[str, Any] | None:
    if len(cells) == len(columns) - 1:  # a lone digit is what recognition loses first
        columns = [name for name in columns if name != "quantity"]
    if len(cells) != len(columns):
        return None
    named = {name: cell for name, cell in zip(columns, cells, strict=True) if name}
    price, amount = _amount(named.get("unit_price")), _amount(named.get("amount"))
    if amount is None:
        return None
    quantity = _amount(named.get("quantity"))
    if quantity is None and price:
        quantity = round(amount / price, 2)
    return {
        "description": named.get("description"),
        "quantity": float(quantity) if quantity is not None else None,
        "unit_price": f"{price:.2f}" if price is not None else None,
        "amount": f"{amount:.2f}",
    }


def _amount(cell: str | None) -> Decimal | None:
    found = find_money(cell or "")
    return found[-1].value.amount if found else None
