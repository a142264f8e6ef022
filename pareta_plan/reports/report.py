"""What a command ended with: a frozen value that every format is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pareta_plan import errors

if TYPE_CHECKING:
    from pareta_plan.apply.apply import Applied
    from pareta_plan.lock.stale import Stale
    from pareta_plan.manifest.manifest import Manifest
    from pareta_plan.manifest.reading import Located
    from pareta_plan.plan.drift import Drift
    from pareta_plan.plan.model import Plan
    from pareta_plan.policy.violation import Violation
    from pareta_plan.project.lockfile import Entry, Lockfile
    from pareta_plan.render.rows import Shown
    from pareta_plan.reports.losses import Recalled
    from pareta_plan.wire import TaskMatchCandidate


class Kind(StrEnum):
    """What a report is of; `show` tells of a plan, `destroy` of an apply."""

    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"
    VALIDATE = "validate"
    LOCK = "lock"
    EXPLAIN = "explain"
    OUTPUT = "output"
    RESULTS = "results"


class Why(StrEnum):
    """Why a command ended as it did, a word for each exit code; 3 has two."""

    DONE = "done"
    ERROR = "error"
    CHANGES = "changes"
    GATE_FAILED = "gate-failed"
    POLICY_FAILED = "policy-failed"
    INCONCLUSIVE = "gate-inconclusive"
    STALE = "stale"
    COST_CAP = "cost-cap"
    STOPPED = "stopped"


class Counts(NamedTuple):
    """How many workloads a plan creates, takes away, and changes otherwise."""

    to_add: int
    to_change: int
    to_destroy: int

    @classmethod
    def of(cls, plan: Plan) -> Counts:
        """Those of a plan."""
        actions = [str(change.action) for change in plan.changes]
        added, gone = actions.count("create"), actions.count("destroy")
        return cls(added, len(actions) - added - gone, gone)


class Origin(NamedTuple):
    """Where a report comes from and where more of it is; empty is unknown."""

    commit: str = ""
    more: str = ""
    """The URL of what has all that a comment leaves out."""
    now: float | None = None
    """Seconds since 1970, by which the evidence's age is told."""


class Proposed(NamedTuple):
    """A plan, with what of the project it was made from."""

    plan: Plan
    lockfile: Lockfile | None = None
    """What it was made from; None for a saved plan, of which nothing else is known."""
    violations: Sequence[Violation] = ()
    refusal: errors.ParetaError | None = None
    """Why apply would refuse it."""
    manifests: Mapping[str, Located] = {}
    command: str = ""
    """What applies it."""
    recalled: Mapping[str, Recalled] = {}
    """What the platform still tells of evidence, by workload, where a format has use for it."""


class Scored(NamedTuple):
    """The rows of evals with every model's answer, workload by workload."""

    platform: str
    shown: Sequence[Shown]


class Performed(NamedTuple):
    """A plan that was to be applied, and what became of it."""

    proposed: Proposed
    applied: Applied
    """Without results where nothing was begun."""
    recalled: Mapping[str, Recalled] = {}
    """As for what is proposed, of the evidence there is now."""
    scored: Scored | None = None
    """The rows behind that evidence, where a format has use for them."""


class Moved(NamedTuple):
    """Where the platform moved away from the lockfile."""

    platform: str
    lockfile: str
    """The lockfile's name."""
    found: Sequence[Drift]
    manifests: Mapping[str, Located] = {}


class Validated(NamedTuple):
    """How many workloads are valid, by environment; None is none of them."""

    workloads: Mapping[str | None, int]


class Locked(NamedTuple):
    """A lockfile before and after; `platform` is None where it was only checked."""

    name: str
    before: Lockfile | None
    after: Lockfile
    platform: str | None = None


class Explained(NamedTuple):
    """One workload's whole story."""

    name: str
    entry: Entry
    manifest: Manifest | None
    close: Sequence[TaskMatchCandidate] | None
    """The tasks that its intent fits today; None when no platform was asked."""
    stale: Sequence[Stale] = ()


class Deployed(NamedTuple):
    """The ids of what is deployed, by workload."""

    endpoints: Mapping[str, str]
    unproven: Sequence[str] = ()
    """The workloads of which nothing was measured."""
    names: Mapping[str, str] = {}
    """The stable names that reach them, by workload, where the platform has such names."""


Subject = Proposed | Performed | Moved | Validated | Locked | Explained | Deployed | Scored


class Report(NamedTuple):
    """How a command ended."""

    kind: Kind
    exit_code: int
    subject: Subject | None = None
    """What it found; None where it failed before it found anything."""
    error: errors.ParetaError | None = None
    """What it failed with."""
    folder: str = ""
    """The project's folder from the root of its repository, empty for the root itself."""
    origin: Origin = Origin()

    @property
    def errors(self) -> tuple[errors.ParetaError, ...]:
        """What it failed with, one by one, as far as it is told."""
        if isinstance(self.error, errors.ManyErrors):
            return self.error.told
        return (self.error,) if self.error else ()

    @property
    def scored(self) -> Scored | None:
        """The rows that it tells of, if any."""
        if isinstance(self.subject, Performed):
            return self.subject.scored
        return self.subject if isinstance(self.subject, Scored) else None

    @property
    def why(self) -> Why:
        """Why it ended as it did."""
        if self.exit_code == errors.EXIT_GATE_FAILED:
            return Why.GATE_FAILED if _gated(self.subject) else Why.POLICY_FAILED
        return _WHY.get(self.exit_code, Why.ERROR)


_WHY = {
    errors.EXIT_OK: Why.DONE,
    errors.EXIT_CHANGES: Why.CHANGES,
    errors.EXIT_INCONCLUSIVE: Why.INCONCLUSIVE,
    errors.EXIT_STALE: Why.STALE,
    errors.EXIT_COST_CAP: Why.COST_CAP,
    errors.EXIT_STOPPED: Why.STOPPED,
}


def _gated(subject: Subject | None) -> bool:
    """Whether an apply came as far as a gate."""
    return isinstance(subject, Performed) and any(r.blocked for r in subject.applied.results)


def place(report: Report, location: errors.Location) -> errors.Location:
    """A place as its repository names it."""
    if not report.folder or location.path.startswith("/"):
        return location
    return location._replace(path=f"{report.folder}/{location.path}")
