"""Manifest and catalog to resolution, with reasons: a pure function of the two.

`Snapshot` is all that was read of the catalog; the same manifest and snapshot give the
same entry of the lockfile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pareta_plan.errors import ResolutionError, meant
from pareta_plan.lock.offers import RECOMMENDED
from pareta_plan.lock.standings import candidate, chosen_baselines, definition, standings
from pareta_plan.manifest.reading import Located
from pareta_plan.project.lockfile import (
    Entry,
    LockedCandidate,
    LockedData,
    LockedFrontier,
    LockedModel,
    LockedTask,
)
from pareta_plan.wire import AUTO, FrontierModel, Leaderboard, Task, TaskMatch
from pareta_plan.words import count

PINNED = "pinned"
HELD = "chosen by name when it was locked"


@dataclass(frozen=True)
class Snapshot:
    """What was read of a platform's catalog, by task id and by intent."""

    tasks: Mapping[str, Task]
    matches: Mapping[str, TaskMatch] = field(default_factory=dict)
    boards: Mapping[str, Leaderboard] = field(default_factory=dict)
    rosters: Mapping[str, Sequence[FrontierModel]] = field(default_factory=dict)


def resolve_task(located: Located, snapshot: Snapshot, *, strict: bool) -> LockedTask:
    """The benchmark task of a manifest.

    Raises ResolutionError for an unknown pinned task, for an intent that matches none, and,
    when `strict`, for one that matches two about equally well.
    """
    manifest = located.manifest
    if manifest.task is not None:
        return _pinned(located, manifest.task, snapshot)
    match = snapshot.matches[manifest.intent or ""]
    undecided = match.ambiguous and len(match.candidates) > 1
    if undecided and (strict or match.chosen is None):
        raise _ambiguous(located, match)
    if match.chosen is None or not (match.matched or undecided):
        raise _no_match(located, match)
    task = snapshot.tasks.get(match.chosen.task_id)
    if task is None:
        raise ResolutionError(
            f"the platform matched the task {match.chosen.task_id!r} but doesn't list it",
            location=located.at("intent"),
            hint="Run the same command again; `task: ID` settles the task without the matcher.",
        )
    found = _locked(task, match.matcher or "unknown")
    return found.model_copy(
        update={
            "confidence": match.chosen.confidence,
            "score": match.chosen.score,
            "ambiguous_with": match.candidates[1].task_id if undecided else None,
        }
    )


def _pinned(located: Located, id: str, snapshot: Snapshot) -> LockedTask:
    if task := snapshot.tasks.get(id):
        return _locked(task, PINNED)
    raise ResolutionError(
        f"no task {id!r} in the catalog{meant(id, snapshot.tasks)}",
        location=located.at("task"),
        hint=f"Its tasks: {', '.join(sorted(snapshot.tasks))}.",
    )


def _locked(task: Task, matcher: str) -> LockedTask:
    return LockedTask(
        id=task.id,
        matcher=matcher,
        scorer=task.default_scorer,
        definition=definition(task),
        has_blob_input=task.has_blob_input,
    )


def _no_match(located: Located, match: TaskMatch) -> ResolutionError:
    closest = [f"{c.task_id} ({c.score:.2f}, {c.confidence})" for c in match.candidates]
    pin = f"`task: {match.candidates[0].task_id}`" if match.candidates else "`task: ID`"
    return ResolutionError(
        f"{located.manifest.name}: no task matches the intent; "
        + (f"closest: {', '.join(closest)}" if closest else "nothing comes close"),
        location=located.at("intent"),
        hint=f"Say the job in other words, or pin a task with a line such as {pin} "
        "(`pareta-plan catalog list` shows them all).",
    )


def _ambiguous(located: Located, match: TaskMatch) -> ResolutionError:
    first, second = match.candidates[:2]
    return ResolutionError(
        f"{located.manifest.name}: the intent fits {first.task_id} ({first.score:.2f}) and "
        f"{second.task_id} ({second.score:.2f}) about equally well",
        location=located.at("intent"),
        hint=f"Pin the one you mean: `task: {first.task_id}` or `task: {second.task_id}`.",
    )


def resolve(
    located: Located,
    task: LockedTask,
    data: LockedData | None,
    snapshot: Snapshot,
    held: str | None = None,
) -> Entry:
    """The lockfile entry of a manifest whose task is known; `held` stands for `recommended`.

    Raises ResolutionError for a model or a baseline that the task doesn't have.
    """
    manifest = located.manifest
    board = snapshot.boards[task.id]
    compare = manifest.eval.models if manifest.eval else []
    return Entry(
        manifest=manifest.digest(),
        intent=manifest.intent,
        task=task,
        model=_model(located, board, held),
        frontier=_frontier(located, board, snapshot.rosters[task.id]),
        compare=[_open(located, a, board, "eval", "models", i) for i, a in enumerate(compare)],
        data=data,
    )


def _model(located: Located, board: Leaderboard, held: str | None) -> LockedModel:
    requested = located.manifest.model
    if requested != RECOMMENDED:
        named = "the platform's router" if requested == AUTO else "named in the manifest"
        return LockedModel(
            requested=requested, resolved=_open(located, requested, board, "model"), reason=named
        )
    if held is not None:
        candidate = _open(located, held, board, "model")
        return LockedModel(requested=requested, resolved=candidate, reason=HELD)
    if board.recommended is None:
        raise ResolutionError(
            f"the platform recommends no model for {board.task_id}: nothing is ranked yet",
            location=located.at("model"),
            hint="Name an alias in `model:`, or another task.",
        )
    candidate = _open(located, board.recommended, board, "model")
    return LockedModel(requested=requested, resolved=candidate, reason=_why(candidate, board))


def _why(chosen: LockedCandidate, board: Leaderboard) -> str:
    ranked = [entry.name for entry in board.models if entry.kind == "open"]
    if ranked[:1] == [chosen.id]:
        return f"recommended: best measured quality of {count(len(ranked), 'open model')}"
    return f"recommended: the platform's pick, ranked {ranked.index(chosen.id) + 1} by quality"


def _open(located: Located, alias: str, board: Leaderboard, *keys: str | int) -> LockedCandidate:
    if alias == AUTO:
        return LockedCandidate(id=AUTO, kind="open")
    entries = {entry.name: entry for entry in board.models if entry.kind == "open"}
    if entry := entries.get(alias):
        return candidate(alias, "open", entry)
    raise ResolutionError(
        f"{board.task_id} has no open model {alias!r}{meant(alias, entries)}",
        location=located.at(*keys),
        hint=f"Its open models, best first: {', '.join(entries) or 'none'}; or `recommended`.",
    )


def _frontier(
    located: Located, board: Leaderboard, roster: Sequence[FrontierModel]
) -> LockedFrontier:
    requested = located.manifest.frontier
    if isinstance(requested, list):
        ids = [_vendor_id(located, i, id, roster) for i, id in enumerate(requested)]
    else:
        ids = chosen_baselines(requested, roster)
    known, vendors = standings(board), {model.id: model.vendor for model in roster}
    baselines = [known.get(id) or LockedCandidate(id=id, kind="frontier") for id in ids]
    resolved = [b.model_copy(update={"vendor": vendors.get(b.id)}) for b in baselines]
    return LockedFrontier(requested=requested, resolved=resolved)


def _vendor_id(located: Located, index: int, id: str, roster: Sequence[FrontierModel]) -> str:
    known = [model.id for model in roster]
    if id in known:
        return id
    raise ResolutionError(
        f"no baseline {id!r} for this task: unknown, or it can't read the task's input"
        + meant(id, known),
        location=located.at("frontier", index),
        hint=f"Baselines of the task: {', '.join(known) or 'none'}.",
    )
