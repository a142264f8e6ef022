"""Boards held against other rows: what real boards say, and what rows show that nobody tuned to.

python -m bench.boards [--again] [TASK...]

The other rows are a part of each source that is neither learned from nor measured on, at most as
many as the board's; of languages also what Django's interface says, in another package. A board
holds where its figure is within 0.05 of the other, or the other is inside its interval. It exits
with 1 where one doesn't. Only models that answer alike on every machine are asked.

With `--again` it measures what boards say of those once more, of all tasks, on the boards' own
rows; that takes minutes, most of them for documents. It exits with 1 where a figure is another.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pareta_plan.platform.catalog.board import BoardEntry
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import Answered, Prediction, unheard
from pareta_plan.platform.scoring.bench import measure
from pareta_plan.platform.sources import kept
from pareta_plan.platform.sources.source import Source

NEAR = 0.05
ELSEWHERE = {
    "language-identification": Source(
        package="Django",
        version="5.2",
        archive="Django-5.2-py3-none-any.whl",
        sha256="91ceed4e3a6db5aedced65e3c8f963118ea9ba753fc620831c77074e620e7d83",
        licence="BSD-3-Clause",
        part="what Django's interface says to its users",
        reader="interface_messages",
        development=1,
        held_out=300,
    )
}
"""Other packages with rows for a task."""
Rows = list[dict[str, Any]]


class Held(NamedTuple):
    """What a board says of a model, and what other rows show of it."""

    task: str
    entry: BoardEntry
    where: str
    rows: int
    quality: float

    @property
    def holds(self) -> bool:
        """Whether the board's figure is borne out."""
        entry = self.entry
        is_inside = entry.quality_ci_low <= self.quality <= entry.quality_ci_high
        return is_inside or abs(self.quality - entry.quality) <= NEAR

    def __str__(self) -> str:
        entry = self.entry
        board = f"{entry.quality:.3f} [{entry.quality_ci_low:.3f}, {entry.quality_ci_high:.3f}]"
        said = "holds" if self.holds else "does not hold"
        other = f"{self.quality:.3f} on {self.rows} rows {self.where}"
        return f"{self.task:26} {entry.name:14} {board}   {other:44} {said}"


def held(task: CatalogTask) -> Iterator[Held]:
    """Each deterministic model of a task against each set of other rows."""
    others: list[tuple[str, Rows]] = [("of the same source", task.rows("apart"))]
    if elsewhere := ELSEWHERE.get(task.id):
        data = kept.made_of(task.id, elsewhere, unheard)["heldout"]
        rows = [json.loads(line) for line in data.decode().split("\n") if line]
        others.append((f"of {elsewhere.title}", rows))
    for entry in (one for one in task.board.entries if one.provenance.deterministic):
        for where, rows in others:
            yield Held(task.id, entry, where, len(rows), _quality(task, entry.name, rows))


def _quality(task: CatalogTask, alias: str, rows: Rows) -> float:
    spec = task.model(alias)
    if spec is None:
        raise ValueError(f"{task.id} has no model {alias}")
    model = loading.load(task, spec.runtime, spec.options, unheard)
    answers = model.predict_many([row["input"] for row in rows])
    pairs = [(row["expected"], _output(one)) for row, one in zip(rows, answers, strict=True)]
    return task.spec.answers.quality(pairs).mean


def _output(answered: Answered) -> Any:
    if isinstance(answered, Prediction):
        return answered.output
    raise answered


class Again(NamedTuple):
    """What a board says of a model, and what was measured now."""

    task: str
    published: BoardEntry
    measured: BoardEntry

    @property
    def holds(self) -> bool:
        """Whether all is the same but for the time that it took."""
        return _decisive(self.published) == _decisive(self.measured)

    def __str__(self) -> str:
        figures = f"{self.published.quality:.6f}   {self.measured.quality:.6f}"
        said = "the same" if self.holds else "another"
        return f"{self.task:26} {self.published.name:14} {figures}   {said}"


def again(catalog: Catalog, task: CatalogTask) -> Iterator[Again]:
    """Each deterministic model of a task, measured again."""
    for entry in (one for one in task.board.entries if one.provenance.deterministic):
        yield Again(task.id, entry, measure(catalog, task, entry.name))


def _decisive(entry: BoardEntry) -> tuple[Any, ...]:
    found = entry.provenance
    quality = (entry.quality, entry.quality_ci_low, entry.quality_ci_high)
    return (*quality, found.labels, found.errors, found.data_digest)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line a model and set of rows; 1 where a board doesn't hold."""
    catalog = Catalog()
    parser = argparse.ArgumentParser(prog="python -m bench.boards", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--again", action="store_true", help="on the boards' own rows")
    asked = parser.parse_args(argv)
    known = {task.id: task for task in catalog.tasks() if asked.again or task.spec.source}
    if unknown := {*asked.tasks} - {*known}:
        parser.error(f"no such task: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    holds = True
    for task in (known[id] for id in asked.tasks or known):
        for one in again(catalog, task) if asked.again else held(task):
            print(one, flush=True)
            holds = holds and one.holds
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
