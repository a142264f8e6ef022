"""What might be a field's value: candidates by kind, and what is seen around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pareta_plan.platform.models.extraction.contract_rules import jurisdiction, money_text
from pareta_plan.platform.models.extraction.spans import (
    Money,
    Span,
    find_dates,
    find_durations,
    find_money,
    find_names,
)

Features = dict[str, float]
Finder = Callable[[str], list[Span]]

_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_CELL = re.compile(r"\S+(?: \S+)*")
_CODE = re.compile(r"(?<![\w/.,'-])(?:[A-Z]{1,4}[ -]?)?\d[\w/-]*(?![.,'\w])")
_SPACED_AMOUNT = re.compile(r"^\d{1,3} \d{3}[.,]\d\d\b")
_NEAR = 5  # words whose order counts, on each side
_AROUND = 12  # words that count in any order
_HEAD_LINES = 14
_MOST = 2000  # candidates of one field in one text
_LINE = 200  # characters of a line that are looked at
_MARGIN = 40  # characters; a longer blank stretch is taken for a line's end


def _valued(find: Finder, value_of: Callable[[Any], object]) -> Finder:
    """What `find` finds, with what its values stand for; those that stand for None are left out."""

    def found(text: str) -> list[Span]:
        valued = (replace(span, value=value_of(span.value)) for span in find(text))
        return [span for span in valued if span.value is not None]

    return found


_signs = _valued(find_money, lambda money: money.currency)


def _currencies(text: str) -> list[Span]:
    written = map(_span, re.finditer(r"\b[A-Z]{3}\b", text))
    return sorted([*written, *_signs(text)], key=lambda span: span.start)


def _with_cents(money: Money) -> str | None:
    return f"{money.amount:.2f}" if money.amount.as_tuple().exponent == -2 else None


def _cells(text: str) -> list[Span]:
    head = "\n".join(text.split("\n")[:_HEAD_LINES])
    return [*map(_span, _CELL.finditer(head))]


def _codes(text: str) -> list[Span]:
    in_dates = {place for span in find_dates(text) for place in range(span.start, span.end)}
    return [
        _span(m)
        for m in _CODE.finditer(text)
        if m.start() not in in_dates and not _SPACED_AMOUNT.match(text[m.start() : m.start() + 12])
    ]


KINDS: dict[str, Finder] = {
    "dates": find_dates,
    "months": _valued(find_durations, lambda duration: duration.months or None),
    "days": _valued(find_durations, lambda duration: duration.days or None),
    "money": _valued(find_money, lambda money: money_text(money) if money.currency else None),
    "amounts": _valued(find_money, _with_cents),
    "currencies": _currencies,
    "names": find_names,
    "places": _valued(find_names, jurisdiction),
    "cells": _cells,
    "codes": _codes,
}


def find_candidates(kind: str, text: str) -> list[Span]:
    """The first `_MOST` candidates of a kind, one of `KINDS`, in order."""
    return KINDS[kind](text)[:_MOST]


def features(text: str, spans: Sequence[Span]) -> list[Features]:
    """For each candidate of one kind: words around it, its place, its form, its rank."""
    often = Counter(str(span.value) for span in spans)
    return [
        {
            **dict(_context(text, span)),
            **dict(_place(text, span, number, len(spans))),
            **dict(_form(span)),
            "often": min(often[str(span.value)], 4) / 4,
            **dict.fromkeys(ranks, 1.0),
        }
        for number, (span, ranks) in enumerate(zip(spans, _ranks(spans), strict=True))
    ]


def _span(match: re.Match[str]) -> Span:
    return Span(match.start(), match.end(), match.group(), match.group())


def _words(text: str) -> list[str]:
    return ["0" if word.isdigit() else word.lower() for word in _WORD.findall(text)]


def _context(text: str, span: Span) -> Iterator[tuple[str, float]]:
    before = _words(text[max(0, span.start - 120) : span.start])[::-1]
    after = _words(text[span.end : span.end + 120])
    for side, words in (("before", before), ("after", after)):
        for distance, word in enumerate(words[:_NEAR]):
            yield f"{side} {distance} {word}", 1.0
        for word in words[:_AROUND]:
            yield f"{side} {word}", 0.5
    yield from _table_context(text, span)


def _table_context(text: str, span: Span) -> Iterator[tuple[str, float]]:
    """Words of the cells left of the candidate and above it."""
    nearest = max(0, span.start - _LINE)
    line_start = max(text.rfind("\n", nearest, span.start) + 1, nearest)
    left = re.split(r"\s{2,}", text[line_start : span.start])
    farthest = max(0, line_start - _LINE)
    above_start = max(text.rfind("\n", farthest, max(0, line_start - 1)) + 1, farthest)
    above = re.split(r"\s{2,}", text[above_start:line_start].strip())
    for word in _words(left[0]):
        yield f"line {word}", 1.0
    column = len(left) - 1
    if column < len(above):
        for word in _words(above[column]):
            yield f"above {word}", 1.0


def _place(text: str, span: Span, number: int, count: int) -> Iterator[tuple[str, float]]:
    yield f"number {min(number, 6)}", 1.0
    yield f"from the end {min(count - number, 6)}", 1.0
    yield f"tenth {10 * span.start // (len(text) + 1)}", 1.0
    before = text[max(0, span.start - _MARGIN) : span.start].rpartition("\n")
    after = text[span.end : span.end + _MARGIN].partition("\n")
    yield "at line start", float(before[2].strip() == "")
    yield "at line end", float(after[0].strip() == "")


def _form(span: Span) -> Iterator[tuple[str, float]]:
    words = span.text.split()
    yield f"words {min(len(words), 6)}", 1.0
    yield f"last {words[-1].lower() if words[-1].isalpha() else _shape(words[-1])}", 1.0
    yield f"shape {_shape(span.text)}", 1.0


def _shape(text: str) -> str:
    """A for runs of capitals, a for other letters, 0 for runs of digits."""
    plain = re.sub(r"[^\W\d_a-zß-öø-ÿ]+", "A", re.sub(r"\d+", "0", text))
    return re.sub(r"[^\W\d_A]+", "a", plain)[:24]


def _ranks(spans: Sequence[Span]) -> list[list[str]]:
    """Which of the candidates' values are the smallest and the largest."""
    values = sorted({_size(span.value) for span in spans})
    ends = [*values[:2], *values[-3:]]
    names = [f"rank {'low' if index < 2 else 'high'} {index}" for index in range(len(ends))]
    sizes = [_size(span.value) for span in spans]
    return [[n for n, end in zip(names, ends, strict=True) if end == size] for size in sizes]


def _size(value: object) -> tuple[Decimal, str]:
    number = re.match(r"\d+(?:\.\d+)?(?!\S)", str(value))
    return (Decimal(number.group()), "") if number else (Decimal(0), str(value))
