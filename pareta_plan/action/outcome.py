"""What a command's end means for the step: its outputs and its exit code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pareta_plan import errors
from pareta_plan.action.child import PLAN, PROVENANCE, Ended
from pareta_plan.action.inputs import FailOn

PATHS = {"json": "json-plan-path", "text": "text-plan-path", "junit": "junit-path",
         "sarif": "sarif-path", "html": "html-path"}  # fmt: skip
_NEEDS = {
    errors.EXIT_CHANGES: FailOn.CHANGES,
    errors.EXIT_GATE_FAILED: FailOn.GATE,
    errors.EXIT_INCONCLUSIVE: FailOn.INCONCLUSIVE,
}
"""What `fail-on` has to be, or stand after, for an exit code to fail the step."""
_WORST = ("fail", "inconclusive", "pass")
"""The outcomes of gates, as reports write them."""


def step_code(code: int, fail_on: FailOn) -> int:
    """The command's own exit code, or 0 where `fail-on` lets it pass."""
    order = list(FailOn)
    needed = _NEEDS.get(code, FailOn.ERROR)
    return code if order.index(fail_on) >= order.index(needed) else 0


def changes(ended: Ended) -> bool | None:
    """Whether anything changes, moved, or was done; None when that isn't known."""
    data = ended.data
    if "to_add" in data:
        return any(data[name] for name in ("to_add", "to_change", "to_destroy"))
    found = next((data[name] for name in ("drift", "results", "changes") if name in data), None)
    return None if found is None else bool(found)


def outputs(ended: Ended, fail_on: FailOn) -> dict[str, str]:
    """The outputs of action.yml; what isn't known is left empty."""
    data = ended.data
    changed = changes(ended)
    plan, provenance = ended.folder / PLAN, ended.folder / PROVENANCE
    why = str(data.get("why") or ("error" if ended.code else ""))
    failed = step_code(ended.code, fail_on) or ended.code != errors.EXIT_CHANGES
    return {
        "changes": "" if changed is None else str(changed).lower(),
        "to-add": _number(data.get("to_add")),
        "to-change": _number(data.get("to_change")),
        "to-destroy": _number(data.get("to_destroy")),
        "plan-path": str(plan) if plan.is_file() else "",
        "provenance-path": str(provenance) if provenance.is_file() else "",
        **{name: str(ended.file(kind) or "") for kind, name in PATHS.items()},
        "cost-estimate": _dollars(data.get("reserve_micro_usd")),
        "cost-actual": _dollars(data.get("billed_micro_usd")),
        "gate-result": gate_result(data.get("results")),
        "failure-reason": why if ended.code and failed else "",
    }


def gate_result(results: Any) -> str:
    """The worst outcome of all gates that were judged."""
    found = {verdict["outcome"] for one in results or () for verdict in one["verdicts"]}
    return next((outcome for outcome in _WORST if outcome in found), "none")


def _number(value: object) -> str:
    return "" if value is None else str(value)


def _dollars(micro: int | None) -> str:
    return "" if micro is None else f"{Decimal(micro).scaleb(-6):.6f}"
