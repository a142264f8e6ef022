"""A GitHub on loopback, and runners whose checkouts are projects on the test catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.action.fake_github import FakeGitHub, served
from tests.action.workflow_runner import Runner


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with served(FakeGitHub()) as github:
        yield github


@pytest.fixture
def runner(tmp_path: Path, github: FakeGitHub) -> Runner:
    made = Runner(tmp_path / "runner", github.url)
    made.installed()
    return made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client waited, without the waiting."""
    waited: list[float] = []
    sleep: Callable[[float], None] = waited.append
    monkeypatch.setattr("pareta_plan.action.github.time.sleep", sleep)
    return waited
