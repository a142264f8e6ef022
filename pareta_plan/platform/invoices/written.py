"""How dates and amounts are written on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pareta_plan.platform.data import Registry

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

DATE_STYLES = Registry(
    "style of dates",
    {
        "iso": "{y}-{m:02}-{d:02}",
        "month-day": "{month} {d}, {y}",
        "mon-day": "{mon} {d}, {y}",
        "day-month": "{d} {month} {y}",
        "day-mon": "{d:02}-{mon}-{y}",
        "dots": "{d:02}.{m:02}.{y}",
        "slashes": "{d:02}/{m:02}/{y}",
        "us-slashes": "{m:02}/{d:02}/{y}",
        "ordinal": "the {d}{th} day of {month}, {y}",
        "ordinal-month": "{d}{th} {month} {y}",
    },
)

NUMBER_STYLES = Registry(
    "style of numbers",
    {
        "1,234.50": (",", "."),
        "1.234,50": (".", ","),
        "1 234.50": (" ", "."),
        "1'234.50": ("'", "."),
        "1234.50": ("", "."),
    },
)


def ordinal_suffix(number: int) -> str:
    """The two letters behind an ordinal: 1st, 2nd, 3rd, 4th, 11th."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def format_date(iso: str, style: str) -> str:
    """Write an ISO date in one of `DATE_STYLES`. Raises ValueError."""
    day = date.fromisoformat(iso)
    month = MONTHS[day.month - 1]
    return DATE_STYLES[style].format(
        y=day.year, m=day.month, d=day.day, month=month, mon=month[:3], th=ordinal_suffix(day.day)
    )


def format_amount(amount: str | Decimal, style: str) -> str:
    """Write an amount with two decimals in one of `NUMBER_STYLES`.

    Raises decimal.InvalidOperation, UnknownName.
    """
    thousands, point = NUMBER_STYLES[style]
    plain = f"{Decimal(amount):,.2f}"
    return plain.replace(",", "\0").replace(".", point).replace("\0", thousands)
