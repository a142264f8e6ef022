"""Caps on spend: a plan's worst case is held against them before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pareta_plan.errors import CostCapError, UsageError
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.plan.model import Change, Plan, total
from pareta_plan.wire import MICRO
from pareta_plan.words import usd

MAX_CAP_USD = 1_000_000_000


@dataclass(frozen=True)
class Caps:
    """Most that may be spent, in micro-USD; None is no limit."""

    run: int | None = None
    workloads: Mapping[str, int] = field(default_factory=dict)


def check_caps(plan: Plan, caps: Caps, billed_before: int = 0) -> None:
    """Hold what the plan costs at least against the caps, before anything starts.

    That is the worst case of rows that are all bought, and the first batch of those that are bought
    as needed: before each further one the caps are held again. `billed_before` is what a stopped
    apply, with which this one goes on, was billed. Raises CostCapError when it is over one, or when
    a price under a cap is unknown to the platform too.
    """
    for change in plan.changes:
        cap = caps.workloads.get(change.workload)
        _check_cap(change.workload, _least(change), cap, billed_before)
    _check_cap("the plan", total(map(_least, plan.changes)), caps.run, billed_before)


def _least(change: Change) -> int | None:
    """What a change costs at least, as far as that is known; None where no ceiling is held."""
    least = change.least_micro_usd
    return 0 if least is None and change.declared else least


def may_stop(plan: Plan, caps: Caps) -> Iterator[str]:
    """Where a cap doesn't forbid what is bought first, and may end it before the rows are out."""
    for c in plan.changes:
        cap = caps.workloads.get(c.workload)
        yield from _may_stop(c.workload, _least(c), c.reserve_micro_usd, cap)
    least = total(map(_least, plan.changes))
    yield from _may_stop("the plan", least, plan.reserve_micro_usd, caps.run)


def _may_stop(what: str, least: int | None, most: int | None, cap: int | None) -> Iterator[str]:
    if cap is None or least is None or least > cap or (most is not None and most <= cap):
        return
    whole = "an unknown sum" if most is None else usd(most)
    yield f"{what} stops before it could pass the cap of {usd(cap)}; all may cost {whole}"


def _check_cap(what: str, reserve: int | None, cap: int | None, billed_before: int) -> None:
    if cap is None:
        return
    if reserve is None:
        raise CostCapError(
            f"{what}: a model has no price on the leaderboard, so a cost cap can't be kept",
            hint="Take the cap away, leave that model out, or measure one of your own first: "
            "`catalog bench` has a cap of its own.",
        )
    if reserve > cap:
        more = f" more was spent than the {usd(billed_before)} of the apply that was stopped"
        spent = f"Nothing{more if billed_before else ' was spent'}."
        raise CostCapError(
            f"{what} may cost {usd(reserve)}, over the cap of {usd(cap)}",
            hint=f"Raise the cap, or use fewer rows or baselines. {spent}",
        )


def over_cap(what: str, reserve: int, spoken_for: int, cap: int) -> CostCapError:
    """The refusal of a run whose reserve doesn't fit under a cap, all in micro-USD.

    `spoken_for` is what was billed already, and what is reserved for runs under way.
    """
    return CostCapError(
        f"{what} may cost {usd(reserve)} more; with {usd(spoken_for)} billed or reserved that "
        f"is over the cap of {usd(cap)}",
        hint="Raise the cap and run the same command again: nothing is paid for twice.",
    )


def caps_of(manifests: Iterable[Manifest], run_usd: float | None) -> Caps:
    """The caps of manifests and of one run. Raises UsageError for a cap that is no amount."""
    if run_usd is not None and not 0 <= run_usd <= MAX_CAP_USD:
        raise UsageError(f"--max-cost: expected dollars up to {MAX_CAP_USD:,}, got {run_usd:g}")
    own = {
        manifest.name: round(manifest.eval.max_cost_usd * MICRO)
        for manifest in manifests
        if manifest.eval and manifest.eval.max_cost_usd is not None
    }
    return Caps(run=None if run_usd is None else round(run_usd * MICRO), workloads=own)
