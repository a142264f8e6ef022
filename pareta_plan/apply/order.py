"""In which order changes run, and which belong together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import inf

from pareta_plan.errors import APIStatusError, PlatformError
from pareta_plan.plan.model import Change, total
from pareta_plan.plan.result import ENDED, Result
from pareta_plan.plan.steps import Delete, Forget, endpoints


def pending(results: Iterable[Result]) -> set[str]:
    """Endpoints of changes that a later apply goes on with: they are not to be taken down.

    So are those of a change that failed for another reason than that the platform refused: a lost
    connection or a full disk says nothing of the endpoint.
    """
    refused = (PlatformError, APIStatusError)
    return endpoints(
        step
        for result in results
        if result.status not in ENDED and not isinstance(result.error, refused)
        for step in result.change.steps
    )


def phases(changes: Iterable[Change]) -> list[list[list[Change]]]:
    """Groups to run at once: first those that bring up or change, then those that delete."""
    building: list[list[Change]] = []
    deleting: list[list[Change]] = []
    for group in _groups(changes):
        deletes = all(isinstance(step, Delete) for change in group for step in change.steps)
        (deleting if deletes else building).append(group)
    return [building, deleting]


def in_line(groups: list[list[Change]], parallelism: int) -> deque[list[Change]]:
    """Groups as they wait to be run: the shortest first, but one at a time as the plan has them."""
    return deque(groups if parallelism == 1 else sorted(groups, key=_length))


def _length(group: list[Change]) -> tuple[float, int]:
    """What is known of how long it takes, to compare: as a rule what is dearer takes longer."""
    cost = total(change.reserve_micro_usd for change in group)
    answers = sum(change.rows * change.models for change in group)
    return (inf if cost is None else cost, answers)


def _groups(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that speak of one endpoint belong together; the one that gives it up comes last."""
    groups: list[tuple[set[str], list[Change]]] = []
    by_endpoint: dict[str, int] = {}
    for change in changes:
        states = [state.endpoint for state in (change.before, change.after) if state]
        mine = {*states, *endpoints(change.steps)}
        joined = sorted({by_endpoint[id] for id in mine if id in by_endpoint})
        members = [c for n in joined for c in groups[n][1]] + [change]
        for n in joined:
            mine |= groups[n][0]
            groups[n] = (set(), [])
        by_endpoint |= dict.fromkeys(mine, len(groups))
        groups.append((mine, members))
    return [sorted(members, key=lambda c: c.does(Forget)) for _, members in groups if members]
