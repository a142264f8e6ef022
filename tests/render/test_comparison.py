"""The table of a chosen model beside its baselines."""

from __future__ import annotations

import pytest

from pareta_plan.project.lockfile import Evidence, Measured
from pareta_plan.render.comparison import comparison
from tests.entries import basis, entry


def measured(kind: str) -> Measured:
    figures = {"quality": 0.9, "low": 0.85, "high": 0.95, "cost_per_request_micro_usd": 1_234_567}
    return Measured.model_validate({"kind": kind, "scored": 100, **figures})


def lines(*ids: str) -> list[str]:
    results = {id: measured("frontier" if id.startswith("acme") else "open") for id in ids}
    evidence = Evidence(basis=basis(), run_id="r", results=results)
    return comparison(entry("chosen-1"), evidence, 78)


def test_the_chosen_model_comes_first_and_the_baselines_last() -> None:
    table = lines("acme-large", "bayes-1", "chosen-1")
    assert [line.split()[:2] for line in table] == [
        ["model", "role"],
        ["chosen-1", "chosen"],
        ["bayes-1", "candidate"],
        ["acme-large", "baseline"],
    ]


@pytest.mark.parametrize("length", [16, 17, 30, 78])
def test_long_names_keep_the_table_within_the_width(length: int) -> None:
    name = "acme-" + "x" * (length - 5)
    table = lines("chosen-1", name, "bayes-1")
    assert max(map(len, table)) <= 78
    assert sum(name in line for line in table) == 1
    starts = {
        line.index(role) for line in table for role in ("chosen ", "baseline") if role in line
    }
    assert len(starts) == 1
