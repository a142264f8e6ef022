"""Dates, amounts, durations and names in text, each with its place and its value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WORDED_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_DAY}(?:\s+day\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}\b",
        rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b",
    )
)
_ISO_DATE = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b")
_NUMERIC_DATE = re.compile(
    r"\b(?P<a>\d{1,2})(?P<mark>[./-])(?P<b>\d{1,2})(?P=mark)" + _YEAR + r"\b"
)

_CODES = "USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|SEK|NOK|DKK|SGD|HKD|PLN|CZK|INR|ZAR"
_SYMBOLS = {
    "CA$": "CAD",
    "C$": "CAD",
    "A$": "AUD",
    "US$": "USD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
}
_NAMES = {  # longer ones first
    "USD": ("us dollars", "dollars"),
    "EUR": ("euros", "euro"),
    "GBP": ("pounds sterling", "pounds"),
    "CHF": ("swiss francs",),
    "CAD": ("canadian dollars",),
    "AUD": ("australian dollars",),
}
_NAMED = {name: code for code, names in _NAMES.items() for name in names}
_NUMBER = (
    r"\d{1,3}(?:(?P<sep>[,. '\u2019\u00a0])\d{3})(?:(?P=sep)\d{3})*(?:[.,]\d{1,2})?"
    r"|\d+(?:[.,]\d{1,2})?"
)
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SYMBOLS, key=len, reverse=True))
_MONEY = re.compile(
    rf"(?P<before>\b(?:{_CODES})|{_SIGN})?\s?(?<![\w.,/-])(?P<number>{_NUMBER})(?![\w/-]|[.,]\d)"
    rf"(?:\s?(?P<after>\b(?:{_CODES})\b|[€£$]|{'|'.join(_NAMED)}))?",
    re.IGNORECASE,
)

_UP_TO_19 = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FROM_20 = (word for ten in _TENS for word in (ten, *(f"{ten}-{one}" for one in _UP_TO_19[:9])))
_WORD_VALUES = {word: number for number, word in enumerate((*_UP_TO_19, *_FROM_20), start=1)}
_UNITS = {"day": ("days", 1), "week": ("days", 7), "month": ("months", 1), "year": ("months", 12)}
_NUMBER_WORD = "|".join(sorted(_WORD_VALUES, key=len, reverse=True))
_DURATION = re.compile(
    rf"\b(?:(?P<word>{_NUMBER_WORD})\s*)?(?:\(?(?P<digits>\d{{1,4}})\)?)?\s*(?:(?:calendar|business"
    r"|working|full|consecutive)\s+)?(?P<unit>day|week|month|year)s?\b",
    re.IGNORECASE,
)

_CAPITAL = (
    r"(?:(?:[A-Z]\.){2,}|\b(?:S\.p\.A|S\.r\.l|Inc|Ltd|Corp|Co|Dr|Mr|Ms|St|[A-Z])\."
    r"|[^\W\d_a-zß-öø-ÿ][\w'\u2019-]*)"
)
_SUFFIX = (
    r"(?:Inc|LLC|Ltd|LLP|Limited|PLC|GmbH|AG|KG|B\.V|S\.A|Corp|Corporation|Company|AS|AB|K\.K)\.?"
)
_JOINT = (
    rf"(?:,\s(?=(?:Inc|LLC|Ltd|LLP|L\.P)\b)|\n(?={_SUFFIX}(?:\s|[,.]))"
    r"|\s(?:&|and|of|for|de|la|the)\s(?:la\s)?|[ ])"
)
_NAME = re.compile(rf"{_CAPITAL}(?:{_JOINT}(?:{_CAPITAL}|\([A-Z]{{2}}\)))*")
_NEXT_COMPANY = re.compile(rf"(?<=\s){_SUFFIX}(\sand\s)")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, `start` to `end`, and what it means."""

    start: int
    end: int
    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is an ISO code, or None where none is written."""

    amount: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of months or years, or one of days or weeks: the length of months varies."""

    months: int | None = None
    days: int | None = None


def find_dates(text: str) -> list[Span]:
    """Dates in order; values are ISO.

    Of numbers such as 03/04/2024 the day comes first, unless another date of the text can
    only be read with the month first, or dollars without such evidence suggest it.
    """
    return sorted([*_worded_dates(text), *_numeric_dates(text)], key=lambda span: span.start)


def find_money(text: str) -> list[Span]:
    """Amounts with their currencies, and bare numbers, in order; values are `Money`."""
    found = []
    for match in _MONEY.finditer(text):
        if (amount := parse_amount(match["number"])) is not None:
            value = Money(amount, _currency(match["after"] or match["before"]))
            found.append(Span(match.start("number"), match.end(), match.group().strip(), value))
    return found


def find_durations(text: str) -> list[Span]:
    """Numbers of days, weeks, months or years, in order; values are `Duration`."""
    found = []
    for match in _DURATION.finditer(text):
        written = match["digits"] or _WORD_VALUES.get((match["word"] or "").lower())
        if written is not None:
            measure, times = _UNITS[match["unit"].lower()]
            value = Duration(**{measure: int(written) * times})
            found.append(Span(match.start(), match.end(), match.group(), value))
    return found


def find_names(text: str) -> list[Span]:
    """Runs of capitalised words, in order; values are the names on one line."""
    return [span for match in _NAME.finditer(text) for span in _apart(match)]


def _apart(match: re.Match[str]) -> Iterator[Span]:
    """One name, or two when an "and" follows what ends a company's name."""
    name, start = match.group(), match.start()
    joint = _NEXT_COMPANY.search(name)
    if joint:
        first = name[: joint.start(1)]
        yield Span(start, start + len(first), first, " ".join(first.split()))
        name, start = name[joint.end(1) :], start + joint.end(1)
    yield Span(start, start + len(name), name, " ".join(name.split()))


def parse_amount(written: str) -> Decimal | None:
    """The value of 1,234.50, 1.234,50, 1'234.50, 1 234.50 or 1234.5; None for anything else."""
    digits = re.sub(r"[\s'\u2019\u00a0]", "", written)
    parts = re.split(r"[.,]", digits)
    if not all(part.isdigit() for part in parts):
        return None
    if len(parts) > 1 and (len(parts[-1]) != 3 or len(set(re.findall(r"[.,]", digits))) > 1):
        return Decimal("".join(parts[:-1]) + "." + parts[-1])
    return Decimal("".join(parts))


def _worded_dates(text: str) -> Iterator[Span]:
    for pattern in (*_WORDED_DATES, _ISO_DATE):
        for match in pattern.finditer(text):
            month = match["month"]
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
            yield from _dated(match, number, int(match["day"]))


def _numeric_dates(text: str) -> Iterator[Span]:
    matches = list(_NUMERIC_DATE.finditer(text))
    month_first = _month_first(matches, text)
    for match in matches:
        first, second = int(match["a"]), int(match["b"])
        swap = month_first and match["mark"] == "/"
        yield from _dated(match, *((first, second) if swap else (second, first)))


def _month_first(matches: list[re.Match[str]], text: str) -> bool:
    slashed = [match for match in matches if match["mark"] == "/"]
    for month_first, day in ((True, "b"), (False, "a")):
        if any(int(match[day]) > 12 for match in slashed):
            return month_first
    return "USD" in text or re.search(r"(?<![A-Z])\$", text) is not None


def _dated(match: re.Match[str], month: int, day: int) -> Iterator[Span]:
    try:
        value = date(int(match["year"]), month, day).isoformat()
    except ValueError:
        return
    yield Span(match.start(), match.end(), match.group(), value)


def _currency(written: str | None) -> str | None:
    if not written:
        return None
    return _SYMBOLS.get(written.upper()) or _NAMED.get(written.lower()) or written.upper()
