"""What a reviewer needs to know of a plan, or of what an apply did: one value for every report.

A row is a workload that changes. The level of the whole is the worst of what its parts say, so
that a verdict can't contradict the table that stands below it. `reviewing` makes reviews.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pareta_plan.errors import ParetaError
from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.model import Change, Plan, total
from pareta_plan.plan.result import INTERRUPTED, Status
from pareta_plan.plan.steps import Delete
from pareta_plan.policy.violation import Violation, blocking
from pareta_plan.project.lockfile import Evidence
from pareta_plan.reports.losses import Recalled
from pareta_plan.reports.report import Kind


class Level(StrEnum):
    """How a plan or an apply stands, or one change of it; the worst first."""

    ERROR = "error"
    """It could not be done, or was stopped before its end."""
    GATE_FAILED = "gate failed"
    INCONCLUSIVE = "inconclusive"
    """A gate is, and that keeps the model from being deployed."""
    POLICY = "policy"
    """A rule of the project is broken and not waived."""
    HELD_BACK = "held back"
    """Apply would refuse it as it stands, or left it undone for want of something else."""
    CHANGES = "changes"
    NOTHING = "nothing"


def worst(levels: Iterable[Level]) -> Level:
    """The worst of some levels; nothing where there are none."""
    return min(levels, key=list(Level).index, default=Level.NOTHING)


@dataclass(frozen=True, slots=True)
class Figures:
    """One model's quality, in [0, 1], and its cost a request, with what they rest on."""

    model: str
    quality: float | None = None
    low: float | None = None
    """Each bound is wrong at most 5% of the time."""
    high: float | None = None
    cost_micro_usd: int | None = None
    rows: int | None = None
    """How many of the project's rows were scored; None for the leaderboard's figures."""
    task: str | None = None
    """The task that they are of, where it isn't the one that is decided on."""
    cost_usd: str | None = None
    """The same cost, exactly, where it was measured."""
    faults: int = 0
    """How many of those rows have an answer that isn't what was asked for."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate of a workload: what it demands and what came of it."""

    name: str
    limit: float | None = None
    """A share, US dollars, or how many times; None where only its outcome is known."""
    outcome: Outcome | None = None
    """None until apply has evaluated."""
    said: str = ""
    """The figures that the outcome rests on, in words."""
    allowed: bool = False
    """Whether it may be inconclusive: `on_inconclusive: warn`."""

    @property
    def blocks(self) -> bool:
        """Whether it keeps the model from being deployed."""
        allowed = self.outcome is Outcome.INCONCLUSIVE and self.allowed
        return self.outcome not in (None, Outcome.PASS) and not allowed


@dataclass(frozen=True, slots=True)
class Problem:
    """An error: what and where, and what to do next."""

    message: str
    hint: str = ""
    place: str = ""
    """`file:line:column`, as far as it is known."""

    @classmethod
    def of(cls, error: ParetaError) -> Problem:
        """The error without the tree that it stands in."""
        place = str(error.location) if error.location else ""
        return cls(error.message, error.hint or "", place)


@dataclass(frozen=True, slots=True)
class Row:
    """A workload that changes: the decision, its figures, and what became of it."""

    change: Change
    before: Figures | None = None
    """Of the model that it replaces."""
    after: Figures | None = None
    """Of the model that is decided on; None for what is taken away."""
    baseline: Figures | None = None
    """Of the best of its baselines."""
    gates: tuple[Gate, ...] = ()
    broken: tuple[Violation, ...] = ()
    """The rules of the project that it breaks, those waived among them."""
    status: Status | None = None
    """How its apply ended; None of a plan."""
    problem: Problem | None = None
    """Why it failed, or was skipped."""
    billed_micro_usd: int = 0
    evidence: Evidence | None = None
    """What its figures come from; None for the leaderboard's."""
    recalled: Recalled | None = None
    """None where the platform was not asked."""

    @property
    def unproven(self) -> bool:
        """Whether what is deployed was never measured on the project's rows."""
        return self.change.unproven

    @property
    def workload(self) -> str:
        """Its name."""
        return self.change.workload

    @property
    def deletes(self) -> bool:
        """Whether what is deployed goes, with nothing in its place."""
        return self.change.does(Delete)

    @property
    def outcome(self) -> Outcome | None:
        """The worst outcome that keeps its model from being deployed; None when none does."""
        found = [gate.outcome for gate in self.gates if gate.blocks]
        return Outcome.FAIL if Outcome.FAIL in found else found[0] if found else None

    @property
    def level(self) -> Level:
        """How it stands."""
        if self.status in (Status.FAILED, *INTERRUPTED):
            return Level.ERROR
        if self.outcome is not None:
            return Level.GATE_FAILED if self.outcome is Outcome.FAIL else Level.INCONCLUSIVE
        if blocking(self.broken):
            return Level.POLICY
        return Level.HELD_BACK if self.status is Status.SKIPPED else Level.CHANGES


@dataclass(frozen=True, slots=True)
class Review:
    """A plan, or an apply of one, as a reviewer needs it; money in micro-USD."""

    rows: tuple[Row, ...] = ()
    """In the order of the workloads' names."""
    plan: Plan | None = None
    """None where there is none for an error."""
    kind: Kind = Kind.PLAN
    """Of which command it is."""
    violations: tuple[Violation, ...] = ()
    """Of the whole project, those of its rows and those waived among them."""
    refusal: Problem | None = None
    """Why apply would refuse the plan as it stands."""
    problems: tuple[Problem, ...] = ()
    """Why there is no plan, or no apply, or no record of it."""
    command: str = ""
    """What applies it."""
    billed_before: int = 0
    """What a stopped apply, which this one went on with, had been billed."""

    @property
    def applied(self) -> bool:
        """Whether it tells of an apply."""
        return self.kind is Kind.APPLY

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it to do."""
        return all(row.status is Status.DONE for row in self.rows)

    @property
    def levels(self) -> frozenset[Level]:
        """All that its parts say."""
        found = {row.level for row in self.rows}
        found |= {Level.ERROR} if self.problems else set()
        found |= {Level.POLICY} if blocking(self.violations) else set()
        found |= {Level.HELD_BACK} if self.refusal else set()
        return frozenset(found)

    @property
    def level(self) -> Level:
        """The worst of what its parts say."""
        return worst(self.levels)

    def of(self, level: Level) -> list[Row]:
        """The rows of a level."""
        return [row for row in self.rows if row.level is level]

    @property
    def reserve_micro_usd(self) -> int | None:
        """What its changes are estimated to cost; None when a price is unknown."""
        return total(row.change.reserve_micro_usd for row in self.rows)

    @property
    def billed_micro_usd(self) -> int:
        """What its evaluations were billed so far."""
        return self.billed_before + sum(row.billed_micro_usd for row in self.rows)
