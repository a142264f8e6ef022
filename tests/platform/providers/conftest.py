from __future__ import annotations

from collections.abc import Iterator

import pytest

from pareta_plan.platform.providers.transport import Transport
from tests.platform.providers.faults import hurried
from tests.platform.providers.scripted_provider import ScriptedProvider, scripted_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as running:
        yield running


@pytest.fixture(scope="module")
def sent() -> Iterator[Transport]:
    with hurried(), Transport() as running:
        yield running
