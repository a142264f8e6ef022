"""Rows of `spam-detection`."""

from __future__ import annotations

from random import Random
from typing import Any

from scripts.rows import Split
from scripts.rows.material import dress, numbered, read

TASK = "spam-detection"
ASIDES: dict[Split, tuple[str, ...]] = {
    "dev": (
        "This message may contain confidential information and is meant for its addressee only.",
        "Please think of the trees before you print this.",
        "You receive this message because your address is in our records.",
        "I hope you're well and had a good start into the week.",
        "Sorry if this reaches you twice.",
        "PS: the attachment is 2 MB.",
    ),
    "heldout": (
        "If you aren't the person this was written for, kindly delete it.",
        "Our opening hours: Monday to Friday, nine to five.",
        "To change how often we write to you, answer with the word LESS.",
        "I trust that all is well at your end.",
        "This mail was scanned on its way out.",
        "PS: excuse my typing, the screen is cracked.",
    ),
}
QUOTES: dict[Split, tuple[str, ...]] = {
    "dev": ("Good, let me know how it goes.", "Thanks, got it.\nI'll look at it later."),
    "heldout": ("Fine with me, keep me posted.", "I'm out of the office until Monday."),
}


def rows(split: Split) -> list[dict[str, Any]]:
    """Emails and short messages, spam or not."""
    pairs = []
    for index, mail in enumerate(read("emails", split)):
        rng = Random(f"{TASK}:{split}:{index}")
        text = dress(rng, mail["subject"], mail["body"], ASIDES[split], QUOTES[split])
        pairs.append((text, mail["label"]))
    return numbered("spam", split, pairs, f"{TASK}:{split}")
