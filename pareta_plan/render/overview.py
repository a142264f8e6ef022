"""What of a long plan matters: its changes weighed, and the like of them put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pareta_plan.errors import listed
from pareta_plan.plan.model import Action, Change, Plan
from pareta_plan.words import Paint, wrapped

FEW = 3
"""So many changes need no order but their names', and no opening."""
ALIKE = 10
"""So many changes for one reason are each told in full."""
NAMED = 10
"""So many names are in one sentence."""
WEIGHTS = {Action.DESTROY: 0, Action.REPLACE: 2, Action.CREATE: 4, Action.NONE: 5}
HELD, OTHER = 1, 3


def arranged(changes: Sequence[Change]) -> list[list[Change]]:
    """The weightiest changes first, those in one group that are many and alike."""
    if len(changes) <= FEW:
        return [[change] for change in changes]
    alike: dict[object, list[Change]] = {}
    for change in sorted(changes, key=_weight):
        alike.setdefault(_kind(change), []).append(change)
    return [
        part
        for group in alike.values()
        for part in ([group] if len(group) > ALIKE else ([change] for change in group))
    ]


def _weight(change: Change) -> int:
    return HELD if change.held else WEIGHTS.get(change.action, OTHER)


def _kind(change: Change) -> object:
    """What changes have in common that can be told together; nothing that gates hold back can."""
    held = change.workload if change.held else ""
    return (change.action, *change.classes, change.why, held)


def opening(plan: Plan, paint: Paint, width: int) -> Iterator[str]:
    """What a reviewer must see of a long plan: what it deletes, and what gates hold back."""
    deleted = [c.workload for c in plan.changes if c.action is Action.DESTROY]
    held = [f"{c.workload} ({c.held.outcome})" for c in plan.changes if c.held is not None]
    for word, colour, names in (("Deletes", "red", deleted), ("Held back", "yellow", held)):
        if names:
            first, *rest = wrapped(f"{word}: {listed(names, NAMED)}.", "  ", width)
            yield first.replace(word, paint(word, colour), 1)
            yield from rest
