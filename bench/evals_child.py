"""One apply of `bench.evals`: prints how long its run took, and the most memory of the process."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from bench.evals import AT_ONCE, SECONDS
from pareta_plan.cli.main import main as command_line
from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.evals.worker import Scoring
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Model, Prediction, Progress, Value

taken: list[float] = []


class Sleeper(Model):
    """Stands for a model on a server: it answers after a while, many requests at once."""

    name = "sleeper"
    deterministic = True
    context_k = 8
    concurrency = AT_ONCE

    def predict(self, value: Value) -> Prediction:
        """A label, after the while."""
        time.sleep(SECONDS)
        return Prediction("low", Fraction(1, 500))

    def stream(self, value: Value) -> Iterator[str | Prediction]:
        """The label as one piece."""
        yield self.predict(value)


def _sleeping(
    _task: CatalogTask, _runtime: str, _options: dict[str, Any], _told: Progress
) -> Model:
    return Sleeper()


def _timed(self: Scoring, *arguments: Any) -> bool:
    started = time.perf_counter()
    try:
        return _work(self, *arguments)
    finally:
        taken.append(time.perf_counter() - started)


_work = Scoring.work

if __name__ == "__main__":
    project, case = sys.argv[1:]
    Scoring.work = _timed  # type: ignore[assignment, method-assign]
    if case == "sleeper":
        loading.load = _sleeping  # type: ignore[assignment]
    try:
        sys.argv = ["pareta-plan", "-C", project, "apply", "--auto-approve"]
        command_line()
    except SystemExit as ended:
        if ended.code:
            raise
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"run": sum(taken), "mb": most}))
