"""What became of a plan: one result a change, and the exit code of them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pareta_plan.errors import (
    EXIT_COST_CAP,
    EXIT_ERROR,
    EXIT_GATE_FAILED,
    EXIT_INCONCLUSIVE,
    EXIT_OK,
    EXIT_STALE,
    ParetaError,
)
from pareta_plan.gates import Outcome, Verdict
from pareta_plan.lockfile import Entry
from pareta_plan.plan import Change


class Status(StrEnum):
    """How a change ended."""

    DONE = "done"
    GATED = "gated"
    FAILED = "failed"


@dataclass
class Result:
    """What became of one change."""

    change: Change
    status: Status = Status.DONE
    entry: Entry | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    blocked: Outcome | None = None
    billed_micro_usd: int = 0
    error: ParetaError | None = None


def exit_code(results: list[Result]) -> int:
    """The exit code of an apply: an error outweighs a failed gate, that an inconclusive one."""
    codes = {
        result.error.exit_code
        if result.error
        else {Outcome.FAIL: EXIT_GATE_FAILED, Outcome.INCONCLUSIVE: EXIT_INCONCLUSIVE}.get(
            result.blocked or Outcome.PASS, EXIT_OK
        )
        for result in results
    }
    order = (EXIT_ERROR, EXIT_COST_CAP, EXIT_STALE, EXIT_GATE_FAILED, EXIT_INCONCLUSIVE)
    return next((code for code in order if code in codes), EXIT_OK)
