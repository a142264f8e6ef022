"""Applies that are hit anywhere come to the same end and the same bill as one that was not.

Every fourth case of `python -m tests.faults`, which runs all of them and each by its name.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from pareta_plan.apply.evaluation import Evaluation
from pareta_plan.client.remote import RunOrder
from tests.faults import cases as harness
from tests.faults.cases import End, cases, clean, deaths, differs, start
from tests.faults.scenarios import APPLY, SCENARIOS
from tests.faults.world import Fault, Kind, World

END = harness._end
SHARE = 4
LEAST = 200


@pytest.fixture(autouse=True, scope="module")
def _cleaned() -> Iterator[None]:
    yield
    clean()


def some(name: str) -> list[str]:
    return [case for case in cases(name) if crc32(case.encode()) % SHARE == 0]


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_was_hit_converges(name: str) -> None:
    wrong = [f"{case}: {found}" for case in some(name) if (found := differs(case))]
    assert not wrong, "\n\n".join(wrong)


def test_there_are_enough_kill_points() -> None:
    assert sum(deaths(some(name)) for name in SCENARIOS) >= LEAST


def test_the_order_does_not_change_the_end() -> None:
    for name in ("first", "swap"):
        assert start(f"{name}-at-once").end == start(name).end


def test_the_harness_sees_what_is_paid_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real, keys = Evaluation._start, iter(range(100))

    def forgetful(self: Evaluation, order: RunOrder, key: str, *, mine: bool) -> str:
        return real(self, order, f"{key}-{next(keys)}", mine=mine)

    at = start("first").points.index("POST /v1/eval-runs")
    assert differs(f"first/{at}-after") is None
    monkeypatch.setattr(Evaluation, "_start", forgetful)
    assert "ledger: " in str(differs(f"first/{at}-after"))


def test_the_harness_sees_what_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    case = partial("swap/{}-before".format, start("swap").points.index("lockfile", 30) + 1)
    assert differs(case()) is None
    monkeypatch.setattr("pareta_plan.apply.journal.Journal.intend", lambda *_: None)
    monkeypatch.setattr("pareta_plan.apply.journal.Journal.left", lambda *_: set())
    assert "endpoints: " in str(differs(case()))


@pytest.mark.parametrize("part", End._fields)
def test_the_harness_compares_the_whole_end(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = "anew/0-before"
    assert differs(case) is None
    other: dict[str, Any] = {part: object()}
    monkeypatch.setattr(harness, "_end", lambda *at: END(*at)._replace(**other))
    assert str(differs(case)).startswith(f"{part}: ")


def test_what_was_begun_outside_a_selection_is_left_for_later(tmp_path: Path) -> None:
    begun = start("first")
    root = Path(shutil.copytree(begun.folder, tmp_path / "project"))
    world = World(copy.deepcopy(begun.platform), root)
    at = begun.points.index("POST /v1/chat/completions")
    assert SCENARIOS["first"].apply(world, Fault(at, Kind.AFTER))[0] is None
    (there,) = world.platform.endpoints
    selected = world.run(*APPLY, "--target", "gamma")
    assert selected.code == 0, selected
    assert there in world.platform.endpoints
    assert world.run(*APPLY).code == 0
    assert +world.platform.ledger == begun.end.ledger
    assert (root / "pareta.lock").read_bytes() == begun.end.lockfile
    assert not list(root.glob(".pareta/journal-*"))
