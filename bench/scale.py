"""Time and memory of a plan as projects grow: 1,000 workloads, and ten times as many.

python -m bench.scale [--workloads N ...] [--pareta-plan SCRIPT]

The lockfile and the platform's database are made to say that everything is deployed; nothing
is served, so that ten thousand endpoints need no minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import installed

FILE = 500  # workloads a manifest file
GOAL_TIMES, GOAL_MB = 10, 150
MANIFEST = """\
version: 1
name: w-{n}
intent: Sentiment of the customer review number {n}
model: recommended
frontier: none
deploy: {{state: live}}
"""


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds on the clock, and the most memory it held."""

    seconds: float
    megabytes: float


class Bench:
    """A project with so many workloads."""

    def __init__(self, script: Path, root: Path, workloads: int) -> None:
        self._script = script
        self._root = root
        for first in range(0, workloads, FILE):
            numbers = range(first, min(first + FILE, workloads))
            text = "---\n".join(MANIFEST.format(n=n) for n in numbers)
            (root / f"workloads-{first}.yaml").write_text(text, "utf-8")

    def run(self, *arguments: str) -> Cost:
        """Run a command to its end. Raises RuntimeError when it fails."""
        begun = time.perf_counter()
        process = subprocess.Popen(
            [self._script, "-C", self._root, *arguments],
            env=installed.environment(PARETA_PLAN_CACHE=str(self._root / ".cache")),
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{arguments} ended with {process.returncode}")
        return Cost(time.perf_counter() - begun, used.ru_maxrss / 1024)

    def least(self, *arguments: str, runs: int = 3) -> Cost:
        """The least of several runs, which is the one that the machine disturbed least."""
        costs = [self.run(*arguments) for _ in range(runs)]
        return Cost(min(c.seconds for c in costs), min(c.megabytes for c in costs))

    def pretend_deployed(self) -> None:
        """Let lockfile and platform say that everything is live."""
        path = self._root / "pareta.lock"
        lock = json.loads(path.read_bytes())
        ids = [self._deployment(name, entry) for name, entry in lock["workloads"].items()]
        text = json.dumps(lock, sort_keys=True, indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", "utf-8")
        state = self._root / ".pareta" / "platform" / "platform.sqlite3"
        with closing(sqlite3.connect(state)) as connection, connection:
            connection.executemany(
                "INSERT INTO endpoints (id, task_id, alias, status, owner, created)"
                " VALUES (?, ?, ?, 'live', 'bench', 0)",
                ids,
            )

    @staticmethod
    def _deployment(name: str, entry: dict[str, Any]) -> tuple[str, str, str]:
        task, model = entry["task"]["id"], entry["model"]["resolved"]
        kept = {key: model[key] for key in ("quality", "cost_per_request_micro_usd")}
        made = {"endpoint": f"{name}-made", "task": task, "model": model["id"], "stem": name}
        entry["deployment"] = {**made, "state": "live", **kept}
        return made["endpoint"], task, model["id"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workloads", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--pareta-plan", type=Path, help="a script that is installed already")
    given = parser.parse_args()
    script = given.pareta_plan or installed.pareta_plan()
    measured = {n: _measure(script, n) for n in given.workloads}
    first, *_, last = measured
    print(f"{'':34}" + "".join(f"{n:>20,}" for n in measured))
    for what in measured[first]:
        cells = (
            f"{m[what].seconds:11.2f} s {m[what].megabytes:4.0f} MB" for m in measured.values()
        )
        times = measured[last][what].seconds / measured[first][what].seconds
        print(f"{what:34}{''.join(cells)}   {times:.1f}x")
    print(f"goals: a plan takes at most {GOAL_TIMES}x the time, and {GOAL_MB} MB")


def _measure(script: Path, workloads: int) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(script, Path(scratch), workloads)
        costs = {"first lock": bench.run("lock")}
        costs["plan, everything to create"] = bench.least("plan")
        costs["the same, saved"] = bench.least("plan", "--out", str(Path(scratch, "all.plan")))
        bench.pretend_deployed()
        costs["plan, nothing to change"] = bench.least("plan")
        costs["the same, --frozen (no platform)"] = bench.least("plan", "--frozen")
        return costs


if __name__ == "__main__":
    main()
