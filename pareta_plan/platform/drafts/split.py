"""Rows to train on and rows to measure on, none of them nearly the same on both sides.

Every label, or the whole of an extraction, is split alike: four in ten of its rows are held out.
Which is decided by a seed that is drawn from the rows themselves, so that the same rows are split
in the same way, whatever their order.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pareta_plan.errors import RowsError
from pareta_plan.platform.drafts.answers import Answers, Example
from pareta_plan.platform.kinds.registry import KINDS
from pareta_plan.platform.sources.near import near_groups, pieces

HELD_OUT = 0.4
Group = list[Example]
"""Rows that are nearly the same."""


class Split(NamedTuple):
    """The rows of both sides, and the lines of those that were left out, by why."""

    dev: list[Example]
    held_out: list[Example]
    repeated: list[int]
    contradictory: list[int]


def split(examples: Sequence[Example], answers: Answers) -> Split:
    """Split the rows. Raises RowsError for a label whose rows are all nearly the same."""
    kept, repeated, contradictory = _distinct(examples)
    seed = _digest("".join(sorted(_content(example) for example in kept)))
    compared = [KINDS[answers.kind].compared(one.input) for one in kept]
    groups = [[kept[n] for n in group] for group in near_groups(compared)]
    strata = _strata(groups, answers)
    dev: list[Example] = []
    held_out: list[Example] = []
    for label, members in sorted(strata.items()):
        if len(members) < 2:
            raise _alike(label)
        members.sort(key=lambda group: _digest(seed + min(map(_content, group))))
        rows = sum(map(len, members))
        taken = 0
        for n, group in enumerate(members):
            is_held = taken < HELD_OUT * rows and n < len(members) - 1
            (held_out if is_held else dev).extend(group)
            taken += len(group) if is_held else 0
    for side in (dev, held_out):
        side.sort(key=lambda one: one.line)
    return Split(dev, held_out, repeated, contradictory)


def _strata(groups: Sequence[Group], answers: Answers) -> dict[str, list[Group]]:
    """What is split alike: rows with one label or, of several, those of the same rarest one."""
    if not answers.labels:
        return {"": [*groups]}
    times = Counter(label for group in groups for one in group for label in one.labels)
    strata = defaultdict[str, list[Group]](list)
    for group in groups:
        rarest = min(group[0].labels, key=lambda label: (times[label], label), default="")
        strata[rarest].append(group)
    return _merged(strata) if answers.kind == "labelling" else strata


def _merged(strata: Mapping[str, Sequence[Group]]) -> dict[str, list[Group]]:
    """Those that are alone in theirs are split together; one that is left goes to the largest."""
    merged = {label: [*members] for label, members in strata.items() if len(members) > 1}
    rest = [members[0] for members in strata.values() if len(members) == 1]
    if len(rest) == 1 and merged:
        max(merged.values(), key=len).extend(rest)
    elif rest:
        merged[" "] = rest  # no label is blank
    return merged


def _alike(label: str) -> RowsError:
    of = f" of the label {label!r}" if label else ""
    return RowsError(
        f"the rows{of} are all nearly the same: none can be measured on that wasn't learned",
        hint="Add rows that differ in more than names and numbers.",
    )


def _distinct(examples: Sequence[Example]) -> tuple[list[Example], list[int], list[int]]:
    """The rows without repetitions, and without those whose input has several answers."""
    same = defaultdict[frozenset[str], list[Example]](list)
    for example in examples:
        same[pieces(example.input)].append(example)
    kept: list[Example] = []
    repeated: list[int] = []
    contradictory: list[int] = []
    for group in same.values():
        if any(one.expected != group[0].expected for one in group):
            contradictory += [one.line for one in group]
        else:
            kept.append(group[0])
            repeated += [one.line for one in group[1:]]
    return kept, sorted(repeated), sorted(contradictory)


def _content(example: Example) -> str:
    return json.dumps([example.input, example.expected], sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
