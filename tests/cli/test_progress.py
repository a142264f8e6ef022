"""What a pipe sees of several workloads under way: a line a stage of each."""

from __future__ import annotations

import io
import sys

import pytest

from pareta_plan.apply.events import Progress
from pareta_plan.cli.progress import Bars


def test_interleaved_workloads_say_each_stage_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        for done in (1, 2, 3):
            bars.show(Progress("a", "scoring", "", done, 3))
            bars.show(Progress("b", "loading", "Loading weights"))
            bars.clear()
        bars.show(Progress("a", "completed"))
    assert capsys.readouterr().err == "a: scoring\nb: loading (Loading weights)\na: completed\n"


class Terminal(io.StringIO):
    """What can't be redrawn, but says that it can."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_survives_figures_that_make_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than there is, and of a total that comes and goes."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Bars() as bars:
        for done, total in ((39, 40), (41, 40), (1, None), (2, 3), (1e12, 3)):
            bars.show(Progress("a", "scoring", "", done, total))
    assert "40/40" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()
