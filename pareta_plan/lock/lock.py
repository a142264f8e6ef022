"""Locking: bring the lockfile up to the manifests, as uv does with its own.

An entry is resolved again only when what its manifest asks changed, or when it is named to be
upgraded; a catalog that moved makes nothing stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pareta_plan.client.remote import Reader, each
from pareta_plan.lock.declared import contents, served
from pareta_plan.lock.resolve import HELD, Snapshot, refuse_missing, resolve, resolve_task, wanted
from pareta_plan.lock.stale import (
    Locking,
    LockMode,
    Own,
    frozen,
    is_copy,
    keeps,
    other_project,
    refuse_copy,
    refuse_stale,
    stale,
)
from pareta_plan.manifest.reading import Located, all_or_errors
from pareta_plan.project.lockfile import Entry, Evidence, LockedTask, Lockfile
from pareta_plan.project.lockfile_bytes import Shared
from pareta_plan.project.project import Project
from pareta_plan.wire import AUTO, Leaderboard, TaskMatch

if TYPE_CHECKING:
    from pareta_plan.project.rows import EvalData


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
        refuse_stale(reasons)
    if current is not None and not how.move:
        refuse_copy(project, current, platform, renamed=how.renamed)
    if not reasons and not how.upgrade and not how.upgrade_all:
        assert current is not None  # noqa: S101 - no lockfile is a reason
        return current
    fresh = _resolve_all(project, reader, current, how)
    from pareta_plan.project.folder_lock import replace_lockfile  # here: most plans write nothing

    replace_lockfile(project, current, fresh, held=how.applying)
    return fresh


def _resolve_all(
    project: Project, reader: Reader, current: Lockfile | None, how: Locking
) -> Lockfile:
    known = current.workloads if current and current.platform == reader.platform else {}
    if current and (is_copy(project, current) or (how.move and other_project(project, current))):
        forget = {"deployment": None}
        known = {name: entry.model_copy(update=forget) for name, entry in known.items()}
    known = _renamed(project, known)
    kept = {
        name: entry
        for name, entry in known.items()
        if name not in project.located and entry.deployment is not None
    }
    own = Own.of(project)
    again = {n: i for n, i in project.located.items() if not keeps(i, known.get(n), how, own)}
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
        here = entries.get(name)
        resolved_only = here is None or not (here.deployment or here.evidence)
        if old and old in entries and resolved_only:
            entries[name] = _moved(entries.pop(old), old, item)
    return entries


def _moved(entry: Entry, old: str, item: Located) -> Entry:
    """An endpoint goes with its workload: unless the deploy name changes too, it keeps its id."""
    made, deploy = entry.deployment, item.manifest.deploy
    if made and made.stem == old and deploy and deploy.name is None:
        made = replace(made, stem=item.manifest.name)
    takes_along = made or entry.evidence
    moved = (entry.moved_from or old) if takes_along else None
    return entry.model_copy(update={"moved_from": moved, "deployment": made})


def _carried(project: Project, item: Located, entry: Entry, old: Entry | None) -> Entry:
    """The entry with what the manifest says today, and what was measured and deployed before."""
    data = project.data.get(item.manifest.name)
    return entry.model_copy(
        update={
            "manifest": item.manifest.digest(),
            "intent": item.manifest.intent,
            "data": data.locked if data else None,
            "evidence": old.evidence if old else None,
            "added": _added(data, old.evidence if old else None),
            "deployment": old.deployment if old else None,
            "prevent_destroy": item.manifest.prevent_destroy or None,
            "moved_from": old.moved_from if old else None,
        }
    )


def _added(data: EvalData | None, evidence: Evidence | None) -> int | None:
    """How many rows there are after those of the evidence; None where it isn't of the first."""
    if data is None or evidence is None or data.digest == evidence.basis.rows:
        return None
    return data.added_to(evidence.basis.rows, evidence.of_rows or evidence.rows)


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
        contents=contents(project),
    )
    shared = Shared()
    tasks = all_or_errors(
        items, lambda item: shared.one(resolve_task(item, snapshot, strict=how.strict))
    )
    ids = sorted({task.id for task in tasks.values()})
    boards = each(reader.leaderboard, ids)
    routed = any(AUTO in wanted(item.manifest) for item in items.values())
    if routed or None in boards.values():
        offers, origin = reader.offers(), reader.name
        all_or_errors(items, lambda item: refuse_missing(item, offers, origin))
    snapshot = Snapshot(
        tasks=snapshot.tasks,
        boards={id: board or Leaderboard(task_id=id) for id, board in boards.items()},
        rosters=each(reader.roster, ids),
        served=served(project),
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
