"""Hand-written situations, one a line of a file beside this module, and how they are dressed.

`NAME.SPLIT.psv` holds columns separated by `|` under a header; the splits share no line.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from scripts.rows import Split, noise

FOLDER = Path(__file__).parent
GREETED = ("Dear ", "Hello", "Hi ", "Hi,", "Hey", "Good ", "Greetings")


def read(name: str, split: Split) -> list[dict[str, str]]:
    """The situations of a split, in the order of the file; a pilcrow starts a paragraph."""
    lines = (FOLDER / f"{name}.{split}.psv").read_text("utf-8").splitlines()
    table = csv.DictReader(lines, delimiter="|", quoting=csv.QUOTE_NONE)
    return [{key: cell.replace("¶", "\n\n") for key, cell in line.items()} for line in table]


def slips(rng: Random, text: str) -> str:
    """The text as hurried fingers leave it."""
    return noise.apply(
        rng,
        text,
        (0.35, partial(noise.typos, rate=0.05)),
        (0.10, noise.no_apostrophes),
        (0.07, noise.repeated_marks),
        (0.06, noise.no_full_stops),
        (0.03, noise.shout_sentence),
        (0.09, noise.lower_case),
        (0.01, noise.upper_case),
    )


def letter(rng: Random, body: str, asides: Sequence[str], quotes: Sequence[str]) -> str:
    """The body with what people and mail programs put around it."""
    greets = body.startswith(GREETED)
    for aside in rng.sample(asides, rng.choices((0, 1, 2), (65, 25, 10))[0]):
        before = rng.random() < 0.5 and not greets
        body = f"{aside}\n\n{body}" if before else f"{body}\n\n{aside}"
    return noise.apply(
        rng,
        body,
        (1.0, slips),
        (0.0 if greets else 0.35, noise.with_greeting),
        (0.35, noise.with_signature),
        (0.06, noise.with_device_line),
        (0.08, noise.one_paragraph),
        (0.08, lambda r, t: noise.with_quoted(r, t, r.choice(quotes))),
        (0.03, noise.as_forwarded),
    )


def dress(
    rng: Random, subject: str, body: str, asides: Sequence[str], quotes: Sequence[str]
) -> str:
    """A situation as a message; one without a subject came by chat and stays bare."""
    if not subject:
        return slips(rng, body)
    prefix = "Subject: " if rng.random() < 0.4 else ""
    return noise.with_subject(subject, letter(rng, body, asides, quotes), prefix=prefix)


def numbered(
    prefix: str, split: Split, pairs: Sequence[tuple[str, str]], seed: str
) -> list[dict[str, Any]]:
    """Rows of (input, expected) pairs, shuffled and numbered: `PREFIX-d-001`, `PREFIX-h-001`."""
    shuffled = Random(seed).sample(list(pairs), len(pairs))
    return [
        {"id": f"{prefix}-{split[0]}-{number:03d}", "input": text, "expected": label}
        for number, (text, label) in enumerate(shuffled, start=1)
    ]
