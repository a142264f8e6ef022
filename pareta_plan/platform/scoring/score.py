"""Rows answered by a model, as many at once as it can, and scored in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.models.fleet import ModelFailed
from pareta_plan.platform.models.model import Answered, Prediction
from pareta_plan.platform.scoring.crew import Asked, Crew, Row, crew_of

GROUP_ROWS = 256
GROUP_SECONDS = 0.1
"""How long a row that is scored waits for others, at most."""

Take = Callable[[int], Sequence[Row]]
"""Gives at most so many rows to ask, none while there are none."""


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A row's prediction with its score in [0, 1], or why there is none."""

    idx: int
    expected: Any
    prediction: Prediction | None = None
    score: float | None = None
    error: str | None = None

    @property
    def answer(self) -> Any:
        """The output as it is judged: of an answer that isn't what was asked for, nothing."""
        return None if self.prediction is None or self.prediction.fault else self.prediction.output


def never() -> bool:
    """The `stopping` of what runs to its end."""
    return False


def scored(
    task: TaskSpec, model: Asked, take: Take, stopping: Callable[[], bool] = never
) -> Iterator[list[ScoredRow]]:
    """Groups of rows, scored, in the order in which the answers come.

    Rows are taken when there is room to ask them, and again after each group. Once `stopping`,
    rows that aren't asked yet are left. Raises Interrupted and Unreachable after the last group of
    what was answered.
    """
    crew, group = crew_of(model), _Group()
    try:
        while True:
            _give_out(crew, take, stopping)
            if crew.is_idle and not group.rows:
                break
            if not crew.is_idle:
                answers = crew.answers(group.patience)
                group.rows += [_scored(task, row, answer) for row, answer in answers]
            if group.is_due or crew.is_idle:
                yield group.taken()
    finally:
        crew.dismiss()
    if crew.failure:
        raise crew.failure


class _Group:
    """Rows that wait to be kept together."""

    def __init__(self) -> None:
        self.rows: list[ScoredRow] = []
        self._since = monotonic()

    @property
    def patience(self) -> float:
        """How long to wait for the next row, in seconds."""
        return max(0.0, self._since + GROUP_SECONDS - monotonic()) if self.rows else GROUP_SECONDS

    @property
    def is_due(self) -> bool:
        return bool(self.rows) and (len(self.rows) >= GROUP_ROWS or not self.patience)

    def taken(self) -> list[ScoredRow]:
        rows, self.rows, self._since = self.rows, [], monotonic()
        return rows


def _give_out(crew: Crew, take: Take, stopping: Callable[[], bool]) -> None:
    if crew.failure or stopping():
        crew.take_back()
        return
    while crew.room and (rows := take(crew.room)):
        crew.ask(rows)


def _scored(task: TaskSpec, row: Row, answer: Answered) -> ScoredRow:
    if isinstance(answer, ParetaError | ModelFailed):
        return ScoredRow(row.idx, row.expected, error=str(answer))
    if isinstance(answer, Exception):
        raise answer  # a fault of ours is no row's error
    score = 0.0 if answer.fault else task.answers.score(row.expected, answer.output)
    return ScoredRow(row.idx, row.expected, answer, score)
