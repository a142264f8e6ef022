"""Money, qualities and tables in the words that every rendering shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MICRO = 1_000_000

Paint = Callable[[str, str], str]
"""`paint(text, style)`: the text in a style such as "green" or "bold", or as it is."""


def plain(text: str, _style: str) -> str:
    """The paint of a pipe: none."""
    return text


def usd(micro: int | None) -> str:
    """Dollars with all digits of a micro-USD amount; never floored."""
    return "unknown" if micro is None else f"${micro / MICRO:.6f}"


def quality(value: float | None) -> str:
    """A quality in [0, 1] to three digits."""
    return "-" if value is None else f"{value:.3f}"


def count(n: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Lines of aligned columns; those in `right` are flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    return [line(row) for row in rows]
