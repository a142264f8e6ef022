"""Evidence adds up: rows that come later are bought, and none of those before again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.platform import Platform
from tests.faults.scenarios import APPLY, LIVE, Files, grown, manifest
from tests.faults.world import World

MODELS = 2


def of_rows(rows: range, more: str = "rows: as-needed") -> Files:
    """A workload on so many rows, which at least 4 of are bought of at a time."""
    lines = [json.dumps({"input": f"row {n}", "expected": f"answer {n}"}) for n in rows]
    gates = "gates: {min_quality: 0.8}"
    eval = f"eval:\n  items: many.jsonl\n  at_least: 4\n  batch: 3\n  {more}\n  {gates}\n"
    return {"alpha.yaml": manifest("alpha", more=LIVE + eval), "many.jsonl": "\n".join(lines)}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Platform(), tmp_path)


def evidence(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((world.root / "pareta.lock").read_text())
    return dict(found["workloads"]["alpha"]["evidence"])


def scored(world: World) -> int:
    """How many rows were billed, each with each of the models."""
    return sum(n for (what, _), n in world.platform.ledger.items() if what.startswith("eval:"))


def test_what_a_cap_stopped_goes_on_with_rows_that_were_added(world: World) -> None:
    world.platform.overrun = 2
    world.write(of_rows(range(12)))
    capped = world.run(*APPLY, "--max-cost", "0.00215")
    assert capped.code == 6, capped
    bought = evidence(world)["batches"]
    assert sum(batch["rows"] for batch in bought) * MODELS == scored(world) < 12 * MODELS
    world.write(of_rows(range(40)))
    assert "28 rows were added to its 12" in " ".join(world.run("plan").out.split())
    ended = world.run(*APPLY)
    assert ended.code == 0, ended
    assert "decided after 20 of 40 rows" in ended.out
    assert evidence(world)["batches"][: len(bought)] == bought
    assert scored(world) == 20 * MODELS


def test_a_run_of_all_rows_is_gone_on_with_by_a_sequence(world: World) -> None:
    world.write(grown(4))
    assert world.run(*APPLY).code == 0
    first = evidence(world)["run_id"]
    world.write(grown(9))
    assert world.run(*APPLY).code == 0
    found = evidence(world)
    batch = found["batches"][0]
    assert (batch["as_filed"], batch["rows"], batch["run_id"]) == (True, 4, first)
    assert found["results"]["ruby-1"]["bounds"] == "sequence"
    assert found["grown"] == [4]
    assert scored(world) == MODELS * sum(batch["rows"] for batch in found["batches"])


def test_rows_that_decide_are_kept_where_others_are_added(world: World) -> None:
    world.write(of_rows(range(30)))
    assert world.run(*APPLY).code == 0
    before = scored(world)
    world.write(of_rows(range(33)))
    planned = " ".join(world.run("plan").out.split())
    assert "3 rows were added to its 30; the 20 that were bought decide its gates" in planned
    assert "run_" in world.run("results", "alpha", "--limit", "1").out
    ended = world.run(*APPLY)
    assert ended.code == 0, ended
    assert scored(world) == before
    assert (evidence(world)["of_rows"], evidence(world)["grown"]) == (33, [30])
    assert "Nothing to change" in world.run("plan").out


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (of_rows(range(1, 30)), "rows were changed, moved or taken out"),
        (of_rows(range(40), "rows: all"), "10 rows were added to its 30: it goes on after the 20"),
    ],
)
def test_a_plan_says_what_is_gone_on_with(world: World, files: Files, why: str) -> None:
    world.write(of_rows(range(30)))
    assert world.run(*APPLY).code == 0
    world.write(files)
    assert why in " ".join(world.run("plan").out.split())


def test_all_rows_in_one_run_are_bought_anew(world: World) -> None:
    world.write(of_rows(range(30), "rows: all"))
    assert world.run(*APPLY).code == 0
    world.write(of_rows(range(40), "rows: all"))
    planned = " ".join(world.run("plan").out.split())
    assert "10 rows were added, and it is to have all in one run: it starts anew" in planned
    assert world.run(*APPLY).code == 0
    assert evidence(world)["results"]["ruby-1"]["bounds"] == "rows"
    assert scored(world) == 70 * MODELS


def test_a_cap_ends_the_buying_before_the_batch_that_could_pass_it(world: World) -> None:
    """All 40 rows would cost 4,400 micro-dollars, and the 20 that decide 2,200."""
    world.write(of_rows(range(40)))
    capped = world.run(*APPLY, "--max-cost", "0.0015")
    assert capped.code == 6, capped
    said = " ".join((capped.out + capped.err).split())
    assert "stops before it could pass the cap of $0.001500" in said
    assert "Raise the cap and run the same command again" in said
    assert 0 < scored(world) < 20 * MODELS
    assert world.platform.ledger.total() * 110 // MODELS <= 1500
    ended = world.run(*APPLY, "--max-cost", "0.0035")
    assert ended.code == 0, ended
    assert scored(world) == 20 * MODELS
    assert set(world.platform.ledger.values()) == {1}


def test_a_cap_below_the_first_batch_buys_nothing(world: World) -> None:
    world.write(of_rows(range(40)))
    refused = world.run(*APPLY, "--max-cost", "0.0004")
    assert refused.code == 6, refused
    assert "over the cap of $0.000400" in refused.err
    assert not scored(world)


def test_without_scores_of_rows_each_is_bought_once_all_the_same(world: World) -> None:
    world.platform.scoreless = True
    world.write(of_rows(range(30)))
    assert world.run(*APPLY).code == 4
    found = evidence(world)
    assert [batch["rows"] for batch in found["batches"]] == [4, 26]
    assert scored(world) == 30 * MODELS
    mine = found["results"]["ruby-1"]
    assert (mine["bounds"], mine["quality"], mine["scored"]) == ("platform", 1.0, 30)
    away = 0.5 * ((4 / 30) ** 2 + (26 / 30) ** 2) ** 0.5
    assert mine["low"] == pytest.approx(1 - away, abs=1e-6)
    explained = world.run("explain", "alpha").out
    assert "all 30 rows bought: the platform tells no score of a row" in explained
    assert scored(world) == 30 * MODELS
