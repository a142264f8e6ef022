"""Each fault of a provider gives its error, its tries and its bill, and tells no secret."""

from __future__ import annotations

import logging

import pytest

from pareta_plan.platform.providers.transport import Transport
from tests.platform.providers.faults import CASES, KEY, Case, run
from tests.platform.providers.scripted_provider import ScriptedProvider


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
