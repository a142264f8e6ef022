"""When a plan deletes so much that it is a likely mistake."""

from __future__ import annotations

import pytest

from pareta_plan.plan.deletions import is_mass
from pareta_plan.plan.model import Action, Change, Class, Plan, Reason
from pareta_plan.plan.steps import Delete


def deletion(name: str) -> Change:
    return Change(
        workload=name,
        action=Action.DESTROY,
        classes=[Class.REMOVED],
        reason=Reason.MANIFEST_GONE,
        why="its manifest is gone",
        steps=[Delete(name)],
    )


@pytest.mark.parametrize(
    ("gone", "managed", "mass"),
    [
        (1, 1, False),
        (2, 2, True),
        (2, 5, True),
        (2, 6, False),
        (3, 8, True),
        (3, 9, False),
        (4, 11, True),
        (4, 12, False),
        (34, 100, True),
        (33, 100, False),
    ],
)
def test_several_and_more_than_a_third_is_much(gone: int, managed: int, mass: bool) -> None:
    assert is_mass(deleting(gone, managed)) is mass


def test_what_was_asked_for_is_not_much() -> None:
    assert not is_mass(deleting(5, 5, destroy=True))


def deleting(gone: int, managed: int, *, destroy: bool = False) -> Plan:
    return Plan(
        tool="1",
        platform="p",
        lockfile="sha256:x",
        observed={},
        managed=managed,
        destroy=destroy,
        changes=[deletion(f"w-{n}") for n in range(gone)],
        unchanged=[],
    )
