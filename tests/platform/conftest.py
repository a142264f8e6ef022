from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import scripted

from pareta_plan.platform.server import LocalServer

KEY = "pareta_sk_test"

Serve = Callable[..., LocalServer]


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


def client_of(url: str) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=20, trust_env=False
    )
