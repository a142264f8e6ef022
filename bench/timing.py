"""Whole processes, timed side by side."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Taken(NamedTuple):
    """What a run took, in seconds: on the clock, and of processors."""

    wall: float
    cpu: float


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

    def timed(self) -> Taken:
        """Run it from start to exit, with its output thrown away."""
        before, begun = _cpu_of_ended(), time.perf_counter()
        subprocess.run(
            self.arguments,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return Taken(time.perf_counter() - begun, _cpu_of_ended() - before)


def _cpu_of_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def interleaved(commands: Mapping[str, Command], runs: int) -> dict[str, list[Taken]]:
    """What every run took, by the command's name.

    All commands run once a round, each round beginning with another one, so that what else
    the machine does hits all alike. A first round, not counted, checks what they print.
    """
    for command in commands.values():
        command.output()
    names = list(commands)
    taken: dict[str, list[Taken]] = {name: [] for name in names}
    for round_ in range(runs):
        shift = round_ % len(names)
        for name in names[shift:] + names[:shift]:
            taken[name].append(commands[name].timed())
    return taken


def report(taken: Mapping[str, Sequence[Taken]], base: str, goals: Mapping[str, float]) -> None:
    """Print each command's times in milliseconds, and in brackets as multiples of `base`'s."""
    width = max(map(len, taken))
    print(f"{'ms (ratio)':{width}}        wall, min     wall, median         CPU, min   goal")
    bases = _figures(taken[base])
    for name, runs in taken.items():
        pairs = zip(_figures(runs), bases, strict=True)
        cells = "".join(f"{ms:9.1f} ({ms / of:5.2f})" for ms, of in pairs)
        goal = f"ratio at most {goals[name]:g}" if name in goals else ""
        print(f"{name:{width}}{cells}   {goal}".rstrip())


def _figures(runs: Sequence[Taken]) -> tuple[float, float, float]:
    walls = [run.wall * 1000 for run in runs]
    return min(walls), median(walls), min(run.cpu for run in runs) * 1000
