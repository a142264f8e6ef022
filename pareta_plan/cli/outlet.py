"""The one way out: what this process prints passes here, and no hidden character with it.

Whoever prints, Click and the libraries included, writes to a stream that is guarded: what moves a
terminal's cursor, turns the reading direction or shows nothing is escaped, but for line ends and
the colours that `painted` gave. A text for people is laid out before (`words.laid_out`, `block`),
so that it has the lines that are meant and no command to a CI; a document for machines has the
escapes of its format.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

import click

from pareta_plan.cli import terminal
from pareta_plan.escapes import legible
from pareta_plan.words import BARS, block

_OURS = os.urandom(8).hex()
"""Marks a colour of ours; no text that was read can hold it."""
_MARK = re.compile(rf"{_OURS}(\w*);")
_RESET = "\x1b[0m"
_PLAIN_BARS = str.maketrans(BARS, "_.:-=+*#")


class Guarded:
    """A stream of text that prints what is seen; a drawing on a terminal takes the one below."""

    def __init__(self, stream: TextIO) -> None:
        self.below = stream

    def write(self, text: str) -> int:
        """Print a text, what is hidden in it escaped."""
        if not isinstance(text, str):
            raise TypeError("text is printed, not bytes")  # Click asks so what it may write
        utf = (self.below.encoding or "utf").lower().startswith("utf")
        shown = text if utf else text.translate(_PLAIN_BARS)
        self.below.write(_MARK.sub(_colour, legible(shown)))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Print texts one after the other."""
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # past the guard
            raise AttributeError(name)
        return getattr(self.below, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Guard both streams in the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, Guarded(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def below(stream: TextIO) -> TextIO:
    """The stream itself, for what draws: every text in it is the drawer's to escape."""
    return stream.below if isinstance(stream, Guarded) else stream


def painted(text: str, style: str) -> str:
    """A text in a style such as "green" or "bold"."""
    return f"{_OURS}{style};{text}{_OURS};"


def _colour(mark: re.Match[str]) -> str:
    style = mark[1]
    return click.style("", reset=False, **terminal.shade(style)) if style else _RESET


def data(text: str, *, nl: bool = True) -> None:
    """Print to stdout."""
    click.echo(text, nl=nl)


def say(text: str) -> None:
    """Print what isn't data to stderr; its later lines are indented."""
    click.echo(block(text, width=terminal.own_width(sys.stderr)), err=True)
