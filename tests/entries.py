"""Lockfile entries and what they are planned against, small and made by hand or at random."""

from __future__ import annotations

from hypothesis import strategies as st

from pareta_plan.plan.model import Action, Change, Class, Reason
from pareta_plan.plan.steps import Evaluate, Hold, Step
from pareta_plan.project.lockfile import (
    Basis,
    Deployment,
    Entry,
    Evidence,
    Gap,
    LockedCandidate,
    LockedData,
    LockedFrontier,
    LockedModel,
    LockedTask,
    Lockfile,
    Measured,
)

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
micro = st.none() | st.integers(0, 10**12)
shares = st.none() | st.floats(0, 1)
candidates = st.builds(
    LockedCandidate,
    id=ids,
    kind=st.sampled_from(["open", "frontier"]),
    quality=shares,
    cost_per_request_micro_usd=micro,
)
measured = st.builds(
    Measured,
    kind=st.sampled_from(["open", "frontier"]),
    quality=shares,
    low=shares,
    high=shares,
    cost_per_request_micro_usd=micro,
    scored=st.integers(0, 10**6),
    errors=st.integers(0, 10**6),
)
gaps = st.builds(
    Gap, gap=st.floats(-1, 1), low=st.floats(-1, 1), high=st.floats(-1, 1), paired=st.booleans()
)
bases = st.builds(
    Basis,
    task=ids,
    definition=st.none() | ids,
    rows=ids,
    prompt=ids,
    candidates=st.lists(candidates, min_size=1, max_size=3),
)
entries = st.builds(
    Entry,
    manifest=ids,
    intent=st.none() | ids,
    task=st.builds(LockedTask, id=ids, matcher=ids, score=shares, confidence=st.none() | ids),
    model=st.builds(LockedModel, requested=ids, resolved=candidates, reason=ids),
    frontier=st.builds(
        LockedFrontier,
        requested=ids | st.lists(ids, max_size=3),
        resolved=st.lists(candidates, max_size=3),
    ),
    compare=st.lists(candidates, max_size=2),
    data=st.none() | st.builds(LockedData, digest=ids, rows=st.integers(0, 10**6)),
    evidence=st.none()
    | st.builds(
        Evidence,
        basis=bases,
        gates=st.dictionaries(ids, st.floats(0, 1), max_size=2),
        run_id=ids,
        results=st.dictionaries(ids, measured, max_size=3),
        gaps=st.dictionaries(ids, gaps, max_size=2),
    ),
    deployment=st.none()
    | st.builds(Deployment, endpoint=ids, task=ids, model=ids, stem=st.none() | ids),
    prevent_destroy=st.sampled_from([None, True]),
)
lockfiles = st.builds(Lockfile, platform=ids, workloads=st.dictionaries(names, entries, max_size=4))


def candidate(id: str, *, kind: str = "open", cost: int | None = 10) -> LockedCandidate:
    """A candidate of quality 0.9."""
    values = {"id": id, "kind": kind, "quality": 0.9, "cost_per_request_micro_usd": cost}
    return LockedCandidate.model_validate(values)


def basis(rows: str = "sha256:d") -> Basis:
    """What an eval of one model rests on."""
    return Basis(task="parcel-status", rows=rows, prompt="sha256:p", candidates=[candidate("m")])


def entry(model: str = "linear-1", *, baseline_cost: int | None = 100, rows: int = 4) -> Entry:
    """An entry with one baseline and some rows."""
    return Entry(
        manifest="sha256:m",
        intent="parcel status",
        task=LockedTask(id="parcel-status", matcher="keyword"),
        model=LockedModel(requested="recommended", resolved=candidate(model), reason="best"),
        frontier=LockedFrontier(
            requested="benchmarked",
            resolved=[candidate("acme-large", kind="frontier", cost=baseline_cost)],
        ),
        data=LockedData(digest="sha256:d", rows=rows) if rows else None,
    )


def evaluation(name: str, rows: int, models: int = 2, cost: int | None = 0) -> Change:
    """A change that only holds gates, and evaluates where it has rows; its cost in micro-USD."""
    steps: list[Step] = [Evaluate("sha256:0"), Hold()] if rows else [Hold()]
    return Change(
        workload=name,
        action=Action.EVALUATE,
        classes=[Class.NEW],
        reason=Reason.NOT_EVALUATED,
        why="",
        steps=steps,
        rows=rows,
        models=models,
        reserve_micro_usd=cost,
    )
