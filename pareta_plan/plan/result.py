"""What became of a plan: one result a change, and the exit code of them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pareta_plan import errors
from pareta_plan.gates.gates import Outcome, Verdict
from pareta_plan.plan.model import Change
from pareta_plan.project.lockfile import Entry


class Status(StrEnum):
    """How a change ended."""

    DONE = "done"
    GATED = "gated"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not begun, or not gone on with, for the reason given."""
    STOPPED = "stopped"
    """A signal came while it was under way; what it began is journaled."""
    NOT_STARTED = "not started"
    """A signal came before it began."""


ENDED = (Status.DONE, Status.GATED)
"""Nothing of such a change is left for a later apply to go on with."""
INTERRUPTED = (Status.STOPPED, Status.NOT_STARTED)


@dataclass(frozen=True)
class Result:
    """What became of one change; each step that tells more replaces it."""

    change: Change
    status: Status = Status.NOT_STARTED
    entry: Entry | None = None
    verdicts: tuple[Verdict, ...] = ()
    blocked: Outcome | None = None
    billed_micro_usd: int = 0
    error: errors.ParetaError | None = None
    reason: str = ""
    """Why it was skipped, where that is no error."""


def exit_code(results: list[Result]) -> int:
    """The exit code of an apply: an error outweighs a failed gate, that an inconclusive one.

    What a signal stopped outweighs them all: the rest isn't known.
    """
    if any(result.status in INTERRUPTED for result in results):
        return errors.EXIT_STOPPED
    blocked = {
        Outcome.FAIL: errors.EXIT_GATE_FAILED,
        Outcome.INCONCLUSIVE: errors.EXIT_INCONCLUSIVE,
    }
    codes = {
        result.error.exit_code
        if result.error
        else blocked.get(result.blocked or Outcome.PASS, errors.EXIT_OK)
        for result in results
    }
    order = (errors.EXIT_ERROR, errors.EXIT_COST_CAP, errors.EXIT_STALE, *blocked.values())
    return next((code for code in order if code in codes), errors.EXIT_OK)
