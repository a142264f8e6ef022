"""What a month costs: the live workloads at the leaderboard's prices, and what is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pareta_plan.plan.model import Plan
from pareta_plan.policy.checks import Case, Finding
from pareta_plan.wire import LIVE, MICRO, MicroUsd
from pareta_plan.words import usd


def over_budget(
    most_usd: float, cases: Iterable[Case], plan: Plan
) -> Iterator[tuple[Case | None, Finding]]:
    """What keeps the workloads from being within a month's budget, or from being known to be.

    Serving is `requests_per_month` times the locked price of a request, of every workload that
    is to be live; the plan's own cost is its ceiling.
    """
    cases = list(cases)
    allowed = f"at most {usd(round(most_usd * MICRO))} a month"
    live = [c for c in cases if c.manifest.deploy and c.manifest.deploy.state == LIVE]
    for case in live:
        if finding := _unknown(case, allowed):
            yield case, finding
    names = {case.manifest.name for case in cases}
    planned = [c.reserve_micro_usd for c in plan.changes if c.workload in names]
    if None in planned:
        found = "what the plan's evaluations cost is unknown: a model has no price"
        hint = "Leave that model out, or waive the rule for the workload '*'."
        yield None, Finding(found, allowed, (), hint)
    serving = {case.manifest.name: cost for case in live if (cost := _serving(case))}
    ceiling = sum(cost for cost in planned if cost is not None)
    if sum(serving.values()) + ceiling > round(most_usd * MICRO):
        yield None, _too_much(serving, ceiling, allowed)


def _serving(case: Case) -> MicroUsd | None:
    """What a workload costs a month; None when that is unknown."""
    deploy, price = case.manifest.deploy, case.entry.model.resolved.cost_per_request_micro_usd
    if deploy is None or deploy.requests_per_month is None or price is None:
        return None
    return deploy.requests_per_month * price


def _unknown(case: Case, allowed: str) -> Finding | None:
    model, deploy = case.entry.model.resolved, case.manifest.deploy
    if deploy is None or deploy.requests_per_month is None:
        found = "nothing says how many requests a month it will get"
        hint = "Write `requests_per_month: N` into its `deploy`."
        return Finding(found, allowed, ("deploy",), hint)
    if model.cost_per_request_micro_usd is None and deploy.requests_per_month:
        hint = "Take a model that has a price, or waive the rule for this workload: what it costs"
        found = f"the price of {model.id} is unknown"
        return Finding(found, allowed, ("model",), f"{hint} is not counted then.")
    return None


def _too_much(serving: dict[str, MicroUsd], ceiling: MicroUsd, allowed: str) -> Finding:
    total = sum(serving.values())
    dearest = sorted(serving, key=lambda name: (-serving[name], name))[:3]
    named = ", ".join(f"{name} {usd(serving[name])}" for name in dearest) or "the plan itself"
    months = f"{usd(total)} for a month's requests"
    found = f"{usd(total + ceiling)}: {months} and up to {usd(ceiling)} for this plan"
    hint = f"The dearest: {named}. Take a cheaper model, or raise the budget."
    return Finding(found, allowed, (), hint)
