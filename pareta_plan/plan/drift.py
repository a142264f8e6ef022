"""Drift: where the platform has moved away from what the lockfile froze.

Nothing here makes a lockfile stale. Drift tells what `lock --upgrade` would take up, and
what `apply` would put right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pareta_plan.client.remote import Reader, each
from pareta_plan.lock.resolve import HELD, RECOMMENDED, chosen_baselines, definition, standings
from pareta_plan.lock.stale import frozen
from pareta_plan.manifest.selection import EVERYTHING, Selection
from pareta_plan.plan.plan import by_id, lacks_recorded
from pareta_plan.plan.refusals import deployed_elsewhere
from pareta_plan.plan.workload import Workload, workloads
from pareta_plan.project.lockfile import Entry, LockedCandidate
from pareta_plan.project.project import Project
from pareta_plan.wire import AUTO, LIVE, STOPPED, Endpoint, FrontierModel, Leaderboard, Task
from pareta_plan.words import usd

SHOWN = len("sha256:") + 12
"""Characters of a digest that are told."""


class Kind(StrEnum):
    """What moved."""

    TASK_GONE = "task gone"
    SCORING_CHANGED = "scoring changed"
    MODEL_GONE = "model gone"
    RE_RANKED = "re-ranked"
    QUALITY_MOVED = "quality moved"
    PRICE_MOVED = "price moved"
    SERVED_CHANGED = "serves something else"
    ROSTER_CHANGED = "roster changed"
    ENDPOINT_MISSING = "endpoint missing"
    ENDPOINT_DIFFERS = "endpoint differs"
    ENDPOINT_STOPPED = "endpoint stopped"
    NAME_ELSEWHERE = "name elsewhere"
    UNMANAGED = "unmanaged"


class Drift(NamedTuple):
    """One thing that moved; `workload` is None for an endpoint that belongs to none."""

    workload: str | None
    kind: Kind
    subject: str
    locked: str | None
    now: str | None


@dataclass(frozen=True)
class Tolerance:
    """How far a figure may move unreported: quality in points, price as a share of the old one."""

    quality: float = 0.01
    price: float = 0.05


@dataclass(frozen=True)
class Now:
    """What was read of the platform; `boards` hold None where it ranks no models.

    The first three are by task id; a task that they lack is gone.
    """

    tasks: Mapping[str, Task]
    boards: Mapping[str, Leaderboard | None]
    rosters: Mapping[str, Sequence[FrontierModel]]
    endpoints: Mapping[str, Endpoint] | None
    """None where there are none to compare: in a fresh checkout."""
    names: Mapping[str, str]
    """The endpoints that stable names reach."""


def drift(
    project: Project, reader: Reader, tolerance: Tolerance, selection: Selection = EVERYTHING
) -> list[Drift]:
    """Where the platform moved away from the lockfile; reads only.

    In the order of the workloads' names, then unmanaged endpoints, which a selection leaves out.
    Of a fresh checkout, which has no endpoints, only the catalog is compared. Raises StaleError
    without a lockfile of this platform.
    """
    lockfile = frozen(project, project.read_lockfile(), reader.platform)
    every = workloads(project.manifests, lockfile)
    selected = [w for w in every if selection.holds(w.name, w.labels)]
    tasks = {task.id: task for task in reader.tasks()}
    ids = {workload.entry.task.id for workload in selected} & tasks.keys()
    recorded = any(w.entry.deployment and w.entry.deployment.name for w in selected)
    there = reader.names() or () if recorded else ()
    now = Now(
        tasks=tasks,
        boards=each(reader.leaderboard, ids),
        rosters=each(reader.roster, ids),
        endpoints=None if lacks_recorded(reader, lockfile) else by_id(reader.endpoints()),
        names={one.name: one.endpoint for one in there},
    )
    found: list[Drift] = []
    for workload in selected:
        found += [*_moved(workload, now, tolerance), *_served(workload, reader)]
    managed = {*lockfile.deployed.values(), *deployed_elsewhere(project, reader.platform)}
    others = {} if selection else now.endpoints or {}
    unmanaged = sorted(others.keys() - managed)
    return found + [Drift(None, Kind.UNMANAGED, id, None, _seen(others[id])) for id in unmanaged]


def _moved(workload: Workload, now: Now, tolerance: Tolerance) -> Iterator[Drift]:
    name, entry = workload.name, workload.entry
    if entry.task.id in now.boards:
        yield from _catalog(name, entry, now, tolerance)
    else:
        yield Drift(name, Kind.TASK_GONE, entry.task.id, entry.task.id, None)
    if now.endpoints is not None:
        yield from _endpoint(workload, now.endpoints)
        yield from _name(workload, now.names)


def _catalog(name: str, entry: Entry, now: Now, tolerance: Tolerance) -> Iterator[Drift]:
    board, roster = now.boards[entry.task.id], now.rosters[entry.task.id]
    task, scoring = entry.task, definition(now.tasks[entry.task.id])
    if task.definition not in (None, scoring):
        yield Drift(name, Kind.SCORING_CHANGED, task.id, task.definition[:19], scoring[:19])
    if board is not None:
        yield from _ranking(name, entry, board)
        current = standings(board)
        for candidate in entry.candidates():
            yield from _figures(name, candidate, current.get(candidate.id), tolerance)
    yield from _roster(name, entry, roster)


def _ranking(name: str, entry: Entry, board: Leaderboard) -> Iterator[Drift]:
    model = entry.model.resolved.id
    follows = entry.model.requested == RECOMMENDED and entry.model.reason != HELD
    if follows and board.recommended not in (None, model):
        yield Drift(name, Kind.RE_RANKED, RECOMMENDED, model, board.recommended)
    ranked = {standing.name for standing in board.models if standing.kind == "open"}
    for candidate in (entry.model.resolved, *entry.compare):
        if candidate.id not in ranked and candidate.id != AUTO:
            yield Drift(name, Kind.MODEL_GONE, candidate.id, candidate.id, None)


def _figures(
    name: str, locked: LockedCandidate, now: LockedCandidate | None, tolerance: Tolerance
) -> Iterator[Drift]:
    if now is None:
        return
    before, after = locked.quality, now.quality
    if before is not None and after is not None and abs(after - before) > tolerance.quality:
        yield Drift(name, Kind.QUALITY_MOVED, locked.id, f"{before:.3f}", f"{after:.3f}")
    old, new = locked.cost_per_request_micro_usd, now.cost_per_request_micro_usd
    if old is not None and new is not None and abs(new - old) > tolerance.price * old:
        yield Drift(name, Kind.PRICE_MOVED, locked.id, usd(old), usd(new))
    if locked.price and now.price and locked.price != now.price:
        yield Drift(name, Kind.PRICE_MOVED, locked.id, locked.price, now.price)


def _roster(name: str, entry: Entry, roster: Sequence[FrontierModel]) -> Iterator[Drift]:
    locked = [candidate.id for candidate in entry.frontier.resolved]
    known = {model.id for model in roster}
    asked = entry.frontier.requested
    current = (
        [id for id in asked if id in known]
        if isinstance(asked, list)
        else chosen_baselines(asked, roster)
    )
    for id in sorted(set(locked) - set(current)):
        yield Drift(name, Kind.ROSTER_CHANGED, id, id, None)
    for id in sorted(set(current) - set(locked)):
        yield Drift(name, Kind.ROSTER_CHANGED, id, None, id)


def _served(workload: Workload, reader: Reader) -> Iterator[Drift]:
    """Names that mean something else today than what the evidence is of.

    Only what the server itself says of what it serves decides. The fingerprint that comes with an
    answer doesn't: vendors change theirs from one call to the next.
    """
    entry = workload.entry
    own = {candidate.id for candidate in entry.candidates() if candidate.served}
    for id, measured in entry.evidence.results.items() if entry.evidence else ():
        if measured.served is None or id not in own:
            continue
        now = reader.served(entry.task.id, id)
        if now != measured.served:
            before = measured.served[:SHOWN]
            yield Drift(workload.name, Kind.SERVED_CHANGED, id, before, now and now[:SHOWN])


def _endpoint(workload: Workload, endpoints: Mapping[str, Endpoint]) -> Iterator[Drift]:
    name, deployment = workload.name, workload.entry.deployment
    if deployment is None:
        return
    found = endpoints.get(deployment.endpoint)
    if found is None:
        yield Drift(name, Kind.ENDPOINT_MISSING, deployment.endpoint, deployment.endpoint, None)
        return
    made, is_now = (deployment.task, deployment.model), (found.task, found.model)
    if None not in is_now and made != is_now:
        now = f"{found.task} {found.model}"
        yield Drift(name, Kind.ENDPOINT_DIFFERS, found.id, " ".join(made), now)
    state = workload.deploy.state if workload.deploy else None
    if state == LIVE and found.status == STOPPED:
        yield Drift(name, Kind.ENDPOINT_STOPPED, found.id, state, found.status)
    elif state == STOPPED and found.status not in (None, STOPPED):
        yield Drift(name, Kind.ENDPOINT_DIFFERS, found.id, state, found.status)


def _name(workload: Workload, names: Mapping[str, str]) -> Iterator[Drift]:
    made = workload.entry.deployment
    if made and made.name and (now := names.get(made.name)) != made.endpoint:
        yield Drift(workload.name, Kind.NAME_ELSEWHERE, made.name, made.endpoint, now)


def _seen(endpoint: Endpoint) -> str:
    known = (endpoint.task, endpoint.model, endpoint.status)
    return " ".join(part for part in known if part)
