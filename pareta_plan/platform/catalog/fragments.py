"""The fragments of a text by which it is heard: its words' stems, and runs of four letters.

Runs are what a misspelt word still shares with the right one.
"""

from __future__ import annotations

import re

from pareta_plan.platform.catalog.stems import stem

RUN = 4
_WORD = re.compile(r"[^\W_]+")


def fragments(text: str) -> set[str]:
    """Stems, and runs of letters of words in brackets, so that their ends are seen."""
    words = _WORD.findall(text.casefold())
    bracketed = [f"<{word}>" for word in words]
    runs = {word[at : at + RUN] for word in bracketed for at in range(max(1, len(word) - RUN + 1))}
    return {stem(word) for word in words} | runs
