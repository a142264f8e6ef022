"""Pages of rows made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pareta_plan.gates.compared import worst_first
from pareta_plan.render.rows import Shown
from pareta_plan.reports.html import page
from tests.gates.runs import BASELINE, MODEL, Told, compared

HOSTILE = (
    "</script><script>document.title = 'owned'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "<svg onload=\"document.title = 'owned'\"></svg>",
    "javascript:document.title = 'owned'",
    "<a href='https://example.com/leak'>click</a>",
    "<meta http-equiv=refresh content='0;url=https://example.com/leak'>",
    "<style>@import url(https://example.com/leak);</style>",
    "' onfocus=alert(1) autofocus='",
    "{{constructor.constructor('alert(1)')()}}",
    "\u202egnp.exe\u2066 \u200f",
    "\x1b]0;owned\x07\x00\u2028\u2029",
    "\ud800 half a character",
    "]]>&lt;script&gt;&amp;",
)
"""Texts that would do something where they aren't taken as such."""


def shown(name: str, expected: Sequence[Any], told: Mapping[str, Sequence[Told]]) -> Shown:
    """All rows of a run."""
    made = compared(expected, told, ids=[f"{name}-{i}" for i in range(len(expected))])
    rows = worst_first(made, made.rows)
    return Shown(name, made, rows, len(rows))


def labelled(rows: int) -> Shown:
    """Rows with labels, every fifth of them wrong, and an error a hundred."""
    expected = [("urgent", "normal", "low")[i % 3] for i in range(rows)]
    wrong = ("normal", "low", "urgent")
    mine: list[Told] = [
        "too slow" if i % 100 == 99 else (wrong[i % 3], 0.0) if i % 5 == 0 else (want, 1.0)
        for i, want in enumerate(expected)
    ]
    return shown("tickets", expected, {MODEL: mine, BASELINE: [(want, 1.0) for want in expected]})


def hostile() -> str:
    """A page in which everything from elsewhere is hostile."""
    texts = list(HOSTILE)
    told: dict[str, Sequence[Told]] = {
        MODEL: [(text, 0.5) for text in texts],
        f"m{HOSTILE[0]}": texts,
        HOSTILE[2]: [(text, 1.0) for text in reversed(texts)],
    }
    fields = [{text: text, "also": [text]} for text in texts]
    return page(
        HOSTILE[5],
        [shown(HOSTILE[0], texts, told), shown(HOSTILE[2], fields, told), labelled(3)],
    )
