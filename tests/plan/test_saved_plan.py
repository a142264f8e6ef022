"""What an apply of a saved plan may go on with after it was stopped."""

from __future__ import annotations

import pytest

from pareta_plan.plan.model import Action, Change, Class, Plan, Reason, State
from pareta_plan.plan.saved import differences, unreviewed
from pareta_plan.plan.steps import Call, Delete, Deploy, Evaluate, Hold, Record, Retire, Start, Step
from tests.entries import entry

STEPS: list[Step] = [
    Evaluate(evidence="sha256:key"),
    Hold(),
    Deploy("a-new"),
    Call("a-new"),
    Record("a-new"),
    Retire("a-old"),
]
CHANGE = Change(
    workload="a",
    action=Action.REPLACE,
    classes=[Class.MODEL_SWAPPED],
    reason=Reason.MODEL_SWAPPED,
    why="model swapped",
    resolution=entry("linear-1").resolution,
    steps=STEPS,
)


def plan(*changes: Change, source: str = "sha256:manifest") -> Plan:
    return Plan(
        tool="1",
        platform="p",
        lockfile="sha256:lock",
        sources={change.workload: source for change in changes},
        observed={},
        changes=list(changes),
        unchanged=[],
    )


SAVED = plan(CHANGE, CHANGE.model_copy(update={"workload": "b"}))


def left(*steps: Step, **other: object) -> Plan:
    return plan(CHANGE.model_copy(update={"steps": list(steps), **other}))


@pytest.mark.parametrize("first", range(len(STEPS)))
def test_the_rest_of_a_plan_was_reviewed(first: int) -> None:
    assert unreviewed(SAVED, left(*STEPS[first:], why="it was begun")) == []


def test_what_came_up_broken_may_go() -> None:
    assert unreviewed(SAVED, left(Retire("a-new"), *STEPS[2:])) == []


def seen(words: str | None) -> Plan:
    status, _, what = (words or "").partition(" ")
    task, _, model = what.rpartition(" ")
    state = State("a-old", task or None, model or None, status) if words else None
    return plan(CHANGE).model_copy(update={"observed": {"a-old": state}})


@pytest.mark.parametrize("what", ["", " contracts linear-1", " live linear-1"])
def test_an_endpoint_that_came_up_moved_nothing(what: str) -> None:
    assert differences(seen(f"starting{what}"), seen(f"live{what}")) == []


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("starting", "failed"),
        ("live", "starting"),
        ("starting", None),
        (None, "live"),
        ("starting contracts linear-1", "live contracts bayes-1"),
        ("starting contracts linear-1", "live"),
    ],
)
def test_an_endpoint_that_moved_is_named(then: str | None, now: str | None) -> None:
    (said,) = differences(seen(then), seen(now))
    assert said == f"endpoint a-old was {then or 'not there'}, is now {now or 'gone'}"


@pytest.mark.parametrize(
    "fresh",
    [
        plan(CHANGE, source="sha256:other"),
        left(*STEPS, resolution=entry("bayes-1").resolution),
        left(*STEPS, resolution=None),
        left(Evaluate(evidence="sha256:other"), *STEPS[1:]),
        left(Deploy("a-other"), *STEPS[3:]),
        left(Start("a-new"), *STEPS[3:]),
        left(Delete("a-old")),
        left(*STEPS, workload="c"),
    ],
)
def test_what_nobody_reviewed_is_named(fresh: Plan) -> None:
    (said,) = unreviewed(SAVED, fresh)
    assert said.startswith(f"{fresh.changes[0].workload}: ")
