"""Results made by hand, and the verdicts of single gates on them."""

from __future__ import annotations

from typing import Any

from pareta_plan.gates.gates import Verdict, judge
from pareta_plan.manifest.manifest import Gates
from pareta_plan.project.lockfile import Evidence, Gap, Measured
from tests.entries import basis


def mine(
    quality: float | None = 0.9, low: float = 0.85, high: float = 0.94, **more: Any
) -> Measured:
    values = {"kind": "open", "quality": quality, "low": low, "high": high, "scored": 100, **more}
    if quality is None:
        values |= {"low": None, "high": None, "scored": 0}
    return Measured.model_validate(values)


def baseline(cost: int | None = 1000, quality: float = 0.92) -> Measured:
    return Measured(
        kind="frontier", quality=quality, low=0.88, high=0.95, cost_per_request_micro_usd=cost
    )


def verdicts(
    gate: str,
    limit: float,
    measured: Measured,
    baselines: dict[str, Measured] | None = None,
    gaps: dict[str, Gap] | None = None,
) -> list[Verdict]:
    results = {"m": measured, **(baselines or {})}
    evidence = Evidence(basis=basis(), run_id="r", results=results, gaps=gaps or {})
    return judge(Gates.model_validate({gate: limit}), evidence, "m")
