"""Runs made by hand, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pareta_plan.errors import Location
from pareta_plan.gates.compared import Compared, compare
from pareta_plan.project.lockfile import Evidence, Measured
from pareta_plan.project.rows import EvalData, Row
from pareta_plan.wire import EvalRun
from tests.entries import basis, candidate

MODEL, BASELINE, WEAKER = "m", "acme-large", "acme-small"
Told = tuple[str | None, float | None] | str
"""An answer with its score, or the text of an error."""


def compared(
    expected: Sequence[Any], told: Mapping[str, Sequence[Told]], ids: Sequence[Any] = ()
) -> Compared:
    """A run of rows that expect this, in which models said that."""
    rows = [
        Row(
            {"input": f"text {i}", "expected": want, **({"id": ids[i]} if ids else {})},
            Location("a", i),
        )
        for i, want in enumerate(expected)
    ]
    kinds = {id: "open" if id.startswith("m") else "frontier" for id in told}
    qualities = {BASELINE: 0.9, WEAKER: 0.5}
    results = {
        id: Measured.model_validate({"kind": kind, "quality": qualities.get(id)})
        for id, kind in kinds.items()
    }
    rests = basis().model_copy(
        update={"candidates": [candidate(id, kind=kind) for id, kind in kinds.items()]}
    )
    answers = [
        {"model_id": id, "per_item": [item(idx, one) for idx, one in enumerate(said)]}
        for id, said in told.items()
    ]
    run = EvalRun.model_validate({"run": {"id": "r"}, "results": answers})
    evidence = Evidence(basis=rests, run_id="r", results=results)
    return compare(run, EvalData(tuple(rows), None, "d"), evidence)


def item(idx: int, told: Told) -> dict[str, Any]:
    if isinstance(told, str):
        return {"idx": idx, "error": told}
    return {"idx": idx, "prediction": told[0], "score": told[1]}
