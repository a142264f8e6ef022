"""Whole processes, timed side by side."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Command:
    """A program with its arguments; `says` must occur in what it prints."""

    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    says: str = ""

    def output(self) -> str:
        """What it prints to stdout. Raises RuntimeError when it fails or doesn't say `says`."""
        done = subprocess.run(
            self.arguments, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode or self.says not in done.stdout + done.stderr:
            told = f"{done.stdout[-1000:]}{done.stderr[-2000:]}"
            raise RuntimeError(f"{self.arguments} ended with {done.returncode}:\n{told}")
        return done.stdout

    def seconds(self) -> float:
        """How long it takes from start to exit, with its output thrown away."""
        begun = time.perf_counter()
        subprocess.run(
            self.arguments,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - begun


def interleaved(commands: Mapping[str, Command], runs: int) -> dict[str, list[float]]:
    """Seconds of every run by the command's name.

    All commands run once a round, each round beginning with another one, so that what else
    the machine does hits all alike. A first round, not counted, checks what they print.
    """
    for command in commands.values():
        command.output()
    names = list(commands)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(runs):
        shift = round_ % len(names)
        for name in names[shift:] + names[:shift]:
            taken[name].append(commands[name].seconds())
    return taken


def report(taken: Mapping[str, Sequence[float]], base: str, goals: Mapping[str, float]) -> None:
    """Print each command's least and median time, and both as multiples of `base`'s."""
    least, middle = min(taken[base]), median(taken[base])
    width = max(map(len, taken))
    print(f"{'':{width}}   min ms   median ms   min/min   median/median   goal")
    for name, seconds in taken.items():
        goal = f"at most {goals[name]:g}" if name in goals else ""
        print(
            f"{name:{width}} {min(seconds) * 1000:8.1f} {median(seconds) * 1000:11.1f}"
            f" {min(seconds) / least:9.2f} {median(seconds) / middle:15.2f}   {goal}".rstrip()
        )
