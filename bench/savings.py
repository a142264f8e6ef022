"""What the language model's rows cost on an idle machine and beside two busy processes.

The same rows by the baseline and by `linear-1`, in turns: idle, busy, idle, busy. Prints CPU
seconds a row, the savings, and how far they are apart. Goal: less than 10%.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import fmean

from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Model, Prediction, unheard

TASK = "support-ticket-urgency"


def main() -> None:
    """Measure, and print a line a round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    task = Catalog().get(TASK)
    if task is None:
        raise SystemExit(f"there is no task {TASK}")
    texts = [row["input"] for row in task.rows("heldout")[: options.rows]]
    large = loading.load(task, "smollm", {"shots": 4}, unheard)
    small = loading.load(task, "linear", {}, unheard)
    for model in (large, small):
        model.predict_many(texts[:2])  # what is fixed is in the prompt cache from here on
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    found: dict[str, list[float]] = {"idle": [], "busy": []}
    for _ in range(options.rounds):
        for name, busy in (("idle", 0), ("busy", 2)):
            with _busy(busy):
                costly, cheap = _cpu(large, texts), _cpu(small, texts)
            found[name].append(costly / cheap)
            print(f"{name}: {costly:.3f} and {cheap:.6f} CPU s a row, {costly / cheap:,.0f}x")
    alone, beside = fmean(found["idle"]), fmean(found["busy"])
    print(json.dumps({"idle": alone, "busy": beside, "apart": abs(beside / alone - 1)}))


def _cpu(model: Model, texts: list[str]) -> float:
    answers = model.predict_many(texts)
    return fmean([answer.cpu_seconds for answer in answers if isinstance(answer, Prediction)])


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    crowd = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(processes)]
    for one in crowd:
        one.start()
    try:
        yield
    finally:
        for one in crowd:
            one.kill()
            one.join()


def _spin() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
