"""What is deployed, as a plan looks at it: what workloads want of it, and what nobody wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from pareta_plan.plan.workload import Workload, endpoint_name
from pareta_plan.project.lockfile import LockedCandidate
from pareta_plan.wire import LIVE, Endpoint, MicroUsd


def assumed(every: Iterable[Workload]) -> dict[str, Endpoint]:
    """The endpoints that are there if the platform is as the lockfile left it."""
    found = {}
    for workload in every:
        made, deploy, entry = workload.entry.deployment, workload.deploy, workload.entry
        if made:
            id, task, model, status = made.endpoint, made.task, made.model, made.state
        elif deploy and deploy.import_:
            id, task, model = deploy.import_, entry.task.id, entry.model.resolved.id
            status = LIVE
        else:
            continue
        found[id] = Endpoint(id=id, name=id, task=task, model=model, status=status)
    return found


Prices = Mapping[str, Mapping[str, MicroUsd]]
"""What a request costs today, by task and model."""
NONE_ASKED: Prices = {}


class Contested(Exception):
    """Several workloads want the endpoint `id`: one can't be live and stopped, kept and deleted."""

    def __init__(self, id: str, names: list[str]) -> None:
        super().__init__(id)
        self.id = id
        self.names = names


@dataclass(frozen=True)
class World:
    """What is deployed, and which of it any workload wants."""

    every: list[Workload]
    observed: Mapping[str, Endpoint]
    prices: Prices

    @cached_property
    def wanted(self) -> dict[str, list[str]]:
        """The workloads that want an endpoint, by its id."""
        found: dict[str, list[str]] = {}
        for workload in self.every:
            if workload.deploy:
                found.setdefault(self.target(workload), []).append(workload.name)
        return found

    @cached_property
    def owners(self) -> dict[str, str]:
        """The workload that records an endpoint as its own, by the endpoint's id."""
        return {w.recorded: w.name for w in self.every if w.recorded}

    @cached_property
    def left_over(self) -> dict[str, list[str]]:
        """Ids, by stem, of what only this project can have made and nothing wants or records."""
        found: dict[str, list[str]] = {}
        scope = next((w.scope for w in self.every), "")
        for id, seen in self.observed.items() if scope else ():
            stem = id.rpartition("-")[0]
            known = seen.task and seen.model and id not in self.wanted and id not in self.owners
            if known and id == endpoint_name(stem, seen.task or "", seen.model or "", scope):
                found.setdefault(stem, []).append(id)
        return found

    def check(self, selected: Set[str]) -> None:
        """Raise Contested when a selected workload wants the same endpoint as another one."""
        for id, names in self.wanted.items():
            if len(names) > 1 and not selected.isdisjoint(names):
                raise Contested(id, names)

    def price(self, task: str, candidate: LockedCandidate) -> MicroUsd | None:
        """What a request to a model may cost: the dearer of its price when locked and today's."""
        today = self.prices.get(task, {}).get(candidate.id)
        known = [p for p in (candidate.cost_per_request_micro_usd, today) if p is not None]
        return max(known, default=None)

    def looked_at(self, workloads: Iterable[Workload]) -> dict[str, str | None]:
        """What was seen of every endpoint that matters to workloads; None: it isn't there."""
        ids = {id for workload in workloads for id in self._of(workload) if id}
        return {id: _words(self.observed.get(id)) for id in sorted(ids)}

    def _of(self, workload: Workload) -> Iterator[str | None]:
        yield workload.recorded
        if workload.deploy:
            yield self.target(workload)
            yield workload.deploy.import_
            yield from self.left_over.get(workload.stem, ())

    def target(self, workload: Workload) -> str:
        """The id that a workload's endpoint has or will have."""
        adopted = self.adoptable(workload)
        if adopted is None or not serves(adopted, workload):
            return workload.endpoint
        return adopted.id

    def instead(self, workload: Workload) -> Endpoint | None:
        """What another decision brought up and still serves it, where the recorded one is gone."""
        if workload.recorded is None or workload.recorded in self.observed:
            return None
        return next((self.observed[id] for id in self.left_over.get(workload.stem, ())), None)

    def adoptable(self, workload: Workload) -> Endpoint | None:
        """The endpoint to adopt; None when there is none, or something is deployed already."""
        if workload.recorded or workload.deploy is None or workload.deploy.import_ is None:
            return None
        return self.observed.get(workload.deploy.import_)


def serves(endpoint: Endpoint, workload: Workload) -> bool:
    """Whether it serves what the entry wants, as far as the platform says."""
    entry = workload.entry
    same_task = endpoint.task in (None, entry.task.id)
    return same_task and endpoint.model in (None, entry.model.resolved.id)


def _words(endpoint: Endpoint | None) -> str | None:
    if endpoint is None:
        return None
    known = (endpoint.status, endpoint.task, endpoint.model)
    return " ".join(word for word in known if word)
