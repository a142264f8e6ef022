"""The transcript of a review in the docs, run as it is: every step ends as it claims."""

from __future__ import annotations

import sys

import pytest

from scripts import review_flow
from tests.conftest import REPOSITORY


def test_a_change_is_reviewed_refused_applied_killed_and_resumed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setattr(sys, "argv", ["review_flow"])
    review_flow.main()
    said = capsys.readouterr().out
    refused, planned, killed, resumed, empty = (
        said.index(text)
        for text in (
            "error: the plan no longer fits: endpoint ticket-urgency-",
            "its endpoint ticket-urgency-",
            "[killed: signal 9]",
            "note: an earlier apply has not finished; apply goes on where it stood",
            "Nothing to change: 1 workload up to date.",
        )
    )
    assert refused < planned < killed < resumed < empty
    docs = (REPOSITORY / "docs" / "plan.md").read_text("utf-8")
    shown = docs[docs.index("```\n~ ticket-urgency") + 4 :]
    assert shown[: shown.index("```")] in said
