"""Rows that were found, split into those to learn from, to measure on, and to leave alone.

Groups are taken in the order of a digest of a seed and the group, so the split follows from what
the rows say and not from their order. Of equal inputs, apart from case, digits and signs, one is
kept.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from pareta_plan.platform.sources.found import Found
from pareta_plan.platform.sources.near import near_pairs

Part = Literal["dev", "heldout", "apart"]
PARTS: tuple[Part, ...] = ("heldout", "apart", "dev")
Rows = dict[Part, list[dict[str, Any]]]
_MOST_OF_A_GROUP = 6
"""More rows that have much in common would measure that over and over."""
_COMPARED = 500
"""How many letters of long texts: mail that begins alike is of one kind."""
_NO_WORD = re.compile(r"[\W\d]+")


class Sizes(NamedTuple):
    """How many rows each part has at most."""

    dev: int
    heldout: int
    apart: int


def split(seed: str, found: Iterable[Found], sizes: Sizes) -> Rows:
    """The rows of each part; none of them is nearly the same as one to learn from."""
    groups = [*_groups(_distinct(seed, found))]
    parts: dict[Part, list[Found]] = {"heldout": _taken(groups, sizes.heldout)}
    parts["apart"] = _taken(groups, sizes.apart)
    rest = [row for group in groups for row in group]
    parts["dev"] = _unlike(rest, [*parts["heldout"], *parts["apart"]])[: sizes.dev]
    return {part: [_row(seed, row) for row in rows] for part, rows in parts.items()}


def _distinct(seed: str, found: Iterable[Found]) -> list[Found]:
    """Each input once, in the order of groups."""
    once: dict[str, Found] = {}
    for row in sorted(found, key=lambda row: _digest(seed, row.group, row.input)):
        once.setdefault(_NO_WORD.sub(" ", row.input).casefold().strip(), row)
    return sorted(once.values(), key=lambda r: (_digest(seed, r.group), _digest(seed, r.input)))


def _groups(rows: Sequence[Found]) -> Iterator[list[Found]]:
    groups = defaultdict[str, list[Found]](list)
    for row in rows:
        groups[row.group].append(row)
    yield from groups.values()


def _taken(groups: list[list[Found]], size: int) -> list[Found]:
    """So many rows of the first groups, few of each, which are taken off the list."""
    rows: list[Found] = []
    while groups and len(rows) < size:
        rows += groups.pop(0)[:_MOST_OF_A_GROUP]
    return rows[:size]


def _unlike(rows: list[Found], measured: list[Found]) -> list[Found]:
    ones, others = ([row.input[:_COMPARED] for row in these] for these in (rows, measured))
    near = {pair.one for pair in near_pairs(ones, others)}
    return [row for n, row in enumerate(rows) if n not in near]


def _row(seed: str, row: Found) -> dict[str, Any]:
    id = f"{seed}-{_digest(seed, row.input)[:10]}"
    return {"id": id, "input": row.input, "expected": row.expected}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
