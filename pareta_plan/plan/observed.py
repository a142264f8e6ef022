"""What is deployed, as a plan looks at it: what workloads want of it, and what nobody wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from pareta_plan.plan.model import State
from pareta_plan.plan.workload import Workload, endpoint_name
from pareta_plan.project.lockfile import LockedCandidate
from pareta_plan.wire import BROKEN, LIVE, STOPPED, Endpoint, MicroUsd

Prices = Mapping[str, Mapping[str, MicroUsd]]
"""What a request costs today, by task and model."""
NONE_ASKED: Prices = {}


class Contested(Exception):
    """Several workloads want the endpoint `id`: one can't be live and stopped, kept and deleted."""

    def __init__(self, id: str, names: list[str]) -> None:
        super().__init__(id)
        self.id = id
        self.names = names


@dataclass(frozen=True, slots=True)
class Seen:
    """A workload beside what is deployed of it: all of the platform that its change depends on."""

    workload: Workload
    target: str
    """The id that its endpoint has or will have."""
    found: Endpoint | None
    """What is there under that id."""
    before: Endpoint | None
    """What serves the workload, or is to be adopted for it."""
    adopted: Endpoint | None
    """What is to be adopted; None when there is none, or something is deployed already."""
    instead: Endpoint | None
    """What another decision brought up and still serves it, where the recorded one is gone."""
    olds: tuple[str, ...]
    """What goes once the target serves: what did before, what an apply of another lockfile left."""
    wanted_by: tuple[str, ...]
    """The workloads that want its recorded endpoint as theirs."""
    owner: str | None
    """The workload that records the target as its own."""
    name: str | None
    """Its stable name; None where the platform has no such names."""
    named: str | None
    """The endpoint that its stable name reaches now, if that is there."""
    ids: frozenset[str]
    """Every endpoint that matters to it, whether it is there or not."""

    @property
    def is_sound(self) -> bool:
        """Whether what is there works, and serves what is wanted."""
        if self.found is None or self.found.status in BROKEN:
            return False
        return self.workload.is_served_by(self.found)

    @property
    def is_stopped(self) -> bool:
        """As the platform says, or as the lockfile does where the platform doesn't."""
        found, made = self.found, self.workload.entry.deployment
        if found and found.status is None and made and made.endpoint == found.id:
            return made.state == STOPPED
        return found is not None and found.status == STOPPED

    @property
    def rests(self) -> bool:
        """Whether it is there, and is to be, or become, out of service."""
        return bool(self.workload.deploy) and self.workload.state == STOPPED and self.is_sound


class Observed:
    """What is deployed, beside all workloads of a lockfile, and what models cost today."""

    def __init__(
        self,
        every: Iterable[Workload],
        endpoints: Mapping[str, Endpoint] | None,
        prices: Prices = NONE_ASKED,
        names: Mapping[str, str] | None = None,
        *,
        reuse: bool = True,
    ) -> None:
        self._every = list(every)
        self._endpoints = assumed(self._every) if endpoints is None else endpoints
        self._prices = prices
        self._names = names
        self.reuse = reuse
        """Whether evidence that still holds is reused."""

    def of(self, workload: Workload) -> Seen:
        """What there is of a workload."""
        there, recorded = self._endpoints, workload.recorded
        adopted, target = self._adopted(workload), self._target(workload)
        deploy, left_over = workload.deploy, self._left_over.get(workload.stem, ())
        found = there.get(recorded) if recorded else adopted
        instead = there[left_over[0]] if recorded and not found and left_over else None
        olds = (recorded, adopted and adopted.id, *left_over)
        wanted = (target, deploy.import_, *left_over) if deploy else ()
        name = None if self._names is None else workload.stable_name
        reached = (self._names or {}).get(workload.stable_name)
        return Seen(
            workload=workload,
            target=target,
            found=there.get(target),
            before=found or instead,
            adopted=adopted,
            instead=instead,
            olds=tuple(
                old
                for old in dict.fromkeys(olds)
                if old and old != target and old in there and old not in self._wanted
            ),
            wanted_by=tuple(self._wanted.get(recorded, ())) if recorded else (),
            owner=self._owners.get(target),
            name=name,
            named=reached if reached in there else None,
            ids=frozenset(id for id in (recorded, *wanted) if id),
        )

    def check(self, selected: Set[str]) -> None:
        """Raise Contested when a selected workload wants the same endpoint as another one."""
        for id, names in self._wanted.items():
            if len(names) > 1 and not selected.isdisjoint(names):
                raise Contested(id, names)

    def price(self, task: str, candidate: LockedCandidate) -> MicroUsd | None:
        """What a request to a model may cost: the dearer of its price when locked and today's."""
        today = self._prices.get(task, {}).get(candidate.id)
        known = [p for p in (candidate.cost_per_request_micro_usd, today) if p is not None]
        return max(known, default=None)

    def looked_at(self, seen: Iterable[Seen]) -> dict[str, State | None]:
        """What was seen of every endpoint that matters; None: it isn't there."""
        ids = sorted({id for each in seen for id in each.ids})
        return {id: state(self._endpoints.get(id)) for id in ids}

    def _target(self, workload: Workload) -> str:
        adopted = self._adopted(workload)
        return adopted.id if adopted and workload.is_served_by(adopted) else workload.endpoint

    def _adopted(self, workload: Workload) -> Endpoint | None:
        if workload.recorded or workload.deploy is None or workload.deploy.import_ is None:
            return None
        return self._endpoints.get(workload.deploy.import_)

    @cached_property
    def _wanted(self) -> dict[str, list[str]]:
        """The workloads that want an endpoint, by its id."""
        found: dict[str, list[str]] = {}
        for workload in self._every:
            if workload.deploy:
                found.setdefault(self._target(workload), []).append(workload.name)
        return found

    @cached_property
    def _owners(self) -> dict[str, str]:
        """The workload that records an endpoint as its own, by the endpoint's id."""
        return {w.recorded: w.name for w in self._every if w.recorded}

    @cached_property
    def _left_over(self) -> dict[str, list[str]]:
        """Ids, by stem, of what only this project can have made and nothing wants or records."""
        found: dict[str, list[str]] = {}
        scope = self._every[0].scope if self._every else ""
        for id, seen in self._endpoints.items() if scope else ():
            stem = id.rpartition("-")[0]
            known = seen.task and seen.model and id not in self._wanted and id not in self._owners
            made_of = (seen.task or "", seen.model or "", scope, seen.declared)
            ours = (endpoint_name(stem, *made_of, content) for content in (None, *self._contents))
            if known and id in ours:
                found.setdefault(stem, []).append(id)
        return found

    @cached_property
    def _contents(self) -> set[str]:
        """What tasks of the project's own are now, and what they were when they were deployed."""
        entries = [workload.entry for workload in self._every]
        made = [entry.deployment.content for entry in entries if entry.deployment]
        return {one for one in (*made, *(entry.task.content for entry in entries)) if one}


def assumed(every: Iterable[Workload]) -> dict[str, Endpoint]:
    """The endpoints that are there if the platform is as the lockfile left it."""
    there = []
    for workload in every:
        made, deploy, entry = workload.entry.deployment, workload.deploy, workload.entry
        if made:
            there.append((made.endpoint, made.task, made.model, made.state, made.served))
        elif deploy and deploy.import_:
            model = entry.model.resolved
            there.append((deploy.import_, entry.task.id, model.id, LIVE, model.served))
    return {
        id: Endpoint(
            id=id,
            name=id,
            task=task,
            model=model,
            status=status,
            declared=served.key if served else None,
        )
        for id, task, model, status, served in there
    }


def assumed_names(every: Iterable[Workload], *, known: bool) -> dict[str, str] | None:
    """The stable names that are there if the platform is as the lockfile left it.

    None where no name is recorded, unless the platform is `known` to have them.
    """
    made = [workload.entry.deployment for workload in every]
    names = {one.name: one.endpoint for one in made if one and one.name}
    return names if names or known else None


def state(endpoint: Endpoint | None) -> State | None:
    """What a plan keeps of an endpoint."""
    return State(endpoint.id, endpoint.task, endpoint.model, endpoint.status) if endpoint else None
