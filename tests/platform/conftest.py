from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pareta_plan.platform.server import LocalServer
from tests.platform import scripted
from tests.platform.driving import KEY, client_of, deployed, set_of


@pytest.fixture(scope="session")
def catalog_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scripted.install()
    return scripted.write_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture(scope="module")
def server(catalog_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    state = tmp_path_factory.mktemp("state")
    with LocalServer(state, KEY, catalog_folders=[catalog_dir]) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: LocalServer) -> Iterator[httpx.Client]:
    with client_of(server.url) as client:
        yield client


@pytest.fixture
def closed_gate() -> Iterator[None]:
    scripted.GATE.clear()
    yield
    scripted.GATE.set()


@pytest.fixture(scope="module")
def mood(http: httpx.Client) -> str:
    return deployed(http, "mood-live")


@pytest.fixture
def pages(http: httpx.Client) -> str:
    row = {"input": {"document": None}, "expected": {"first": "one", "last": "two"}}
    return set_of(http, [row, {"expected": {"first": "a", "last": "z"}}], "page-ends")
