"""Plans, results and violations as JSON values, for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pareta_plan.apply.result import Result
from pareta_plan.errors import ParetaError
from pareta_plan.gates.gates import Verdict
from pareta_plan.plan.model import Plan
from pareta_plan.policy.violation import Violation
from pareta_plan.render.verdicts import reason

if TYPE_CHECKING:
    from pareta_plan.manifest.rules import Waiver


def plan_data(plan: Plan) -> dict[str, Any]:
    """A plan with its digest and its reserve in micro-USD."""
    return {**plan.model_dump(), "digest": plan.digest, "reserve_micro_usd": plan.reserve_micro_usd}


def result_data(result: Result) -> dict[str, Any]:
    """What became of one change."""
    entry = result.entry
    return {
        "workload": result.change.workload,
        "action": result.change.action,
        "status": result.status,
        "verdicts": [verdict_data(verdict) for verdict in result.verdicts],
        "reserve_micro_usd": result.change.reserve_micro_usd,
        "billed_micro_usd": result.billed_micro_usd,
        "evidence": entry.evidence.model_dump() if entry and entry.evidence else None,
        "endpoint": entry.deployment.endpoint if entry and entry.deployment else None,
        "unproven": bool(entry and entry.unproven),
        "error": str(result.error) if result.error else None,
        "hint": result.error.hint if isinstance(result.error, ParetaError) else None,
        "reason": result.reason or None,
    }


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict with its figures, null where there is none, and with their sentence."""
    return {
        "gate": verdict.gate,
        "outcome": verdict.outcome,
        "reason": reason(verdict),
        "limit": verdict.limit,
        **asdict(verdict.figures),
    }


def policy_data(found: Iterable[Violation]) -> list[dict[str, Any]]:
    """The violations as JSON values; `waived` and `expired` are the waiver or null."""
    return [
        {
            "rule": v.rule,
            "workload": v.workload,
            "found": v.found,
            "allowed": v.allowed,
            "rule_at": str(v.rule_at),
            "manifest_at": str(v.manifest_at) if v.manifest_at else None,
            "hint": v.hint,
            "waived": _waiver(v.waiver),
            "expired": _waiver(v.expired),
        }
        for v in found
    ]


def _waiver(waiver: Waiver | None) -> dict[str, str] | None:
    return {"reason": waiver.reason, "expires": waiver.expires} if waiver else None
