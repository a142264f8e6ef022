"""Caps on spend: a plan's worst case is held against them before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pareta_plan.errors import CostCapError, UsageError
from pareta_plan.gates import MICRO
from pareta_plan.manifest import Manifest
from pareta_plan.plan import Plan

MAX_CAP_USD = 1_000_000_000


@dataclass(frozen=True)
class Caps:
    """Most that may be spent, in micro-USD; None is no limit."""

    run: int | None = None
    workloads: Mapping[str, int] = field(default_factory=dict)


def check_caps(plan: Plan, caps: Caps) -> None:
    """Hold the plan's worst case against the caps, before anything starts.

    Raises CostCapError when it is over one, UsageError when a price under a cap is unknown.
    """
    for change in plan.changes:
        cap = caps.workloads.get(change.workload)
        _check_cap(change.workload, change.reserve_micro_usd, cap)
    _check_cap("the plan", plan.reserve_micro_usd, caps.run)


def _check_cap(what: str, reserve: int | None, cap: int | None) -> None:
    if cap is None:
        return
    if reserve is None:
        raise UsageError(
            f"{what}: a model has no price on the leaderboard, so a cost cap can't be kept",
            hint="Take the cap away, or leave that model out.",
        )
    if reserve > cap:
        raise over_cap(what, reserve, 0, cap)


def over_cap(what: str, reserve: int, billed: int, cap: int) -> CostCapError:
    """The refusal of a run whose reserve doesn't fit under a cap, all in micro-USD."""
    before = f"; ${billed / MICRO:.6f} was billed" if billed else ""
    return CostCapError(
        f"{what}: the evaluation may cost ${reserve / MICRO:.6f}{before}, over the cap of "
        f"${cap / MICRO:.6f}",
        hint="Raise the cap and run the same command again: nothing is paid for twice."
        if billed
        else "Raise the cap, or use fewer rows or baselines. Nothing was spent.",
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
