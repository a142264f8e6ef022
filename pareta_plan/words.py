"""Money, qualities and tables in the words that every rendering shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import floor

UNPROVEN = "unproven: nobody measured it on your rows"
"""Said of what is deployed without an eval."""
WIDTH = 80
"""Columns that people's output fits where names allow."""
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What moves a terminal's cursor, breaks a line, turns the reading direction, or can't be sent."""

_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#\w*\[)")
"""Begins what the log of a CI takes for a command: `::set-output` as a line, `##vso[` anywhere."""

Paint = Callable[[str, str], str]
"""`paint(text, style)`: the text in a style such as "green" or "bold", or as it is."""


def plain(text: str, _style: str) -> str:
    """The paint of a pipe: none."""
    return text


def visible(text: str) -> str:
    """Text from elsewhere as one line that does nothing to a terminal or a CI: that is escaped."""
    shown = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", shown)


def legible(text: str) -> str:
    """Text from elsewhere in which everything is seen, with its lines, for what is no terminal."""
    return _CONTROL.sub(
        lambda found: (
            found[0] if found[0] in "\n\t" else found[0].encode("unicode_escape").decode()
        ),
        text,
    )


def block(text: str, indent: str = "  ", width: int | None = None) -> str:
    """Text from elsewhere that may have several lines, the later ones indented.

    Lines have at most `width` columns where words allow.
    """
    lines = [visible(line) for line in text.split("\n")]
    if width is not None:
        most = width - len(indent)
        lines = [part for line in lines for part in wrapped(line, "", most)]
    return f"\n{indent}".join(lines)


def with_options(text: str, options: str) -> str:
    """A text whose commands are for the project and the environment at hand."""
    return text.replace("`pareta-plan ", f"`pareta-plan {options} ") if options else text


def json_visible(text: str) -> str:
    """JSON text, laid out in lines, with what JSON itself leaves unescaped."""
    shown = _CONTROL.sub(
        lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text
    )
    return _COMMAND.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)


def ascii_json(text: str) -> str:
    """JSON text in which all that isn't ASCII is escaped."""
    import json

    return re.sub("[^\x00-\x7f]", lambda found: json.dumps(found[0])[1:-1], text)


def wrapped(text: str, indent: str, width: int = WIDTH) -> list[str]:
    """Lines of at most `width` columns where words allow; later ones are indented."""
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
