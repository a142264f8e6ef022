"""What a million earlier requests cost the next one.

    python -m bench.history [--requests N] [--rounds N] [--tree FOLDER]

Two platforms on states of their own, one new and one with that history, written by SQL, are
asked in turns, so that what else the machine does hits both alike. `--tree` takes another working
tree's platform.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.talking import STATE, Client, platform

TASK, MODEL, ENDPOINT = "sentiment", "bayes-1", "bench"
ROWS = [{"input": f"a fine day, number {n}", "expected": "positive"} for n in range(20)]
HISTORY = """
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
INSERT INTO requests SELECT 'old' || n, '{endpoint}', n, 5.0, 1, 3, 1, 2 FROM n;
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
INSERT INTO ledger SELECT 'chat:old' || n, 'endpoint:{endpoint}', n, 2 FROM n;
"""


def main() -> None:
    """Print the medians of both, in milliseconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--tree", type=Path, default=Path.cwd())
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        _prepare(new, old, asked.requests, asked.tree)
        with platform(new, asked.tree) as (port, _), platform(old, asked.tree) as (other, _):
            taken = _timed([Client(port), Client(other)], asked.rounds)
    print(f"{'ms, median':14}{'none before':>14}{f'{asked.requests:,} before':>20}")
    for name, (few, many) in taken.items():
        print(f"{name:14}{few * 1000:14.2f}{many * 1000:20.2f}")


def _prepare(new: Path, old: Path, count: int, tree: Path) -> None:
    new.mkdir()
    with platform(new, tree) as (port, _):
        Client(port).deploy(TASK, MODEL, ENDPOINT)
    shutil.copytree(new, old)
    begun = time.perf_counter()
    with sqlite3.connect(old / STATE) as connection:
        connection.executescript(HISTORY.format(count=count, endpoint=ENDPOINT))
    connection.close()
    print(f"{count:,} requests written in {time.perf_counter() - begun:.0f} s")


def _timed(clients: list[Client], count: int) -> dict[str, tuple[float, float]]:
    sets = [client.rows(TASK, ROWS) for client in clients]
    metric = f"/v1/endpoints/{ENDPOINT}"
    work: dict[str, Callable[[int], float]] = {
        "chat": lambda n: clients[n].chat(ENDPOINT, "a fine day"),
        "eval row": lambda n: clients[n].run(sets[n], MODEL, 0.002) / len(ROWS),
        **{
            name: lambda n, name=name: clients[n].call("GET", f"{metric}/{name}")[0]  # type: ignore[misc]
            for name in ("performance", "cost", "activity")
        },
    }
    taken: dict[str, tuple[float, float]] = {}
    for name, once in work.items():
        rounds = [(once(0), once(1)) for _ in range(count if name != "eval row" else min(count, 5))]
        few, many = zip(*rounds, strict=True)
        taken[name] = (median(few), median(many))
    return taken


if __name__ == "__main__":
    main()
