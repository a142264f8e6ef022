"""What a kind of task is to everything that works with tasks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, ClassVar, Literal, NamedTuple

from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.intervals import mean_interval
from pareta_plan.platform.kinds.misfit import Misfit
from pareta_plan.wire import NO_ROW_MEANS

SCORER_VERSION = "1"  # to be raised when a kind gives other scores for the same answers

Labels = Mapping[str, str]
Fields = Mapping[str, FieldSpec]
Pair = tuple[Any, Any]
"""What a row expects and what the model answered; None for an answer that isn't what was asked."""


class Quality(NamedTuple):
    """The quality of many answers with its 95% interval, all in [0, 1]."""

    mean: float
    low: float
    high: float


class Kind(ABC):
    """One task's kind, made from the labels or fields that its answers have.

    Raises ValueError when they, or the scorer, don't fit the kind.
    """

    name: ClassVar[str]
    """In `task.yaml`, and as an eval set's scoring strategy."""
    made_of: ClassVar[Literal["labels", "fields"]]
    """What its answers are made of, in `task.yaml`."""
    scorers: ClassVar[tuple[str, ...]]
    actions: ClassVar[str]
    """The words with which an intent asks for it; the matcher takes their stems."""
    prompt_field: ClassVar[Literal["recommended_system_prompt", "prompt_scaffold"]]
    """Where an endpoint shows the task's prompt."""

    def __init__(self, labels: Labels | None, fields: Fields | None, scorer: str) -> None:
        self._take(labels, fields)
        if scorer not in self.scorers:
            raise ValueError(f"the scorer {scorer} doesn't fit the kind {self.name}")
        self._scorer = scorer

    @abstractmethod
    def _take(self, labels: Labels | None, fields: Fields | None) -> None:
        """Keep what answers are made of. Raises ValueError when it doesn't fit."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a row's `expected` and of every model's answer."""

    @abstractmethod
    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """What keeps a row's `expected` from being an answer, each with where in it that is."""

    @abstractmethod
    def shows(self, expected: Any) -> Iterable[str]:
        """The labels or fields of which a row with this answer is an example."""

    @abstractmethod
    def score(self, expected: Any, output: Any) -> float:
        """One row's score in [0, 1]; 0 for an output of None."""

    def quality(self, pairs: Sequence[Pair]) -> Quality:
        """The quality of scored rows; those without an answer (errors) must be left out.

        Raises ValueError when no pair is left.
        """
        if not pairs:
            raise ValueError("there are no scored rows to aggregate")
        if self._scorer in NO_ROW_MEANS:
            return self._of_all(pairs)
        scores = [self.score(expected, output) for expected, output in pairs]
        return Quality(fmean(scores), *mean_interval(scores))

    def _of_all(self, pairs: Sequence[Pair]) -> Quality:
        """The quality by a scorer of `NO_ROW_MEANS`."""
        raise NotImplementedError(self._scorer)

    def counted(self, _outputs: Iterable[Any]) -> dict[str, int] | None:
        """How often each answer was given, where a board records that."""
        return None

    @abstractmethod
    def constraint(self) -> dict[str, Any]:
        """What holds a language model to an answer: a grammar or a schema, and `max_tokens`."""

    @abstractmethod
    def read(self, text: str) -> Any:
        """The answer that a language model wrote. Raises ValueError when it is none."""

    def in_turn(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows in the order in which a language model is shown them as examples."""
        return list(rows)
