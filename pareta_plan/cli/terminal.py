"""What a stream is: a terminal, with its columns and colours, or a pipe, with neither."""

from __future__ import annotations

import os
from typing import Any, TextIO

READABLE = 120
"""Columns that are used of a wider terminal: longer lines are hard to follow."""
NARROW = 40
"""Columns that are written for on a narrower one, which then wraps them itself."""
SHADES = {"green": 28, "red": 160, "yellow": 130, "cyan": 30}
"""The 256-colour palette's shades that stand out on black and on white alike."""


def width(stream: TextIO) -> int | None:
    """The columns to write for: what COLUMNS says, or a terminal's own; None for a pipe."""
    said = os.environ.get("COLUMNS", "")
    return _readable(int(said)) if said.isdecimal() else own_width(stream)


def own_width(stream: TextIO) -> int | None:
    """The columns of a terminal; None for a pipe, whose lines may have any length."""
    try:
        return _readable(os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0)
    except (OSError, ValueError):
        return None


def _readable(columns: int) -> int | None:
    return min(max(columns, NARROW), READABLE) if columns else None


def drawable(stream: TextIO) -> bool:
    """Whether lines of it can be drawn again: a terminal that is more than a printer."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def shade(style: str) -> dict[str, Any]:
    """A style as Click takes it: bold, or a colour as this terminal has it."""
    if style == "bold":
        return {"bold": True}
    return {"fg": SHADES[style] if _has_256_colours() else style}


def coloured(stream: TextIO, no_color: bool) -> bool:
    """Whether a stream is to have colour: a terminal, where nobody said no."""
    unwanted = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not unwanted


def _has_256_colours() -> bool:
    return "256" in os.environ.get("TERM", "") or bool(os.environ.get("COLORTERM"))
