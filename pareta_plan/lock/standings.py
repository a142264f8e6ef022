"""What a catalog says of tasks and models, as the lockfile keeps it."""

from __future__ import annotations

from collections.abc import Sequence

from pareta_plan.canonical import digest_json
from pareta_plan.project.lockfile import Kind, LockedCandidate
from pareta_plan.wire import FrontierModel, Leaderboard, LeaderboardEntry, MicroUsd, Task


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
    return {entry.name: candidate(entry.name, entry.kind, entry) for entry in entries}


def prices(board: Leaderboard) -> dict[str, MicroUsd]:
    """What a request to each model of a leaderboard costs, where it says."""
    every = ((model.id, model.cost_per_request_micro_usd) for model in standings(board).values())
    return {id: price for id, price in every if price is not None}


def candidate(id: str, kind: Kind, entry: LeaderboardEntry) -> LockedCandidate:
    return LockedCandidate(
        id=id,
        kind=kind,
        quality=None if entry.quality is None else round(entry.quality, 6),
        cost_per_request_micro_usd=entry.cost_per_request_micro_usd,
    )
