"""Each fault of a provider gives its error, its tries and its bill, and tells no secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from pareta_plan.hosts.vendors import VENDORS
from pareta_plan.platform.providers.transport import Transport
from tests.platform.providers.faults import CASES, KEY, Case, run
from tests.platform.providers.scripted_provider import ScriptedProvider

DECOYS = {vendor.key: f"sk-{name}-decoy-99c0ffee" for name, vendor in VENDORS.items()}


@pytest.fixture(autouse=True, scope="module")
def _decoys(provider: ScriptedProvider) -> Iterator[None]:
    """Keys of all vendors are in the environment, and none of them goes anywhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in DECOYS.items():
            patch.setenv(name, value)
        yield
    sent = [f"{one.headers} {one.body}" for asked in provider.asked.values() for one in asked]
    assert sent
    assert not [one for one in sent if "decoy-99c0ffee" in one]


def test_there_are_many() -> None:
    assert len([case for case in CASES if case.outcome.nano_usd == 0]) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault(
    case: Case,
    provider: ScriptedProvider,
    sent: Transport,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level(logging.DEBUG):
        got, words = run(case, provider, sent)
    assert got == case.outcome
    told = "".join([words, caplog.text, *capfd.readouterr()])
    assert KEY not in told
    assert KEY[3:] not in told
    assert "The server is on fire" not in told
    assert "decoy" not in told
