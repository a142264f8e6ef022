"""Money, qualities and tables in the words that every rendering shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import floor

from pareta_plan.escapes import visible

UNPROVEN = "unproven: nobody measured it on your rows"
"""Said of what is deployed without an eval."""
WIDTH = 80
BARS = "▁▂▃▄▅▆▇█"
"""From the lowest to the highest; see `cli/outlet` for streams that have no such letters."""
"""Columns that people's output fits where names allow."""
Paint = Callable[[str, str], str]
"""`paint(text, style)`: the text in a style such as "green" or "bold", or as it is."""


def plain(text: str, _style: str) -> str:
    """The paint of a pipe: none."""
    return text


def block(text: str, indent: str = "  ", width: int | None = None) -> str:
    """Text from elsewhere that may have several lines, the later ones indented.

    Lines have at most `width` columns where words allow.
    """
    lines = text.split("\n")
    if width is not None:
        most = width - len(indent)
        lines = [part for line in lines for part in wrapped(line, "", most)]
    return f"\n{indent}".join(map(visible, lines))


def laid_out(lines: Iterable[str]) -> str:
    """Lines as a text for people: what is read may stand in them, and makes no line of its own.

    Whatever is shown in lines ends here; nothing else joins them.
    """
    return "\n".join(map(visible, lines))


def with_options(text: str, options: str) -> str:
    """A text whose commands are for the project and the environment at hand."""
    return text.replace("`pareta-plan ", f"`pareta-plan {options} ") if options else text


def wrapped(text: str, indent: str, width: int = WIDTH) -> list[str]:
    """One line of text as several of at most `width` columns where words allow.

    Later ones are indented.
    """
    text = visible(text)
    if len(text) <= width:
        return [text]
    import textwrap

    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def usd(micro: int | None) -> str:
    """Dollars with all digits of a micro-USD amount; never floored."""
    from pareta_plan.wire import MICRO

    return "unknown" if micro is None else f"${micro / MICRO:.6f}"


def usd_exactly(exact: str | None, micro: int | None) -> str:
    """A cost as exactly as it is known: six decimals, and two digits of what is smaller."""
    if exact is None:
        return usd(micro)
    from decimal import Decimal

    cost = Decimal(exact)
    decimals = max(6, 1 - cost.adjusted()) if cost else 6
    return f"${cost:.{decimals}f}"


def times(value: float, decimals: int = -9, *, up: bool = False) -> str:
    """How many times, to two digits and so many decimals; rounded down, or else `up`."""
    from math import log10

    digits = max(decimals, 1 - floor(log10(value)) if value > 0 else 1)
    rounded = -floored(-value, digits) if up else floored(value, digits)
    return f"{rounded:,.{max(digits, 0)}f}x"


def floored(value: float, digits: int) -> float:
    """Rounded down, but for what binary fractions make of decimal ones."""
    scale = 10.0**digits
    return floor(round(value * scale, 3)) / scale


def quality(value: float | None) -> str:
    """A quality in [0, 1] to three digits."""
    return "-" if value is None else f"{value:.3f}"


def count(n: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Lines of aligned columns; those in `right` are flush right."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    return [line(row) for row in rows]
