"""What an intent became: its task, the model and the baselines, and why they."""

from __future__ import annotations

from collections.abc import Iterator

from pareta_plan.project.lockfile import LockedCandidate, Resolution
from pareta_plan.words import WIDTH, quality, usd, wrapped

FACT = " " * 10


def resolution(made: Resolution, width: int = WIDTH) -> Iterator[str]:
    """What an intent became, and why, a fact at a time."""
    for fact in _facts(made):
        yield from wrapped(fact, FACT, width)


def _facts(made: Resolution) -> Iterator[str]:
    task, model = made.task, made.model
    if made.intent:
        yield f"intent    {' '.join(made.intent.split())}"
    score = "" if task.score is None else f", score {task.score:.2f}, {task.confidence} confidence"
    yield f"task      {task.id} ({'matched by ' if score else ''}{task.matcher}{score})"
    if task.ambiguous_with:
        yield f"          about as close: {task.ambiguous_with}; pin one with `task:`"
    yield f"model     {model.resolved.id} ({model.reason})"
    yield from _standing(task.id, model.resolved)
    for baseline in made.frontier.resolved:
        yield f"baseline  {baseline.id}"
        yield from _standing(task.id, baseline)


def _standing(task: str, candidate: LockedCandidate) -> Iterator[str]:
    """What a project's own model stands for and costs, and what the leaderboard says."""
    if candidate.served:
        yield f"{FACT}{candidate.served}"
    if candidate.price:
        yield f"{FACT}price {candidate.price}"
    yield f"{FACT}{_figures(task, candidate)}"


def _figures(task: str, candidate: LockedCandidate) -> str:
    if candidate.figures:
        return f"{candidate.figures}: `pareta-plan catalog bench {task} --model {candidate.id}`"
    if candidate.quality is None and candidate.cost_per_request_micro_usd is None:
        return "quality and price unknown"
    price = usd(candidate.cost_per_request_micro_usd)
    return f"leaderboard: quality {quality(candidate.quality)}, {price} a request"
