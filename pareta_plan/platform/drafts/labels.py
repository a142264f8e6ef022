"""Labels among the values of a column: one a row, or several with a sign between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pareta_plan.errors import RowsError

MOST_LABELS = 50
LEAST_ROWS = 3
"""Of a label: two to train on and one to measure on."""
SIGNS = (";", "|", "\n", ",")


def word(value: Any) -> str:
    """A single value as a label."""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def labels_of(times: Counter[str]) -> list[str]:
    """The labels in their order. Raises RowsError for none, and one that too few rows have."""
    rare = {label: n for label, n in times.items() if n < LEAST_ROWS}
    if rare or len(times) < 2:
        told = ", ".join(f"{label[:40]!r} ({n})" for label, n in sorted(rare.items())[:10])
        raise RowsError(
            f"labels that fewer than {LEAST_ROWS} rows have: {told}"
            if rare
            else "there are no two labels: there is no choice",
            hint="Two are needed to train on and one to measure on: add rows, or leave these out.",
        )
    return sorted(times)


def sign_between(values: Sequence[str]) -> str | None:
    """The sign that stands between several labels in a value; None where there is none.

    What stands between such signs is few different labels, each in enough rows; and one of them at
    least stands alone in some row and with others in another, which parts of one name don't.
    """
    for sign in SIGNS:
        split = [_parts(value, sign) for value in values]
        times = Counter(label for parts in split for label in parts)
        alone = {parts[0] for parts in split if len(parts) == 1}
        together = {label for parts in split if len(parts) > 1 for label in parts}
        few = len(times) <= min(MOST_LABELS, len(values) // LEAST_ROWS)
        if few and alone & together and min(times.values()) >= LEAST_ROWS:
            return sign
    return None


def several(values: Sequence[Any]) -> list[list[str]]:
    """The labels of each value: of a list, or of a text with signs between them."""
    texts = [word(value) for value in values if not isinstance(value, list)]
    sign = sign_between(texts)
    return [
        list(dict.fromkeys(map(word, value)))
        if isinstance(value, list)
        else (_parts(word(value), sign) if sign else [word(value)])
        for value in values
    ]


def _parts(value: str, sign: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in value.split(sign) if part.strip()))
