"""Locking: bring the lockfile up to the manifests, as uv does with its own.

An entry is resolved again only when what its manifest asks changed, or when it is named to be
upgraded; a catalog that moved makes nothing stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

from pareta_plan.client.client import CONNECTIONS
from pareta_plan.client.remote import EMBEDDED, Reader
from pareta_plan.errors import ParetaError, StaleError, refuse
from pareta_plan.files import lockfile_name
from pareta_plan.lock.resolve import (
    HELD,
    PINNED,
    Snapshot,
    asks_for_router,
    refuse_missing,
    resolve,
    resolve_task,
)
from pareta_plan.manifest.manifest import Located
from pareta_plan.project.lockfile import Entry, LockedTask, Lockfile, Shared, split_scope
from pareta_plan.project.project import Project
from pareta_plan.wire import Leaderboard, TaskMatch

AT_ONCE = 500  # requests that are queued: each takes memory until its answer is there
T = TypeVar("T")
K = TypeVar("K")


class LockMode(StrEnum):
    """What may happen to the lockfile."""

    WRITE = "write"
    LOCKED = "locked"  # must be current already
    FROZEN = "frozen"  # taken as it is


@dataclass(frozen=True)
class Locking:
    """How to lock: `strict` refuses an ambiguous intent, `upgrade` names what to resolve anew.

    With the alias that stands for `recommended` from then on, or None for the platform's pick.
    """

    mode: LockMode = LockMode.WRITE
    strict: bool = False
    upgrade: Mapping[str, str | None] = field(default_factory=dict)
    upgrade_all: bool = False
    renamed: bool = False  # what another project's name has deployed is this one's
    move: bool = False  # from another platform or environment, forgetting what is deployed there


def stale(project: Project, lockfile: Lockfile | None, platform: str | None) -> list[str]:
    """Why the lockfile no longer fits the project, a reason a workload; empty when it fits."""
    if lockfile is None:
        return ["there is no lockfile yet"]
    if platform is not None and lockfile.platform != platform:
        return [f"it was resolved on {lockfile.platform}, not on {platform}"]
    if lockfile.scope != project.scope:
        return [f"it is of {lockfile.scope or 'a project without a name'}"]
    reasons = (_stale_entry(project, item, lockfile) for item in project.located.values())
    gone = (
        f"{name}: the manifest is gone"
        for name, entry in lockfile.workloads.items()
        if name not in project.located and entry.deployment is None
    )
    return [*(reason for reason in reasons if reason), *gone]


def _stale_entry(project: Project, item: Located, lockfile: Lockfile) -> str | None:
    name = item.manifest.name
    entry = lockfile.workloads.get(name)
    if entry is None:
        return f"{name}: not in the lockfile"
    if entry.manifest != item.manifest.digest():
        return f"{name}: the manifest changed"
    data = project.data.get(name)
    if entry.data != (data.locked if data else None):
        return f"{name}: the eval data changed"
    if not _keeps(item, entry, Locking()):
        return f"{name}: its entry answers another manifest"
    return None


def check_lock(project: Project) -> None:
    """Refuse a lockfile that no longer fits the project; asks no platform. Raises StaleError."""
    _refuse_stale(stale(project, project.read_lockfile(), None))


def _refuse_stale(reasons: list[str]) -> None:
    if reasons:
        raise StaleError(
            "the lockfile is stale: " + "; ".join(reasons), hint="Run `pareta-plan lock`."
        )


def lock(project: Project, reader: Reader, how: Locking) -> Lockfile:
    """The project's current lockfile, resolved and written as the mode allows.

    Raises StaleError when the mode forbids what would be needed, ResolutionError for what the
    catalog can't give.
    """
    current, platform = project.read_lockfile(), reader.platform
    if how.mode is LockMode.FROZEN:
        return frozen(project, current, platform)
    reasons = stale(project, current, platform)
    if how.mode is LockMode.LOCKED:
        _refuse_stale(reasons)
    if current is not None and not how.move:
        _refuse_move(current, platform)
        refuse_copy(project, current, renamed=how.renamed)
    if not reasons and not how.upgrade and not how.upgrade_all:
        assert current is not None  # noqa: S101 - no lockfile is a reason
        return current
    fresh = _resolve_all(project, reader, current, how)
    from pareta_plan.project.folder_lock import replace_lockfile  # here: most plans write nothing

    replace_lockfile(project, current, fresh)
    return fresh


def _refuse_move(current: Lockfile, platform: str) -> None:
    """A lockfile knows the deployments of one platform, which another one would forget."""
    if current.platform != platform and current.deployed:
        raise StaleError(
            f"the lockfile is of {current.platform}, where {_deployed(current)}; "
            f"this is {platform}",
            hint=f"{_way_back(current.platform)}, or `pareta-plan lock --move` to forget what is "
            "deployed there.",
        )


def _deployed(lockfile: Lockfile) -> str:
    names = lockfile.deployed
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} deployed"


def _way_back(platform: str) -> str:
    if platform == EMBEDDED:
        return "Go back to the embedded platform (unset PARETA_API_KEY and PARETA_BASE_URL)"
    return "Go back to that platform (PARETA_BASE_URL)"


def _is_copy(project: Project, current: Lockfile) -> bool:
    """Whether it is another environment's, and that one has its own still: not a renamed one."""
    _, other = split_scope(current.scope)
    return other != project.env and (project.root / lockfile_name(other)).exists()


def _other_project(project: Project, current: Lockfile) -> str | None:
    """The name of the project that a lockfile is of, when it isn't this one's."""
    before, now = (split_scope(scope)[0] for scope in (current.scope, project.scope))
    return before if before != now and before else None


def _named(scope: str) -> str:
    """A lockfile's scope in words."""
    project, env = split_scope(scope)
    words = [f"the environment {env}" if env else "no environment"]
    return " of ".join([*words, f"project {project}"] if project else words)


def refuse_copy(project: Project, current: Lockfile, *, renamed: bool = False) -> None:
    """Refuse a copied lockfile: it knows the deployments of another environment or project.

    `renamed` is whether that project is this one, under another name. Raises StaleError.
    """
    if not current.deployed:
        return
    other = _other_project(project, current)
    if other and not renamed:
        this = split_scope(project.scope)[0] or "without a name"
        raise StaleError(
            f"{project.lockfile_name} is of the project {other}, where {_deployed(current)}; "
            f"this is {this}",
            hint="If the project was renamed: `pareta-plan lock --renamed`. If it is a copy: "
            "`pareta-plan lock --move` forgets what is deployed there.",
        )
    if _is_copy(project, current):
        raise StaleError(
            f"{project.lockfile_name} is a copy from {_named(current.scope)}, where "
            f"{_deployed(current)}",
            hint="`pareta-plan lock --move` keeps what was resolved and measured, and forgets what "
            "is deployed there.",
        )


def frozen(
    project: Project, current: Lockfile | None, platform: str | None, *, whole: bool = True
) -> Lockfile:
    """The lockfile as it is. Raises StaleError when it isn't of this platform and project.

    It has to know every workload, unless it needn't be `whole`.

    Without a platform, that of the lockfile is taken to be the one.
    """
    if current is None:
        raise StaleError("there is no lockfile yet", hint="Run `pareta-plan lock`.")
    if platform is not None and current.platform != platform:
        raise StaleError(
            f"the lockfile is of {current.platform}; this is {platform}",
            hint=f"{_way_back(current.platform)}, or resolve anew without --frozen.",
        )
    refuse_copy(project, current)
    missing = [name for name in project.located if name not in current.workloads]
    if missing and whole:
        raise StaleError(
            f"not in the lockfile: {', '.join(missing)}", hint="Run `pareta-plan lock`."
        )
    return current


def _resolve_all(
    project: Project, reader: Reader, current: Lockfile | None, how: Locking
) -> Lockfile:
    known = current.workloads if current and current.platform == reader.platform else {}
    if current and (_is_copy(project, current) or (how.move and _other_project(project, current))):
        forget = {"deployment": None}
        known = {name: entry.model_copy(update=forget) for name, entry in known.items()}
    known = _renamed(project, known)
    kept = {
        name: entry
        for name, entry in known.items()
        if name not in project.located and entry.deployment is not None
    }
    again = {n: i for n, i in project.located.items() if not _keeps(i, known.get(n), how)}
    before = {} if how.upgrade_all else {n: known[n] for n in again if n in known}
    resolved = _resolve(project, reader, again, how, before) if again else {}
    for name, item in project.located.items():
        old = known.get(name)
        entry = resolved.get(name) or old
        assert entry is not None  # noqa: S101 - what isn't kept was resolved
        kept[name] = _carried(project, item, entry, old)
    return Lockfile(platform=reader.platform, scope=project.scope, workloads=kept)


def _renamed(project: Project, known: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries under the names that `moved_from` gives them; a move is recorded by apply."""
    entries = dict(known)
    for name, item in project.located.items():
        old = item.manifest.moved_from
        if old and old in entries and not _has_made(entries.get(name)):
            entries[name] = _moved(entries.pop(old), old, item)
    return entries


def _has_made(entry: Entry | None) -> bool:
    """Whether a workload has more than a resolution, which the old name's may replace."""
    return entry is not None and bool(entry.deployment or entry.evidence)


def _moved(entry: Entry, old: str, item: Located) -> Entry:
    """An endpoint goes with its workload: unless the deploy name changes too, it keeps its id."""
    made, deploy = entry.deployment, item.manifest.deploy
    if made and made.stem == old and deploy and deploy.name is None:
        made = replace(made, stem=item.manifest.name)
    takes_along = made or entry.evidence
    moved = (entry.moved_from or old) if takes_along else None
    return entry.model_copy(update={"moved_from": moved, "deployment": made})


def _keeps(item: Located, entry: Entry | None, how: Locking) -> bool:
    """Whether an entry's resolution still answers what the manifest asks."""
    manifest = item.manifest
    if entry is None or how.upgrade_all or manifest.name in how.upgrade:
        return False
    pinned = entry.task.matcher == PINNED
    same_task = (
        pinned and manifest.task == entry.task.id
        if manifest.task
        else not pinned and manifest.intent == entry.intent
    )
    compare = manifest.eval.models if manifest.eval else []
    return (
        same_task
        and entry.model.requested == manifest.model
        and entry.frontier.requested == manifest.frontier
        and [c.id for c in entry.compare] == compare
    )


def _carried(project: Project, item: Located, entry: Entry, old: Entry | None) -> Entry:
    """The entry with what the manifest says today, and what was measured and deployed before."""
    data = project.data.get(item.manifest.name)
    return entry.model_copy(
        update={
            "manifest": item.manifest.digest(),
            "intent": item.manifest.intent,
            "data": data.locked if data else None,
            "evidence": old.evidence if old else None,
            "deployment": old.deployment if old else None,
            "prevent_destroy": item.manifest.prevent_destroy or None,
            "moved_from": old.moved_from if old else None,
        }
    )


def _resolve(
    project: Project,
    reader: Reader,
    items: Mapping[str, Located],
    how: Locking,
    known: Mapping[str, Entry],
) -> dict[str, Entry]:
    intents = {i.manifest.intent for i in items.values() if i.manifest.task is None}
    snapshot = Snapshot(
        tasks={task.id: task for task in reader.tasks()},
        matches=each(partial(_match, reader), [intent for intent in intents if intent]),
    )
    shared = Shared()
    tasks = all_or_errors(
        items, lambda item: shared.one(resolve_task(item, snapshot, strict=how.strict))
    )
    ids = sorted({task.id for task in tasks.values()})
    boards = each(reader.leaderboard, ids)
    if any(board is None for board in boards.values()) or any(map(asks_for_router, items.values())):
        offers, origin = reader.offers(), reader.name
        all_or_errors(items, lambda item: refuse_missing(item, offers, origin))
    snapshot = Snapshot(
        tasks=snapshot.tasks,
        boards={id: board or Leaderboard(task_id=id) for id, board in boards.items()},
        rosters=each(reader.roster, ids),
    )

    def entry(item: Located) -> Entry:
        name = item.manifest.name
        data = project.data.get(name)
        if data is not None:
            from pareta_plan.project.rows import check

            check(data, snapshot.tasks[tasks[name].id], item)
        held = how.upgrade[name] if name in how.upgrade else _held(known.get(name), tasks[name])
        made = resolve(item, tasks[name], data.locked if data else None, snapshot, held)
        alike = {"model": shared.one(made.model), "frontier": shared.one(made.frontier)}
        return made.model_copy(update=alike)

    return all_or_errors(items, entry)


def _match(reader: Reader, intent: str) -> TaskMatch:
    """What an intent matches; where that is clear, nothing but that.

    There may be ten thousand at a time, and the rest takes most of their memory.
    """
    found = reader.match(intent)
    clear = found.matched and not found.ambiguous
    return found.model_copy(update={"query": "", "candidates": []}) if clear else found


def _held(entry: Entry | None, task: LockedTask) -> str | None:
    """The alias that was chosen by name, as long as the task is the same."""
    if entry is None or entry.model.reason != HELD or entry.task.id != task.id:
        return None
    return entry.model.resolved.id


def each(read: Callable[[str], T], keys: Iterable[str]) -> dict[str, T]:
    """One request a key, at most as many at once as the client has connections."""
    wanted = sorted(keys)
    if len(wanted) < 2:
        return {key: read(key) for key in wanted}
    from concurrent.futures import ThreadPoolExecutor

    found: dict[str, T] = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            found |= zip(some, pool.map(read, some), strict=True)
    return found


def all_or_errors(items: Mapping[K, Located], make: Callable[[Located], T]) -> dict[K, T]:
    """What `make` gives for each manifest. Raises the errors of all of them together."""
    made: dict[K, T] = {}
    errors: list[ParetaError] = []
    for key, item in items.items():
        try:
            made[key] = make(item)
        except ParetaError as bad:
            errors.append(bad)
    refuse(errors)
    return made
