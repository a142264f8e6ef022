"""What a pipe sees of several workloads under way: a line a stage of each."""

from __future__ import annotations

import pytest

from pareta_plan.cli.progress import Bars
from pareta_plan.events import Progress


def test_interleaved_workloads_say_each_stage_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        for done in (1, 2, 3):
            bars.show(Progress("a", "scoring", "", done, 3))
            bars.show(Progress("b", "loading", "Loading weights"))
            bars.clear()
        bars.show(Progress("a", "completed"))
    assert capsys.readouterr().err == "a: scoring\nb: loading (Loading weights)\na: completed\n"
