"""The JSON object that each command prints with `--format json`; the schemas are made of these.

Money is in micro-USD. Every object has the fields of `Reported`; one of a command that failed
before it found anything has no others, and is a `Failed`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pareta_plan.gates.gates import Outcome, Unknown
from pareta_plan.plan.drift import Kind as DriftKind
from pareta_plan.plan.model import Action
from pareta_plan.plan.result import Status
from pareta_plan.project.lockfile import Entry, Evidence
from pareta_plan.reports.report import Kind, Why
from pareta_plan.wire import MicroUsd


class Shape(BaseModel):
    """A value that is printed, and never read."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Place(Shape):
    """A place in a file of the project; what isn't known is null."""

    file: str
    line: int | None
    column: int | None


class ErrorShape(Shape):
    """An error, as stderr has it."""

    what: str
    where: Place | None
    hint: str | None
    exit_code: int


class Reported(Shape):
    """What every object has."""

    kind: Kind
    version: Literal[1] = 1
    tool: str
    """The version of pareta-plan."""
    exit_code: int
    why: Why
    """Why it ended so, in a word."""
    errors: list[ErrorShape]


class Failed(Reported):
    """A command that failed before it found anything."""


class WaiverShape(Shape):
    """Why a rule needn't hold, and until which day."""

    reason: str
    expires: str


class ViolationShape(Shape):
    """A rule of the policy that the plan breaks; `waived` and `expired` are the waiver or null."""

    rule: str
    workload: str | None
    found: str
    allowed: str
    rule_at: str
    manifest_at: str | None
    hint: str
    waived: WaiverShape | None
    expired: WaiverShape | None


class PlanShape(Reported):
    """What `plan` and `show` print beside the plan's own fields."""

    kind: Literal[Kind.PLAN]
    digest: str
    reserve_micro_usd: int | None
    """The cost estimate; null when a price is unknown."""
    to_add: int
    """How many workloads are created."""
    to_change: int
    """How many change otherwise."""
    to_destroy: int
    refusal: ErrorShape | None
    """Why apply would refuse the plan as it is; a flag of apply's may allow it."""
    policy: list[ViolationShape]


class VerdictShape(Shape):
    """A gate's verdict; a figure is null where there is none."""

    gate: str
    outcome: Outcome
    reason: str
    limit: float
    measured: float | None
    low: float | None
    high: float | None
    bounds: Literal["rows", "sequence", "platform", "rounding"] | None
    baseline: str | None
    paired: bool | None
    rows: int | None
    asked: int | None
    errors: int | None
    rows_to_decide: int | None
    no_better_than: str | None
    """The label that the baseline is no better than always giving; null where it is better."""
    unknown: Unknown | None


class ResultShape(Shape):
    """What became of one change."""

    workload: str
    action: Action
    status: Status
    verdicts: list[VerdictShape]
    reserve_micro_usd: int | None
    billed_micro_usd: MicroUsd
    evidence: Evidence | None
    endpoint: str | None
    unproven: bool
    """Whether what is deployed was never measured on the project's rows."""
    error: str | None
    hint: str | None
    reason: str | None


class Totals(Shape):
    """How many changes ended how."""

    done: int
    gated: int
    failed: int
    skipped: int
    stopped: int
    not_started: int


class ApplyShape(Reported):
    """What `apply` and `destroy` print."""

    kind: Literal[Kind.APPLY]
    digest: str
    """The plan's."""
    results: list[ResultShape]
    totals: Totals
    reserve_micro_usd: int | None
    """The plan's cost estimate; null when a price is unknown."""
    billed_micro_usd: int
    billed_before_micro_usd: int
    """What the apply that it went on with had been billed."""
    policy: list[ViolationShape]


class DriftItem(Shape):
    """One thing that moved; `workload` is null for an endpoint that belongs to none."""

    workload: str | None
    kind: DriftKind
    subject: str
    locked: str | None
    now: str | None


class DriftShape(Reported):
    """What `drift` prints."""

    kind: Literal[Kind.DRIFT]
    platform: str
    drift: list[DriftItem]


class Environment(Shape):
    """How many workloads are valid; the environment is null without one."""

    env: str | None
    workloads: int


class ValidateShape(Reported):
    """What `validate` prints."""

    kind: Literal[Kind.VALIDATE]
    valid: list[Environment]


class LockedWorkload(Shape):
    """What locking made of one workload."""

    workload: str
    state: Literal["new", "changed", "unchanged", "gone"]
    task: str | None
    model: str | None
    model_before: str | None


class LockShape(Reported):
    """What `lock` prints."""

    kind: Literal[Kind.LOCK]
    lockfile: str
    digest: str
    platform: str
    workloads: list[LockedWorkload]
    changes: list[str]
    """A line a workload that changed, as the terminal has it."""


class CloseTask(Shape):
    """A task that an intent fits too."""

    task: str
    score: float
    confidence: str


class ExplainShape(Reported):
    """What `explain` prints."""

    kind: Literal[Kind.EXPLAIN]
    workload: str
    entry: Entry
    """As the lockfile has it."""
    close: list[CloseTask] | None
    """What the intent fits today; null when no platform was asked."""
    current: bool
    """Whether the evidence is of what the lockfile says now."""
    verdicts: list[VerdictShape]
    blocked: Outcome | None
    """What keeps it from being deployed."""
    stale: list[str]


class OutputShape(Reported):
    """What `output` prints."""

    kind: Literal[Kind.OUTPUT]
    endpoints: dict[str, str]
    """The ids of what is deployed, by workload."""
    names: dict[str, str]
    """The stable names that reach them, by workload; none on a platform without such names."""
    unproven: list[str]
    """The workloads of which nothing was measured."""
