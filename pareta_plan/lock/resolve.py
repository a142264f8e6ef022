"""Manifest and catalog to resolution, with reasons: a pure function of the two.

`Snapshot` is all that was read of the catalog; the same manifest and snapshot give the
same entry of the lockfile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pareta_plan.canonical import digest_json
from pareta_plan.errors import ResolutionError, meant
from pareta_plan.lock.by_rows import decided, whose
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.reading import Located
from pareta_plan.project.lockfile import (
    Entry,
    LockedCandidate,
    LockedData,
    LockedFrontier,
    LockedModel,
    LockedServed,
    LockedTask,
)
from pareta_plan.project.rows import EvalData
from pareta_plan.wire import (
    AUTO,
    FrontierModel,
    Leaderboard,
    LeaderboardEntry,
    MicroUsd,
    Offers,
    Task,
    TaskMatch,
)
from pareta_plan.words import count

RECOMMENDED = "recommended"
SYNTHETIC = "synthetic"
PINNED = "pinned"
NEW_TASK = (
    "`pareta-plan catalog new NAME --from rows.csv --input COLUMN --expected COLUMN` makes one of "
    "labelled rows of yours."
)
"""Said where no task is the job."""
HELD = "chosen by name when it was locked"


@dataclass(frozen=True)
class Snapshot:
    """What was read of a platform's catalog, by task id and by intent."""

    tasks: Mapping[str, Task]
    matches: Mapping[str, TaskMatch] = field(default_factory=dict)
    boards: Mapping[str, Leaderboard] = field(default_factory=dict)
    rosters: Mapping[str, Sequence[FrontierModel]] = field(default_factory=dict)
    served: Mapping[str, LockedServed] = field(default_factory=dict)
    """What the project's own models stand for, by alias or id."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """Digests of the folders of the project's own tasks, by their ids."""


def resolve_task(
    located: Located, snapshot: Snapshot, data: EvalData | None = None, *, strict: bool
) -> LockedTask:
    """The benchmark task of a manifest; its rows decide where the intent leaves it open.

    Raises ResolutionError for an unknown pinned task, for an intent that matches none, and,
    when `strict`, for one that matches two about equally well.
    """
    manifest = located.manifest
    if manifest.task is not None:
        if task := snapshot.tasks.get(manifest.task):
            return _locked(task, PINNED, snapshot)
        raise ResolutionError(
            f"no task {manifest.task!r} in the catalog{meant(manifest.task, snapshot.tasks)}",
            location=located.at("task"),
            hint=f"Its tasks: {', '.join(sorted(snapshot.tasks))}. One of your own is in a folder "
            "that `catalog` in pareta-project.yaml names; `pareta-plan catalog new` makes it.",
        )
    match = decided(snapshot.matches[manifest.intent or ""], snapshot.tasks, data)
    undecided = match.ambiguous and len(match.candidates) > 1
    if undecided and (strict or match.chosen is None):
        raise _ambiguous(located, match)
    if match.chosen is None or not (match.matched or undecided):
        raise _no_match(located, match, whose(snapshot.tasks, data))
    task = snapshot.tasks.get(match.chosen.task_id)
    if task is None:
        raise ResolutionError(
            f"the platform matched the task {match.chosen.task_id!r} but doesn't list it",
            location=located.at("intent"),
            hint="Run the same command again; `task: ID` settles the task without the matcher.",
        )
    return _locked(
        task,
        match.matcher or "unknown",
        snapshot,
        confidence=match.chosen.confidence,
        score=match.chosen.score,
        ambiguous_with=match.candidates[1].task_id if undecided else None,
    )


def _locked(task: Task, matcher: str, snapshot: Snapshot, **matched: Any) -> LockedTask:
    return LockedTask(
        id=task.id,
        matcher=matcher,
        scorer=task.default_scorer,
        definition=definition(task),
        has_blob_input=task.has_blob_input,
        content=snapshot.contents.get(task.id),
        **matched,
    )


def _no_match(located: Located, match: TaskMatch, whose_rows: str) -> ResolutionError:
    closest = [f"{c.task_id} ({c.score:.2f}, {c.confidence})" for c in match.candidates]
    return ResolutionError(
        f"{located.manifest.name}: no task matches the intent; "
        + (f"closest: {', '.join(closest)}" if closest else "nothing comes close"),
        location=located.at("intent"),
        hint=f"{whose_rows}Say the job in other words; where one of the tasks is it "
        "(`pareta-plan catalog list` shows them all), pin that one with a line `task: ID`. "
        f"Where none is: {NEW_TASK}",
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
    _refuse_strangers(located, [*wanted(manifest), *_ids(located)], board, snapshot)
    entry = Entry(
        manifest=manifest.digest(),
        intent=manifest.intent,
        task=task,
        model=_model(located, board, held),
        frontier=_frontier(located, board, snapshot.rosters[task.id]),
        compare=[_open(located, a, board, "eval", "models", i) for i, a in enumerate(compare)],
        data=data,
    )
    if not snapshot.served:
        return entry
    _refuse_strangers(located, [one.id for one in entry.candidates()], board, snapshot)
    return entry.serving(snapshot.served)


def _refuse_strangers(
    located: Located, names: Iterable[str], board: Leaderboard, snapshot: Snapshot
) -> None:
    """Refuse models of the project that the platform doesn't have, or has as something else."""
    there = {entry.name: entry.declared for entry in board.models}
    there |= {model.id: model.declared for model in snapshot.rosters[board.task_id]}
    for name in names:
        served = snapshot.served.get(name)
        if served and there.get(name) != served.key:
            raise ResolutionError(
                f"the platform knows no {name!r} that is {served}",
                location=located.at("model"),
                hint="The embedded platform has the project's models, and so has `pareta-plan "
                "serve` once it is started anew in this project; others have none.",
            )


def _ids(located: Located) -> list[str]:
    frontier = located.manifest.frontier
    return frontier if isinstance(frontier, list) else []


def _model(located: Located, board: Leaderboard, held: str | None) -> LockedModel:
    requested = located.manifest.model
    reason = None
    if requested != RECOMMENDED:
        alias = requested
        reason = "the platform's router" if alias == AUTO else "named in the manifest"
    elif held is not None:
        alias, reason = held, HELD
    elif board.recommended is not None:
        alias = board.recommended
    else:
        raise _nothing_recommended(located, board)
    chosen = _open(located, alias, board, "model")
    return LockedModel(requested=requested, resolved=chosen, reason=reason or _why(chosen, board))


def _nothing_recommended(located: Located, board: Leaderboard) -> ResolutionError:
    """What keeps a leaderboard from recommending, and the command that mends it."""
    lacking = [entry for entry in board.models if entry.standing == "outdated"]
    why = "measured before the rows, the prompt or the declaration changed"
    if not lacking:
        lacking = [entry for entry in board.models if entry.standing and entry.kind == "open"]
        why = "not measured yet"
    if not lacking:
        return ResolutionError(
            f"the platform recommends no model for {board.task_id}: nothing is ranked yet",
            location=located.at("model"),
            hint="Name an alias in `model:`, or another task.",
        )
    names = f"{', '.join(e.name for e in lacking)} {'was' if len(lacking) == 1 else 'were'}"
    return ResolutionError(
        f"nothing is recommended for {board.task_id}: {names} {why}",
        location=located.at("model"),
        hint=f"`{bench_command(board.task_id, lacking)}` measures; or name an alias in `model:`.",
    )


def bench_command(task_id: str, lacking: Sequence[LeaderboardEntry]) -> str:
    """What measures models of a task: a project's own by name, the task's all at once."""
    named = "".join(f" --model {entry.name}" for entry in lacking if entry.declared)
    return f"pareta-plan catalog bench {task_id}{named}"


def _why(chosen: LockedCandidate, board: Leaderboard) -> str:
    ranked = [e.name for e in board.models if e.kind == "open" and e.standing is None]
    if board.rule:
        return f"recommended: {board.rule}, of {count(len(ranked), 'open model')}"
    if ranked[:1] == [chosen.id]:
        on = " on synthetic rows" if board.rows == SYNTHETIC else ""
        return f"recommended: best measured quality of {count(len(ranked), 'open model')}{on}"
    return f"recommended: the platform's pick, ranked {ranked.index(chosen.id) + 1} by quality"


def _open(located: Located, alias: str, board: Leaderboard, *keys: str | int) -> LockedCandidate:
    if alias == AUTO:
        return LockedCandidate(id=AUTO, kind="open")
    entries = {entry.name: entry for entry in board.models if entry.kind == "open"}
    if entry := entries.get(alias):
        return _candidate(entry)
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
        ids = requested
        _refuse_unknown(located, ids, [model.id for model in roster])
    else:
        ids = chosen_baselines(requested, roster)
    known, vendors = standings(board), {model.id: model.vendor for model in roster}
    baselines = [known.get(id) or LockedCandidate(id=id, kind="frontier") for id in ids]
    resolved = [b.model_copy(update={"vendor": vendors.get(b.id)}) for b in baselines]
    return LockedFrontier(requested=requested, resolved=resolved)


def _refuse_unknown(located: Located, ids: Sequence[str], known: Sequence[str]) -> None:
    for index, id in enumerate(ids):
        if id not in known:
            raise ResolutionError(
                f"no baseline {id!r} for this task: unknown, or it can't read the task's input"
                + meant(id, known),
                location=located.at("frontier", index),
                hint=f"Baselines of the task: {', '.join(known) or 'none'}.",
            )


def definition(task: Task) -> str:
    """The digest of all that makes a task's scores; another one makes old scores worthless."""
    return digest_json(
        {
            "scorer": [task.default_scorer, task.scorer_version],
            "input": task.input_schema,
            "output": task.output_schema,
            "documents": task.has_blob_input,
        }
    )


def chosen_baselines(keyword: str, roster: Sequence[FrontierModel]) -> list[str]:
    """The ids that `none`, `all` or `benchmarked` means on a task's roster."""
    if keyword == "none":
        return []
    return [model.id for model in roster if keyword == "all" or model.benchmarked]


def standings(board: Leaderboard) -> dict[str, LockedCandidate]:
    """Every model of a leaderboard as a lockfile keeps it, by its id."""
    entries = [*board.models, *([board.frontier] if board.frontier else [])]
    return {entry.name: _candidate(entry) for entry in entries}


def prices(board: Leaderboard) -> dict[str, MicroUsd]:
    """What a request to each model of a leaderboard costs, where it says."""
    costs = {id: model.cost_per_request_micro_usd for id, model in standings(board).items()}
    return {id: cost for id, cost in costs.items() if cost is not None}


def _candidate(entry: LeaderboardEntry) -> LockedCandidate:
    return LockedCandidate(
        id=entry.name,
        kind=entry.kind,
        quality=None if entry.quality is None else round(entry.quality, 6),
        cost_per_request_micro_usd=entry.cost_per_request_micro_usd,
        price=entry.price,
        figures=entry.standing,
    )


def wanted(manifest: Manifest) -> list[str]:
    """The open models that a manifest names, the one to deploy first."""
    return [manifest.model, *(manifest.eval.models if manifest.eval else [])]


def refuse_missing(located: Located, offers: Offers, platform: str) -> None:
    """Refuse a manifest that asks for what the platform doesn't offer.

    Raises one ResolutionError that names the platform, all that is missing, and what to write
    instead; it is placed at the first.
    """
    lacks = list(_lacks(located.manifest, offers))
    if lacks:
        raise ResolutionError(
            f"{located.manifest.name}: {platform} has no "
            + "; it has no ".join(what for _, what, _ in lacks),
            location=located.at(lacks[0][0]),
            hint=" ".join(dict.fromkeys(instead for _, _, instead in lacks)),
        )


def _lacks(manifest: Manifest, offers: Offers) -> Iterator[tuple[str, str, str]]:
    """The key that asks for something, what isn't there, and what to write instead."""
    use_auto = "Write `model: auto`: the router is measured and gated like any model."
    named = [model for model in wanted(manifest) if model not in (RECOMMENDED, AUTO)]
    if not offers.leaderboards and manifest.model == RECOMMENDED:
        yield "model", "leaderboards, so it recommends no model", use_auto
    elif not offers.leaderboards and named:
        key = "model" if manifest.model in named else "eval"
        yield key, f"leaderboards, so it offers no model {named[0]!r}", use_auto
    if not offers.router and AUTO in wanted(manifest):
        key = "model" if manifest.model == AUTO else "eval"
        instead = "Write `model: recommended`, or an alias of the task."
        yield key, "router, so there is no model 'auto'", instead
    if not offers.deployments and manifest.deploy:
        instead = "Take `deploy` out: plan and apply still evaluate the model and hold the gates."
        yield "deploy", "deployments, so nothing can be deployed", instead
