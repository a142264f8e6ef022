"""Typed values of extracted fields in one comparable form.

A date is an ISO date, money and numbers are decimals, all other values are folded text;
a value that can't be read as its type is compared as text. Missing, null and blank are
the same: None.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

Comparable = str | Decimal | date | None

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_DATE_NOISE = re.compile(
    r"(?<=\d)(st|nd|rd|th)\b|\b(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b|\b(the|of)\b"
    r"|(?<=\d)[t ]\d\d?:\d\d.*$"
)
_AMOUNT = re.compile(r"\d[\d.,'\s]*")
_NO_CENTS = re.compile(r"(?<=\d)[.,]-")  # as in "5,-"
_CURRENCY_WORDS = re.compile("dollars?|euros?|francs?|kron(a|er|or)|pounds?|rupees?|sterling|yen")


def text(value: object) -> str | None:
    """Text without case, repeated whitespace or punctuation at its ends."""
    folded = " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())
    edges = "".join(c for c in folded if c.isspace() or unicodedata.category(c).startswith("P"))
    return folded.strip(edges) or None


def day(value: object) -> date | None:
    """A calendar date, or None when `value` isn't one.

    Digits alone are read year first when the year is, else day first between dots
    (01.03.2024) and month first between slashes or dashes (03/01/2024), or the other way
    round where only that gives a date. Years of two digits are 1969 to 2068; a time of day
    is dropped.
    """
    written = _DATE_NOISE.sub(" ", str(value).strip().casefold())
    parts = re.findall(r"\d+|[^\W\d]+", written)
    if len(parts) == 1 and re.fullmatch(r"\d{8}", parts[0]):
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) != 3 or re.search(r"[^\w\s.,/-]", written):
        return None
    return next(filter(None, (_date(*order) for order in _orders(parts, "." in written))), None)


def _orders(parts: list[str], dotted: bool) -> list[tuple[str, str, str]]:
    """The ways to read three parts as (year, month, day), likeliest first."""
    first, second, third = parts
    if len(first) == 4 and first.isdigit():
        return [(first, second, third)]
    if first.isalpha():
        return [(third, first, second)]
    day_first, month_first = (third, second, first), (third, first, second)
    return [day_first, month_first] if dotted or second.isalpha() else [month_first, day_first]


def _date(year: str, month: str, day_of_month: str) -> date | None:
    month_number = _month(month)
    if month_number is None or len(year) not in (2, 4) or not (year + day_of_month).isdecimal():
        return None
    century = 0 if len(year) == 4 else 2000 if int(year) < 69 else 1900
    try:
        return date(century + int(year), month_number, int(day_of_month))
    except ValueError:
        return None


def _month(written: str) -> int | None:
    if len(written) < 3:
        return int(written) if written.isdecimal() else None
    return next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(written)), None)


def money(value: object) -> Decimal | None:
    """An amount without its currency, or None when `value` isn't an amount.

    Reads thousands separators of both styles (1,234.50 and 1.234,50), apostrophes and
    spaces. A lone separator before exactly three digits separates thousands.
    """
    return _decimal(value, lone_dot_groups=True)


def number(value: object) -> Decimal | None:
    """A number, or None; as `money`, but a lone dot is always a decimal point."""
    return _decimal(value, lone_dot_groups=False)


def normalise(field_type: str, value: object) -> Comparable:
    """`value` as its field type compares it; None when it is null or blank."""
    if value is None or value == "":
        return None
    typed = _READERS[field_type](value) if field_type in _READERS else None
    return text(value) if typed is None else typed


_READERS = {"date": day, "money": money, "number": number}


def _decimal(value: object, *, lone_dot_groups: bool) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Decimal(str(value))
    written = unicodedata.normalize("NFKC", str(value)).replace("\u2212", "-")
    written = _NO_CENTS.sub(" ", written)
    found = _AMOUNT.search(written)
    if found is None:
        return None
    before, after = written[: found.start()], written[found.end() :]
    digits = _plain_digits(found.group(), lone_dot_groups)
    if digits is None or not _is_currency(before) or not _is_currency(after):
        return None
    accounting = before.lstrip().startswith("(") and after.rstrip().endswith(")")
    is_negative = accounting or "-" in before or after.strip() == "-"
    return -Decimal(digits) if is_negative else Decimal(digits)


def _plain_digits(written: str, lone_dot_groups: bool) -> str | None:
    """Digits with at most a decimal point, or None when the separators make no number."""
    compact = re.sub(r"['\s]", "", written).rstrip(".,")
    decimal_mark = _decimal_mark(compact, lone_dot_groups)
    whole, _, fraction = compact.rpartition(decimal_mark) if decimal_mark else (compact, "", "")
    groups = re.split(r"[.,]", whole)
    if any(len(group) != 3 for group in groups[1:]) or not "".join(groups):
        return None
    return "".join(groups) + (f".{fraction}" if fraction else "")


def _decimal_mark(compact: str, lone_dot_groups: bool) -> str | None:
    last = max(compact.rfind("."), compact.rfind(","))
    if last < 0:
        return None
    mark = compact[last]
    if compact.count(mark) > 1:
        return None
    mixed = {".", ","} <= set(compact)
    groups = len(compact) - last - 1 == 3 and (mark == "," or lone_dot_groups)
    return None if groups and not mixed else mark


def _is_currency(around: str) -> bool:
    """Whether what stands around a number is only signs, a currency or nothing."""
    kept = "".join(c if c.isalpha() else " " for c in around.casefold())
    if any(c.isdigit() for c in around):
        return False
    return all(len(word) <= 3 or _CURRENCY_WORDS.fullmatch(word) for word in kept.split())
