from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pareta_plan.platform.server import LocalServer
from tests.client.driving import FACES, KEY, Face
from tests.conftest import CATALOG


@pytest.fixture(params=FACES, ids=[face.name for face in FACES])
def face(request: pytest.FixtureRequest) -> Face:
    chosen: Face = request.param
    return chosen


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the client waits between tries, in seconds; it is written down, not waited."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(time, "sleep", made.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A live embedded platform: the built-in catalog, and the test's with its quick baselines."""
    state: Path = tmp_path_factory.mktemp("state")
    with LocalServer(state, KEY, catalog_folders=[CATALOG]) as running:
        yield running
