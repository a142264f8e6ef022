"""Lines of an invoice's table, found by their arithmetic: quantity times price is the amount."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import permutations
from typing import Any

from pareta_plan.platform.models.extraction.spans import parse_amount

_GAP = re.compile(r"\s{2,}")
_CENT = Decimal("0.01")
_LETTERS = re.compile(r"[^\W\d_]{2}")


def find_items(text: str) -> list[dict[str, Any]]:
    """Lines with a description, a quantity, a price and an amount that fit together.

    A quantity that is missing or doesn't fit is worked out from price and amount, if it comes
    out in halves; otherwise the line is left out.
    """
    items = (_item(_GAP.split(line.strip())) for line in text.splitlines())
    return [item for item in items if item is not None]


def _item(cells: list[str]) -> dict[str, Any] | None:
    words = [cell for cell in cells if _LETTERS.search(cell)]
    numbers = [n for cell in cells if cell not in words and (n := parse_amount(cell)) is not None]
    if len(words) != 1 or len(numbers) < 2:
        return None
    *others, amount = numbers
    found = _fitting(others, amount)
    return found and {
        "description": words[0],
        "quantity": float(found[0]),
        "unit_price": f"{found[1]:.2f}",
        "amount": f"{amount:.2f}",
    }


def _fitting(others: list[Decimal], amount: Decimal) -> tuple[Decimal, Decimal] | None:
    """The quantity and the price of an amount."""
    pairs = [pair for pair in permutations(others, 2) if abs(pair[0] * pair[1] - amount) <= _CENT]
    if pairs:
        return max(pairs, key=lambda pair: _decimals(pair[1]))
    price = others[-1] if _decimals(others[-1]) == 2 else others[0]
    if not price:
        return None
    quantity = (2 * amount / price).quantize(Decimal(1)) / 2
    return (quantity, price) if abs(quantity * price - amount) <= _CENT and quantity else None


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
