"""What is shown while slow steps run, on a terminal and elsewhere."""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.apply.events import Progress
from pareta_plan.cli.display import Display
from pareta_plan.cli.progress import Bars
from pareta_plan.cli.tally import Tally
from pareta_plan.plan.result import Result, Status
from tests.entries import evaluation


def test_interleaved_workloads_say_each_stage_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        for done in (1, 2, 3):
            bars.show(Progress("a", "scoring", "", done, 3))
            bars.show(Progress("b", "loading", "Loading weights"))
        bars.show(Progress("a", "completed"))
    assert capsys.readouterr().err == "a: scoring\nb: loading (Loading weights)\na: completed\n"


class Terminal(io.StringIO):
    """What can't be redrawn, but says that it can."""

    def isatty(self) -> bool:
        return True

    def pictures(self) -> str:
        """What was written, without what moves the cursor or colours."""
        return re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", self.getvalue())


def test_a_terminal_survives_figures_that_make_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than there is, and of a total that comes and goes."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    display = Display(terminal, (), no_color=False)
    for done, total in ((39, 40), (41, 40), (1, None), (2, 3), (1e12, 3)):
        display.show(Progress("a", "scoring", "", done, total, rows=True))
        display.draw()
    display.close()
    assert "40/40" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()


def test_one_bar_tells_rows_workloads_and_money_of_it_all() -> None:
    terminal = Terminal()
    changes = [
        evaluation("a", 10),
        evaluation("b", 30),
        evaluation("c", 0),
    ]
    display = Display(terminal, changes, no_color=True)
    display.show(Progress("a", "scoring", "", 5, 20, rows=True, billed_micro_usd=7))
    display.draw()
    display.ended(Result(changes[0], Status.DONE, billed_micro_usd=20))
    display.show(Progress("b", "loading", "Loading the model"))
    display.draw()
    display.close()
    before, after = terminal.pictures().split("1 of 3 workloads")[0:2]
    assert re.search(r"0 of 3 workloads .* 5 of 80 rows .* \$0\.000007", before)
    assert re.search(r"20 of 80 rows .* \$0\.000020", after)
    assert "loading (Loading the model)" in after
    assert "\x1b[3" not in terminal.getvalue()  # no colour


def test_what_is_said_to_a_signal_stands_on_a_line_of_its_own() -> None:
    terminal = Terminal()
    display = Display(terminal, [evaluation("a", 10)], no_color=True)
    display.show(Progress("a", "scoring", "", 1, 20, rows=True))
    display.draw()
    display.say(b"stopping\n")
    display.draw()
    display.close()
    assert "\nstopping\n" in terminal.pictures().replace("\r", "\n")
    assert display.last_words(b"over") == b"over"  # nothing is drawn any more
    assert terminal.getvalue().count("\x1b[?25l") == terminal.getvalue().count("\x1b[?25h")


events = st.lists(st.tuples(st.sampled_from("ab"), st.integers(-1, 50), st.booleans()), max_size=20)


@given(events)
def test_no_more_is_done_than_there_is(told: list[tuple[str, int, bool]]) -> None:
    changes = {"a": evaluation("a", 10), "b": evaluation("b", 0)}
    tally = Tally(changes.values(), 0.0)
    for name, done, over in told:
        if over:
            tally.ended(Result(changes[name], Status.DONE))
        else:
            tally.progress(Progress(name, "scoring", "", max(done, 0), 20, rows=True))
        assert 0 <= tally.rows_done <= tally.rows == 20
        left = tally.left(60.0)
        assert left is None or left >= 0


def test_the_time_left_is_of_the_pace_so_far_and_not_of_what_was_there_before() -> None:
    tally = Tally([evaluation("a", 50)], 0.0)
    tally.progress(Progress("a", "scoring", "", 40, 100, rows=True))
    assert tally.left(1.0) is None
    tally.progress(Progress("a", "scoring", "", 60, 100, rows=True))
    assert tally.left(10.0) == 20.0
