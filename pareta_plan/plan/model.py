"""A plan: the frozen list of changes between what the lockfile wants and what the platform has.

What is shown and what runs are the same `steps`. A plan also carries what it was made from, so
that apply can look again and name what moved; `make` makes plans, `saved` keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from pareta_plan.canonical import digest_json
from pareta_plan.gates.course import Course
from pareta_plan.gates.gates import Outcome
from pareta_plan.manifest.scope import NAMELESS, Scope
from pareta_plan.manifest.selection import EVERYTHING, Selection
from pareta_plan.plan.steps import Step
from pareta_plan.project.lockfile import Count, FrozenRecord, Resolution

VERSION = 1
Estimate = Annotated[int, Field(ge=0, le=10**24)]
"""Micro-USD; the highest price for as many rows and models as there may be."""


class Action(StrEnum):
    """What happens to a workload on the platform."""

    CREATE = "create"
    REPLACE = "replace"
    UPDATE = "update"
    START = "start"
    STOP = "stop"
    EVALUATE = "evaluate"
    DESTROY = "destroy"
    NONE = "none"
    """Nothing: the decision changed in a way that is only recorded."""


class Class(StrEnum):
    """What kind of decision a change is, compared with what was last applied."""

    NEW = "new"
    TASK_MOVED = "task moved"
    TASK_CHANGED = "task changed"
    """Rows, labels, the prompt or anything else in the folder of a task of the project's own."""
    MODEL_SWAPPED = "model swapped"
    PROVIDER_CHANGED = "provider changed"
    """What a project's own model stands for is new, or declared otherwise."""
    BASELINES_CHANGED = "baseline set changed"
    CANDIDATES_CHANGED = "compared models changed"
    DATA_CHANGED = "data changed"
    PROMPT_CHANGED = "prompt changed"
    SCORING_CHANGED = "scoring changed"
    GATES_CHANGED = "gates changed"
    RE_PRICED = "re-priced"
    RE_MEASURED = "re-measured"
    STATE_CHANGED = "state changed"
    RENAMED = "renamed"
    ADOPTED = "adopted"
    DRIFTED = "drifted"
    """The platform no longer has what was applied."""
    UNFINISHED = "unfinished"
    """An apply began it and did not come to its end."""
    RETRIED = "retried"
    """The same decision once more: to be proved anew, or the gates kept it back."""
    REMOVED = "removed"


class Reason(StrEnum):
    """Why a change is needed, for machines; `Change.why` says it in words."""

    NOT_DEPLOYED = "not-deployed"
    ENDPOINT_GONE = "endpoint-gone"
    ENDPOINT_BROKEN = "endpoint-broken"
    ENDPOINT_DIFFERS = "endpoint-differs"
    ENDPOINT_STOPPED = "endpoint-stopped"
    ENDPOINT_LIVE = "endpoint-live"
    ENDPOINT_UNRECORDED = "endpoint-unrecorded"
    ENDPOINT_LEFT_OVER = "endpoint-left-over"
    NAME_ELSEWHERE = "name-elsewhere"
    ENDPOINT_TAKEN_OVER = "endpoint-taken-over"
    TASK_MOVED = "task-moved"
    MODEL_SWAPPED = "model-swapped"
    MODEL_REDECLARED = "model-redeclared"
    DEPLOY_RENAMED = "deploy-renamed"
    ADOPTED = "adopted"
    NOT_EVALUATED = "not-evaluated"
    EVIDENCE_STALE = "evidence-stale"
    EVIDENCE_REFUSED = "evidence-refused"
    EVIDENCE_UNDECIDED = "evidence-undecided"
    ROWS_ADDED = "rows-added"
    ROWS_CHANGED = "rows-changed"
    GATES_UNMET = "gates-unmet"
    GATES_CHANGED = "gates-changed"
    EVAL_GONE = "eval-gone"
    RECORD_STALE = "record-stale"
    MANIFEST_GONE = "manifest-gone"
    DEPLOY_GONE = "deploy-gone"
    DESTROY_ASKED = "destroy-asked"


@dataclass(frozen=True, slots=True)
class State:
    """What is, or will be, deployed."""

    endpoint: str
    task: str | None = None
    model: str | None = None
    status: str | None = None
    name: str | None = None
    """The stable name that is to reach it, on a platform that has such names."""

    def __str__(self) -> str:
        return " ".join(word for word in (self.status, self.task, self.model) if word)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One figure or word of the decision, as last applied and as wanted; None is absent."""

    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """A provider that rows and requests go to for the first time, or at another address."""

    provider: str
    address: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The outcome of the evidence at hand that keeps everything as it is, and the gates of it."""

    outcome: Outcome
    gates: list[str]


class Change(FrozenRecord):
    """What is to happen to one workload, why, and the steps it takes."""

    workload: str
    action: Action
    classes: Annotated[list[Class], Field(min_length=1)]
    """The weightiest first."""
    reason: Reason
    why: str
    resolution: Resolution | None = None
    """What it was resolved to; None for what is taken away."""
    attributes: dict[str, Attribute] = {}
    """By name, in its order."""
    before: State | None = None
    after: State | None = None
    unproven: bool = False
    """Whether it leaves an endpoint, live or stopped, of a workload without evidence: neither an
    eval of the past nor one of its steps measures what is deployed on the team's rows."""
    steps: Annotated[list[Step], Field(min_length=1)]
    proof: str | None = None
    """Why evidence is gone on with, or is bought once more, where `why` is of something else."""
    rows: Count = 0
    """Rows that the evaluation scores with each of its models, at most."""
    as_needed: bool = False
    """Whether it ends as soon as they decide the gates."""
    expected_rows: Count | None = None
    """How many rows will probably decide them: by those that were bought before, or by the
    leaderboard's qualities."""
    courses: list[Course] = []
    """How the bounds of the rows that were bought before came towards the gates' limits."""
    development_rows: Count = 0
    """How many of them are known to be development rows of the task, with which its models may
    have been made: on those they prove little."""
    development_named: list[str] = []
    """The places of the first of them."""
    held: Held | None = None
    models: Count = 0
    attempt: Count | None = None
    """Which attempt of the evaluation at the same question it is; None of a first."""
    reserve_micro_usd: Estimate | None = 0
    """What it may cost: every model on every row, and a call of what comes up, at the
    leaderboard's mean prices; None when one is unknown."""
    first_rows: Count = 0
    """How many of the rows are bought before the gates are first judged."""
    declared: bool = False
    """Whether the platform knows the prices that are unknown here, so that it holds a ceiling."""

    @property
    def least_micro_usd(self) -> int | None:
        """What it costs at least, at those prices: all of it, or the rows of the first batch."""
        if self.reserve_micro_usd is None or not self.as_needed or not self.rows:
            return self.reserve_micro_usd
        return -(-self.reserve_micro_usd * self.first_rows // self.rows)

    @property
    def moves_callers(self) -> bool:
        """Whether the id that applications call changes, with no stable name to spare them that."""
        moves = self.before and self.after and self.before.endpoint != self.after.endpoint
        return bool(moves and self.after and self.after.name is None)

    def does(self, *kinds: type) -> bool:
        """Whether one of the steps is of one of these kinds."""
        return any(isinstance(step, kinds) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked for."""

    reuse: bool = True
    """Whether evidence that still holds is reused; else it is bought anew."""
    destroy: bool = False
    """Whether all endpoints are to be taken away."""
    selection: Selection = EVERYTHING


ORDINARY = Asked()


class Plan(FrozenRecord):
    """Changes in the order of their workloads' names, and what they were made from."""

    version: Literal[1] = 1
    tool: str
    """Version of the pareta-plan that made it."""
    directory: str = ""
    """The project's folder: from the root of its repository, or as a whole path outside one."""
    platform: str
    billed: bool = True
    """Whether its dollars are billed by that platform; the embedded one's are CPU time at a stated
    rate, for which nobody pays."""
    scope: Scope = NAMELESS
    """The project's name and environment."""
    lockfile: str
    """Digest of the lockfile that was planned; it binds manifests and eval data too."""
    sources: Mapping[str, str] = {}
    """Digest of manifest and eval data of every workload that changes."""
    observed: Mapping[str, State | None] | None
    """What was seen of each endpoint that matters, None for one that isn't there.

    None altogether when the platform wasn't asked.
    """
    as_recorded: bool = False
    """Whether the platform is taken to have what the lockfile records: it wasn't asked, or it is
    that of a checkout in which nothing was ever deployed."""
    reuse: bool = True
    """Whether evidence that still holds is reused; else it is bought anew."""
    destroy: bool = False
    """Whether it takes everything away."""
    selection: Selection = EVERYTHING
    """Which workloads it is about; the others stay as they are."""
    not_selected: Count = 0
    managed: Count = 0
    """How many workloads have an endpoint recorded."""
    providers: list[ProviderChange] = []
    """Those of the project's models that the changes call and nothing of before did."""
    changes: list[Change]
    unchanged: list[str]

    @property
    def asked(self) -> Asked:
        """What it was asked for, to plan the same again."""
        return Asked(self.reuse, self.destroy, self.selection)

    @property
    def digest(self) -> str:
        """The digest of everything in the plan, a change at a time."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return digest_json({**values, "changes": [digest_json(c) for c in self.changes]})

    @property
    def calls_providers(self) -> bool:
        """Whether a model that is wanted, or a baseline, is on a provider of the project."""
        made = [change.resolution for change in self.changes if change.resolution]
        every = [one for r in made for one in (r.model.resolved, *r.frontier.resolved)]
        return any(one.served for one in every)

    @property
    def reserve_micro_usd(self) -> int | None:
        """The cost estimate of all changes at those prices; None when one is unknown."""
        return total(change.reserve_micro_usd for change in self.changes)


def total(costs: Iterable[int | None]) -> int | None:
    """The sum of costs; None when one is unknown."""
    found = 0
    for cost in costs:
        if cost is None:
            return None
        found += cost
    return found
