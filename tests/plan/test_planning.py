"""`resolve` and `make_plan` as pure functions."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import ProjectError, ResolutionError
from pareta_plan.lock.resolve import Snapshot, resolve, resolve_task
from pareta_plan.manifest import reading
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.reading import Located
from pareta_plan.plan.make import make_plan
from pareta_plan.plan.model import Action
from pareta_plan.plan.saved import load, save
from pareta_plan.plan.steps import Call, Deploy, Record, Retire
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Deployment, Entry, Evidence, Lockfile, Measured
from pareta_plan.wire import (
    Endpoint,
    FrontierModel,
    Leaderboard,
    LeaderboardEntry,
    Task,
    TaskMatch,
    TaskMatchCandidate,
)
from tests.entries import entry

TASKS = ["parcel-status", "parcel-state", "waybill-fields"]


def located(frontier: str = "benchmarked", model: str = "recommended", more: str = "") -> Located:
    text = f"version: 1\nname: parcels\nintent: where is it\nmodel: {model}\nfrontier: {frontier}\n"
    (found,) = reading.parse((text + more).encode(), "pareta.yaml")
    return found


def match(*scores: float, matched: bool = True, ambiguous: bool = False) -> TaskMatch:
    found = [
        TaskMatchCandidate(task_id=id, score=score, confidence="high")
        for id, score in zip(TASKS, scores, strict=False)
    ]
    return TaskMatch(
        query="where is it",
        matched=matched,
        chosen=found[0] if found else None,
        candidates=found,
        ambiguous=ambiguous,
        matcher="keyword",
    )


def snapshot(order: random.Random | None = None, found: TaskMatch | None = None) -> Snapshot:
    """A catalog; `order` shuffles the mappings, which must mean nothing."""

    def mapped(values: dict[str, Any]) -> dict[str, Any]:
        items = list(values.items())
        if order:
            order.shuffle(items)
        return dict(items)

    boards = {
        id: Leaderboard(
            task_id=id,
            recommended="linear-1",
            models=[
                LeaderboardEntry(name="bayes-1", kind="open", quality=0.91234567),
                LeaderboardEntry(name="linear-1", kind="open", quality=0.9),
                LeaderboardEntry(name="acme-large", kind="frontier", quality=0.95),
            ],
        )
        for id in TASKS
    }
    roster = [FrontierModel(id="acme-large", benchmarked=True), FrontierModel(id="acme-small")]
    return Snapshot(
        tasks=mapped({id: Task(id=id) for id in TASKS}),
        matches=mapped({"other": match(1), "where is it": found or match(0.9)}),
        boards=mapped(boards),
        rosters=mapped(dict.fromkeys(TASKS, roster)),
    )


def resolved(item: Located, catalog: Snapshot) -> Entry:
    return resolve(item, resolve_task(item, catalog, strict=True), None, catalog)


@given(st.randoms(use_true_random=False), st.sampled_from(["none", "all", "benchmarked"]))
def test_resolving_is_independent_of_the_order_of_mappings(
    rng: random.Random, frontier: str
) -> None:
    item = located(frontier)
    assert resolved(item, snapshot(rng)) == resolved(item, snapshot())


@pytest.mark.parametrize(
    ("frontier", "ids"),
    [
        ("none", []),
        ("all", ["acme-large", "acme-small"]),
        ("benchmarked", ["acme-large"]),
        ("[acme-small]", ["acme-small"]),
        ("[]", []),
    ],
)
def test_frontier_words(frontier: str, ids: list[str]) -> None:
    assert [c.id for c in resolved(located(frontier), snapshot()).frontier.resolved] == ids


def test_recommended_is_the_platforms_pick_with_its_standing() -> None:
    chosen = resolved(located(), snapshot()).model
    assert chosen.resolved.id == "linear-1"
    assert "ranked 2" in chosen.reason
    assert resolved(located(model="bayes-1"), snapshot()).model.resolved.quality == 0.912346


def test_ambiguity_is_refused_only_when_strict() -> None:
    catalog = snapshot(found=match(0.6, 0.55, matched=False, ambiguous=True))
    task = resolve_task(located(), catalog, strict=False)
    assert (task.id, task.ambiguous_with) == ("parcel-status", "parcel-state")
    with pytest.raises(ResolutionError, match=r"parcel-status .* and parcel-state"):
        resolve_task(located(), catalog, strict=True)


@pytest.mark.parametrize("found", [match(matched=False), match(0.3, 0.1, matched=False)])
def test_no_match_is_refused(found: TaskMatch) -> None:
    with pytest.raises(ResolutionError, match="no task matches"):
        resolve_task(located(), snapshot(found=found), strict=False)


def test_a_recommendation_that_is_not_ranked_is_an_error_not_a_crash() -> None:
    catalog = snapshot()
    board = catalog.boards["parcel-status"].model_copy(update={"recommended": "qwen-9"})
    odd = Snapshot(catalog.tasks, catalog.matches, {"parcel-status": board}, catalog.rosters)
    with pytest.raises(ResolutionError, match="qwen-9"):
        resolved(located(), odd)


EVAL = "deploy: {}\neval: {rows: [{input: a, expected: b}], gates: {min_quality: 0.5}}\n"


def settled() -> tuple[Manifest, Entry, dict[str, Endpoint]]:
    """A workload that is evaluated, deployed and seen."""
    wanted = located(more=EVAL).manifest
    base = entry()
    basis = base.basis(wanted.prompt)
    assert basis is not None
    good = Measured(kind="open", quality=0.9, low=0.8, high=0.95, scored=4)
    proved = Evidence(
        basis=basis, run_id="r", gates={"min_quality": 0.5}, results={"linear-1": good}
    )
    done = base.model_copy(update={"evidence": proved})
    workload = Workload("parcels", wanted, done)
    id = workload.own_endpoint
    done = done.model_copy(update={"deployment": workload.deployment(id)})
    return wanted, done, {id: Endpoint(id=id, name=id, status="live")}


def planned(wanted: Manifest | None, done: Entry, seen: dict[str, Endpoint]) -> Any:
    lock = Lockfile(platform="p", workloads={"parcels": done})
    return make_plan([wanted] if wanted else [], lock, seen)


def test_a_settled_state_needs_nothing() -> None:
    plan = planned(*settled())
    assert plan.changes == []
    assert plan.unchanged == ["parcels"]
    assert plan.reserve_micro_usd == 0


def test_other_peoples_endpoints_are_neither_touched_nor_looked_at() -> None:
    wanted, done, seen = settled()
    more = {**seen, "theirs": Endpoint(id="theirs", name="theirs", status="live")}
    assert planned(wanted, done, more) == planned(wanted, done, seen)


@pytest.mark.parametrize(
    ("changed", "action", "steps"),
    [
        ({"deployment": None, "evidence": None}, Action.CREATE, "evaluate gate deploy call record"),
        ({"deployment": None}, Action.CREATE, "deploy call record"),
        ({"evidence": None}, Action.EVALUATE, "evaluate gate"),
    ],
)
def test_steps_come_in_the_order_that_keeps_users_safe(
    changed: dict[str, Any], action: Action, steps: str
) -> None:
    wanted, done, seen = settled()
    observed = {} if "deployment" in changed else seen
    (change,) = planned(wanted, done.model_copy(update=changed), observed).changes
    assert change.action is action
    assert [step.do for step in change.steps] == steps.split()


def test_a_replacement_retires_the_old_one_last() -> None:
    wanted, done, seen = settled()
    other = done.model_copy(
        update={"deployment": Deployment(endpoint="old", task="parcel-status", model="bayes-1")}
    )
    observed = {"old": Endpoint(id="old", name="old", status="live")}
    (change,) = planned(wanted, other, observed).changes
    (new,) = seen
    assert change.steps == [Deploy(new), Call(new), Record(new), Retire("old")]


def test_a_gone_manifest_is_destroyed_even_when_its_endpoint_is_gone_too() -> None:
    _, done, seen = settled()
    for observed in (seen, {}):
        (change,) = planned(None, done, observed).changes
        assert change.action is Action.DESTROY


def test_a_failed_endpoint_is_not_taken_for_a_live_one() -> None:
    wanted, done, seen = settled()
    for status in ("failed", "error"):
        observed = {id: Endpoint(id=id, name=id, status=status) for id in seen}
        assert planned(wanted, done, observed).changes, status


def test_the_reserve_is_every_model_on_every_row() -> None:
    wanted, done, seen = settled()
    fresh = done.model_copy(update={"evidence": None})
    assert planned(wanted, fresh, seen).reserve_micro_usd == 4 * (10 + 100)
    undeployed = fresh.model_copy(update={"deployment": None})
    assert planned(wanted, undeployed, {}).reserve_micro_usd == 4 * (10 + 100) + 10
    dear = entry(baseline_cost=None)
    assert planned(wanted, dear, {}).reserve_micro_usd is None


def test_a_saved_plan_is_read_again_and_any_change_is_seen() -> None:
    wanted, done, _ = settled()
    plan = planned(wanted, done.model_copy(update={"evidence": None}), {})
    data = b"".join(save(plan))
    assert load(data, "x") == plan
    for old, new in ((b'"rows": 4', b'"rows": 5'), (b"parcels-", b"parcel5-"), (b"sha256:", b"x")):
        with pytest.raises(ProjectError):
            load(data.replace(old, new, 1), "x")


@given(st.binary(max_size=100))
def test_any_bytes_are_a_plan_or_a_project_error(data: bytes) -> None:
    with pytest.raises(ProjectError):
        load(data, "x")
