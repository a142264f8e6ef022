"""What a terminal gets: its columns, colours that are seen, bars that nothing scribbles over."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from pareta_plan.cli import terminal
from tests.cli.projects import LIVE, manifest
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Cli

ESCAPES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


class Shown:
    """A command on a terminal of its own."""

    def __init__(self, cli: Cli, *arguments: str, columns: int = 80, **env: str) -> None:
        self._ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, columns))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pareta_plan", *arguments],
            cwd=cli.root,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", **env},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.text = ""

    def until(self, word: str, seconds: float = 60) -> None:
        """Read until a word is there."""
        end = time.monotonic() + seconds
        while word not in self.text and time.monotonic() < end and self._read():
            pass
        assert word in self.text, self.text

    def ended(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(30)

    def _read(self) -> bool:
        try:
            part = os.read(self._ours, 4096)
        except OSError:  # nobody has it any more
            return False
        self.text += part.decode().replace("\r\n", "\n")
        return bool(part)

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{line}\n".encode())


INTENT = "parcel status " + "and where it was seen last " * 8


@pytest.mark.parametrize(("columns", "most"), [(60, 60), (100, 100), (140, terminal.READABLE)])
def test_text_takes_the_columns_that_there_are(columns: int, most: int, cli: Cli) -> None:
    more = "task: parcel-status\n" + LIVE
    cli.write({"pareta.yaml": manifest(intent=INTENT, more=more)})
    if columns == 60:
        assert cli("lock").code == 0
        shown = Shown(cli, "plan", "--frozen", columns=columns, NO_COLOR="1")
        assert shown.ended() == 0
        text = shown.text
    else:
        text = cli("plan", COLUMNS=str(columns)).out
    longest = max(map(len, text.splitlines()))
    assert most - 30 < longest <= most


def test_a_refusal_is_wrapped_on_a_terminal_and_a_line_in_a_pipe(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more="labels: 5\nmodle: nothing\n")})
    shown = Shown(cli, "validate", columns=40)
    assert shown.ended() == 1
    assert max(map(len, shown.text.splitlines())) <= 40
    piped = cli("validate").err
    assert max(map(len, piped.splitlines())) > 40
    assert shown.text.split() == piped.split()


def luminance(shade: int) -> float:
    """WCAG's relative luminance of a shade of the 256-colour palette's cube."""
    levels = (0, 95, 135, 175, 215, 255)
    cube = shade - 16
    parts = [levels[n] / 255 for n in (cube // 36, cube // 6 % 6, cube % 6)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", sorted(terminal.SHADES))
def test_no_colour_vanishes_on_black_or_white(colour: str) -> None:
    found = luminance(terminal.SHADES[colour])
    assert (found + 0.05) / 0.05 > 3.5  # on black
    assert 1.05 / (found + 0.05) > 3.5  # on white


def test_colour_is_for_terminals_that_want_it(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE)})
    assert cli("lock").code == 0
    for kind, code in (("xterm-256color", "\x1b[38;5;28m"), ("xterm", "\x1b[32m")):
        shown = Shown(cli, "plan", "--frozen", TERM=kind, COLORTERM="")
        assert shown.ended() == 0
        assert code in shown.text
    unwanted: list[tuple[list[str], str, str]]
    unwanted = [([], "NO_COLOR", "1"), (["--no-color"], "LANG", "C"), ([], "TERM", "dumb")]
    for options, name, value in unwanted:
        shown = Shown(cli, "plan", "--frozen", *options, columns=80, **{name: value})
        assert shown.ended() == 0
        assert "\x1b" not in shown.text


def test_a_signal_leaves_the_terminal_tidy(cli: Cli) -> None:
    """Bars while it runs, what is said to Ctrl-C on a line of its own, and the cursor back."""
    rows = "".join(f'{{"input": "row {n}", "expected": "lost"}}\n' for n in range(3000))
    eval = "eval: {items: rows.jsonl}\n"
    cli.write({"pareta.yaml": manifest(more=LIVE + eval), "rows.jsonl": rows})
    shown = Shown(cli, "apply", "--auto-approve")
    shown.until(" of 3,000 rows")
    shown.process.send_signal(signal.SIGINT)
    code = shown.ended()
    said = ESCAPES.sub("", shown.text).replace("\r", "\n").splitlines()
    assert "stopping after the steps in hand; once more stops at once" in said
    assert "stopped; run the same command again to go on" in said
    assert code == 130
    assert shown.text.rindex("\x1b[?25h") > shown.text.rindex("\x1b[?25l")


def test_init_asks_until_the_answers_are_of_use(cli: Cli) -> None:
    rows = "input,expected\nHanded over at the door,delivered\n"
    cli.write({"rows.csv": rows, "bad.csv": "input,expected\nOn its way,away\n"})
    shown = Shown(cli, "init")
    shown.until("words: ")
    answers = ("parcel-stat", "parcel-status", "bad.csv", "rows.csv", "linear", "linear-1")
    for answer in answers:
        shown.type(answer)
    assert shown.ended() == 0
    assert "did you mean 'parcel-status'?" in " ".join(shown.text.split())
    assert cli("validate").code == 0
    assert "evaluate 1 row" in cli("plan").out
