"""How fast runs are, and what memory they take, on the embedded platform.

Whole `apply`s and the runs in them: rows of a provider that answers over HTTP in 50 ms and takes 50
requests at once, of a model in the process that does the same, and of `linear-1` once it is
trained.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bench.providers import serving

ROOT = Path(__file__).parents[1]
SECONDS = 0.05
AT_ONCE = 50
GOALS = {
    "provider": (1.5, 3.0, 150),
    "sleeper": (1.5, 3.0, 150),
    "linear": (3.0, None, None),
}
"""Of a run of 1,000 (5,000) rows: seconds of the run, of the apply, and megabytes."""


def main() -> None:
    """Print a table of what each case takes, beside its goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help="of the first case alone")
    options = parser.parse_args()
    ordinary = [("provider", 1000), ("sleeper", 1000), ("linear", 5000)]
    cases = [("provider", options.rows)] if options.rows else ordinary
    print(f"{'case':10}{'rows':>9}{'run, s':>9}{'apply, s':>10}{'MB':>7}   goals (run, apply, MB)")
    with serving(round(SECONDS * 1000)) as port:
        _print(cases, port)


def _print(cases: list[tuple[str, int]], port: int) -> None:
    for name, rows in cases:
        taken = _measured(name, rows, port)
        goals = GOALS[name] if rows in (1000, 5000) else (None, None, 300)
        shown = ", ".join("-" if goal is None else f"{goal:g}" for goal in goals)
        figures = f"{taken['run']:9.2f}{taken['apply']:10.2f}{taken['mb']:7.0f}"
        print(f"{name:10}{rows:9,}{figures}   {shown}")


def _measured(name: str, rows: int, port: int) -> dict[str, float]:
    """An apply in a process of its own; of `linear` the second, for which it is trained."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, float] = {}
        for attempt in range(2 if name == "linear" else 1):
            project = Path(folder) / str(attempt)
            _write(project, name, rows, port)
            command = [sys.executable, "-m", "bench.evals_child", str(project), name]
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
            environment = {k: v for k, v in environment.items() if not k.startswith("PARETA_")}
            started = time.perf_counter()
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, check=False
            )
            taken = time.perf_counter() - started
            if done.returncode:
                raise SystemExit(f"{done.stdout}\n{done.stderr}")
            found = {**json.loads(done.stdout.splitlines()[-1]), "apply": taken}
        return found


def _write(project: Path, name: str, rows: int, port: int) -> None:
    (project / "data").mkdir(parents=True)
    heldout = ROOT / "pareta_plan/platform/tasks/support-ticket-urgency/heldout.jsonl"
    texts = [json.loads(line) for line in heldout.read_text("utf-8").splitlines()]
    with (project / "data" / "rows.jsonl").open("w", encoding="utf-8") as file:
        for number in range(rows):
            row = texts[number % len(texts)]
            said = {"input": f"{row['input']} ({number})", "expected": row["expected"]}
            file.write(json.dumps(said) + "\n")
    manifest = {
        "version": 1,
        "name": "ticket-urgency",
        "intent": "classify support tickets by urgency",
        "task": "support-ticket-urgency",
        "model": "served-1" if name == "provider" else "linear-1",
        "frontier": "none",
        "eval": {"items": "data/rows.jsonl", "gates": {"max_error_rate": 0.5}},
    }
    if name == "provider":
        at = f"http://127.0.0.1:{port}/v1"
        model = {"alias": "served-1", "provider": "box", "model": "m", "context_k": 8}
        declared = {
            "version": 1,
            "providers": {"box": {"base_url": at, "concurrency": AT_ONCE}},
            "models": [model | {"price": {"per_hour_usd": 1.2}}],
        }
        (project / "pareta-project.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    (project / "pareta.yaml").write_text(yaml.safe_dump(manifest), "utf-8")


if __name__ == "__main__":
    main()
