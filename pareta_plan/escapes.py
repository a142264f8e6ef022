"""Text that was read, as each medium takes it: seen whole, and doing nothing.

Manifests, rows, saved plans, lockfiles, answers of servers and models, file names and the
environment are text of somebody else's. Each is escaped once, where it is laid out:

    terminal, log     `visible`, a line at a time, by `laid_out`, `wrapped`, `table`, `block`
    JSON, SARIF       `json_visible`: the same value, all of it in sight
    HTML              `html_text`, by `reports/markup.py`
    Markdown          `reports/markdown_text.py`
    annotations       `reports/annotations.py`
    JUnit, CSV        `reports/junit.py`, `reports/row_csv.py`

What is printed passes `cli/outlet.py` besides, which lets no hidden character through, whoever
printed it.
"""

from __future__ import annotations

import re
from html import escape

_BREAKS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""What moves a terminal's cursor or breaks a line."""
_TURNS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What turns the reading direction (Unicode 16, UAX #9: the explicit directional characters)."""
_UNSEEN = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff"
    r"\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What shows nothing of its own (the property Default_Ignorable_Code_Point, and annotations)."""
_UNSENT = r"\ud800-\udfff"
"""Half characters, which no encoding has."""
_JOINERS = r"\u200c\u200d\ufe00-\ufe0f"
"""What shapes the letter or the picture before it, and is only hidden behind ASCII."""

_HIDDEN = re.compile(f"[{_BREAKS}{_TURNS}{_UNSEEN}{_UNSENT}{_JOINERS}]")
_SHAPING = re.compile(f"[{_JOINERS}]")

_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#\w*\[)")
"""Begins what the log of a CI takes for a command: `::set-output` as a line, `##vso[` anywhere."""


def _is_hidden(found: re.Match[str]) -> bool:
    """Whether a character of `_HIDDEN` is hidden where it stands."""
    before = found.string[max(found.start() - 1, 0) : found.start()]
    return before.isascii() or not _SHAPING.match(found[0])


def _named(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode() if _is_hidden(found) else found[0]


def visible(text: str) -> str:
    """One line, for a terminal, a log and a CI."""
    shown = _HIDDEN.sub(_named, text)
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", shown)


def legible(text: str) -> str:
    """Text with its lines and tabs: nothing is hidden, what a CI takes for a command stands."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] in "\n\t" else _named(found), text)


def html_text(text: str) -> str:
    """Text with its lines, for an element of HTML or a value in quotes."""
    return _COMMAND.sub(lambda found: f"&#{ord(found[0])};", escape(legible(text)))


def json_visible(text: str) -> str:
    """JSON text, laid out in lines, with what JSON itself leaves unescaped."""
    shown = _HIDDEN.sub(
        lambda found: _in_json(found) if found[0] != "\n" and _is_hidden(found) else found[0], text
    )
    return _COMMAND.sub(_in_json, shown)


def _in_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))


def ascii_json(text: str) -> str:
    """JSON text in which all that isn't ASCII is escaped."""
    return re.sub("[^\x00-\x7f]", _in_json, text)
