"""Policies as a pure function: what breaks a rule, what waives it, what a month costs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.canonical import canonical_json
from pareta_plan.manifest import project_file, reading
from pareta_plan.manifest.project_file import Settings
from pareta_plan.manifest.reading import Located
from pareta_plan.manifest.selection import EVERYTHING, Selection
from pareta_plan.plan.make import make_plan
from pareta_plan.plan.model import Asked
from pareta_plan.policy.checks import family
from pareta_plan.policy.policy import violations
from pareta_plan.policy.violation import Violation, blocking
from pareta_plan.project.lockfile import Deployment, Entry, LockedFrontier, LockedModel, Lockfile
from tests.entries import candidate, entry

TODAY = "2031-06-15"
NAMES = ("one", "two")


def settings(rule: dict[str, Any], *waivers: dict[str, Any]) -> Settings:
    policy = {
        "rules": [{"id": "rule", **rule}],
        "waivers": [{"rule": "rule", **w} for w in waivers],
    }
    content = canonical_json({"version": 1, "policy": policy})
    return project_file.parse(content, "pareta-project.yaml", None)


def written(name: str, **more: Any) -> Located:
    base = {"version": 1, "name": name, "intent": "a", "model": "recommended"}
    (item,) = reading.parse(canonical_json({**base, "frontier": "none", **more}), f"{name}.yaml")
    return item


def project(entries: dict[str, Entry], **more: Any) -> tuple[dict[str, Located], Lockfile]:
    located = {name: written(name, **{"deploy": {}, **more}) for name in entries}
    return located, Lockfile(platform="embedded", workloads=entries)


def judged(
    rules: Settings,
    located: dict[str, Located],
    lock: Lockfile,
    *,
    selection: Selection = EVERYTHING,
    destroy: bool = False,
    today: str = TODAY,
) -> list[Violation]:
    manifests = [item.manifest for item in located.values()]
    plan = make_plan(manifests, lock, {}, Asked(selection=selection, destroy=destroy))
    return violations(rules, located, lock, plan, today)


def swapped(
    before: tuple[float | None, int | None],
    after: tuple[float | None, int | None],
    *,
    model: str = "linear-1",
    task: str = "parcel-status",
) -> dict[str, Entry]:
    """A workload that was deployed with one quality and price, and is locked with another."""
    made = Deployment(
        endpoint="one-1",
        task=task,
        model=model,
        quality=before[0],
        cost_per_request_micro_usd=before[1],
    )
    now = candidate("linear-1").model_copy(
        update={"quality": after[0], "cost_per_request_micro_usd": after[1]}
    )
    model_now = LockedModel(requested="recommended", resolved=now, reason="best")
    return {"one": entry(rows=0).model_copy(update={"deployment": made, "model": model_now})}


@pytest.mark.parametrize(
    ("before", "after", "model", "broken"),
    [
        (0.92, 0.90, "bayes-1", False),
        (0.92, 0.8999, "bayes-1", True),
        (0.92, 0.99, "bayes-1", False),
        (0.92, 0.10, "linear-1", False),
        (None, 0.90, "bayes-1", True),
        (0.92, None, "bayes-1", True),
        (None, None, "linear-1", False),
    ],
)
def test_quality_drops(before: Any, after: Any, model: str, broken: bool) -> None:
    rules = settings({"max_quality_drop": 0.02})
    found = judged(rules, *project(swapped((before, 1), (after, 1), model=model)))
    assert bool(found) is broken
    assert all("unknown" in v.found for v in found if None in (before, after))


@pytest.mark.parametrize(
    ("before", "after", "model", "broken"),
    [
        (100, 125, "bayes-1", False),
        (100, 126, "bayes-1", True),
        (100, 126, "linear-1", True),
        (100, 3, "linear-1", False),
        (0, 0, "bayes-1", False),
        (0, 1, "bayes-1", True),
        (None, 1, "bayes-1", True),
        (1, None, "bayes-1", True),
        (None, 1, "linear-1", False),
    ],
)
def test_price_rises(before: Any, after: Any, model: str, broken: bool) -> None:
    rules = settings({"max_price_rise": 0.25})
    found = judged(rules, *project(swapped((1, before), (1, after), model=model)))
    assert bool(found) is broken


def test_nothing_is_swapped_where_nothing_is_or_stays_deployed() -> None:
    for rule in ({"max_quality_drop": 0}, {"max_price_rise": 0}):
        gone = project(swapped((1, 1), (0, 9), model="bayes-1"), deploy=None)
        assert judged(settings(rule), *gone) == []
        assert judged(settings(rule), *project({"one": entry(rows=0)})) == []


def test_a_task_that_moved_has_no_quality_to_compare() -> None:
    moved = project(swapped((0.9, 1), (0.9, 1), task="parcel-state"))
    (found,) = judged(settings({"max_quality_drop": 1}), *moved)
    assert "two tasks" in found.found


@pytest.mark.parametrize(
    ("vendor", "allowed", "broken"),
    [
        ("Mistral AI", "mistral*", False),
        ("mistral ai", "Mistral*", False),
        ("Mistral AI", "mistral", True),
        (None, "*", True),
    ],
)
def test_vendors(vendor: str | None, allowed: str, broken: bool) -> None:
    baseline = candidate("acme-large", kind="frontier").model_copy(update={"vendor": vendor})
    frontier = LockedFrontier(requested="all", resolved=[baseline])
    entries = {"one": entry().model_copy(update={"frontier": frontier})}
    found = judged(settings({"allow_vendors": [allowed]}), *project(entries))
    assert bool(found) is broken


def test_a_vendor_decides_no_evaluation() -> None:
    known = candidate("acme-large", kind="frontier").model_copy(update={"vendor": "Acme"})
    frontier = LockedFrontier(requested="all", resolved=[known])
    with_vendor = entry().model_copy(update={"frontier": frontier}).basis("prompt")
    without = entry().model_copy(
        update={"frontier": LockedFrontier(requested="all", resolved=[known.standing])}
    )
    assert with_vendor == without.basis("prompt")


@pytest.mark.parametrize(
    ("alias", "of"),
    [("qwen-1", "qwen"), ("qwen-2-12", "qwen-2"), ("auto", "auto"), ("llama", "llama"), ("9", "9")],
)
def test_families(alias: str, of: str) -> None:
    assert family(alias) == of


LABELLED = settings({"require_labels": ["team"]})


@pytest.mark.parametrize(
    ("expires", "today", "holds"),
    [
        ("2031-06-15", "2031-06-14", True),
        ("2031-06-15", "2031-06-15", True),
        ("2031-06-15", "2031-06-16", False),
        ("2031-12-31", "2032-01-01", False),
    ],
)
def test_a_waiver_holds_to_the_end_of_its_last_day(expires: str, today: str, holds: bool) -> None:
    waiver = {"workload": "*", "reason": "for now", "expires": expires}
    rules = settings({"require_labels": ["team"]}, waiver)
    (found,) = judged(rules, *project({"one": entry(rows=0)}), today=today)
    assert (found.waiver is not None, found.expired is not None) == (holds, not holds)
    assert len(blocking([found])) == (not holds)


def test_of_several_waivers_the_longest_counts() -> None:
    days = ("2001-01-01", "2041-01-01", "2031-01-01")
    waivers = [{"workload": "one", "reason": "for now", "expires": day} for day in days]
    rules = settings({"require_labels": ["team"]}, *waivers)
    one, two = judged(rules, *project(dict.fromkeys(NAMES, entry(rows=0))))
    assert one.waiver is not None
    assert one.waiver.expires == "2041-01-01"
    assert (two.waiver, two.expired) == (None, None)


def test_what_isnt_selected_and_what_is_destroyed_is_not_judged() -> None:
    both = project(dict.fromkeys(NAMES, entry(rows=0)))
    assert [v.workload for v in judged(LABELLED, *both)] == ["one", "two"]
    assert [v.workload for v in judged(LABELLED, *both, selection=Selection(target=("two",)))] == [
        "two"
    ]
    assert judged(LABELLED, *both, destroy=True) == []


BUDGET = {"budget_per_month_usd": 1}


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 500))
def test_a_budget_is_of_all_live_workloads_and_the_plan(price: int, other: int, rows: int) -> None:
    """Serving ten requests a month with each, and the evaluation and the calls of this plan."""
    entries = {
        "one": entry(rows=rows).model_copy(update={"model": _model(price)}),
        "two": entry(rows=0).model_copy(update={"model": _model(other)}),
    }
    located, lock = project(entries, deploy={"requests_per_month": 10})
    plan = make_plan([item.manifest for item in located.values()], lock, {})
    assert plan.reserve_micro_usd is not None
    costs = 10 * (price + other) + plan.reserve_micro_usd
    for selection in (EVERYTHING, Selection(target=("one", "two"))):
        found = judged(settings(BUDGET), located, lock, selection=selection)
        assert [v.workload for v in found] == [None] * (costs > 1_000_000)


def _model(price: int | None) -> LockedModel:
    return LockedModel(requested="a", resolved=candidate("linear-1", cost=price), reason="best")


@pytest.mark.parametrize(
    ("deploy", "price", "said"),
    [
        ({}, 1, ["nothing says how many requests"]),
        ({"requests_per_month": 1}, None, ["the price of linear-1", "the plan's evaluations"]),
        ({"requests_per_month": 0, "state": "stopped"}, None, ["the plan's evaluations"]),
        ({"state": "stopped"}, 1, []),
        ({"requests_per_month": 0}, 1, []),
        ({"requests_per_month": 999_999}, 1, []),
        ({"requests_per_month": 1_000_000}, 1, ["$1.000001"]),
    ],
)
def test_what_a_budget_needs_to_know(deploy: Any, price: int | None, said: list[str]) -> None:
    entries = {"one": entry(rows=0).model_copy(update={"model": _model(price)})}
    found = judged(settings(BUDGET), *project(entries, deploy=deploy))
    assert [words for words, v in zip(said, found, strict=True) if words not in v.found] == []


@pytest.mark.parametrize(("workload", "waived"), [("*", True), ("o*", False), ("team=*", False)])
def test_only_a_waiver_for_everything_waives_the_budget(workload: str, waived: bool) -> None:
    waiver = {"workload": workload, "reason": "for now", "expires": "2041-01-01"}
    entries = {"one": entry(rows=0)}
    dear = project(entries, deploy={"requests_per_month": 10**9}, labels={"team": "a"})
    (found,) = judged(settings(BUDGET, waiver), *dear)
    assert (found.waiver is not None) is waived
