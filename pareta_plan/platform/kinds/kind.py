"""What a kind of task is to everything that works with tasks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, ClassVar, Literal, NamedTuple

from pareta_plan.errors import meant
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.intervals import mean_interval
from pareta_plan.platform.kinds.misfit import Misfit
from pareta_plan.wire import NO_ROW_MEANS, Majority

SCORER_VERSION = "1"  # to be raised when a kind gives other scores for the same answers

Labels = Mapping[str, str]
Fields = Mapping[str, FieldSpec]
Schema = Mapping[str, Any]
Pair = tuple[Any, Any]
"""What a row expects and what the model answered; None for an answer that isn't what was asked."""


class Parts(NamedTuple):
    """What a task's file says that answers are made of; each kind takes one of them, or none."""

    labels: Labels | None = None
    fields: Fields | None = None
    answer_schema: Schema | None = None


class Quality(NamedTuple):
    """The quality of many answers with its 95% interval, all in [0, 1]."""

    mean: float
    low: float
    high: float


class Kind(ABC):
    """One task's kind, made from what its answers are made of.

    Raises ValueError when that, or the scorer, doesn't fit the kind.
    """

    name: ClassVar[str]
    """In `task.yaml`, and as an eval set's scoring strategy."""
    made_of: ClassVar[Literal["labels", "fields", "answer_schema"] | None]
    """What its answers are made of, in `task.yaml` and in `Parts`; None for what needs nothing."""
    scorers: ClassVar[tuple[str, ...]]
    actions: ClassVar[str]
    """The words with which an intent asks for it; the matcher takes their stems."""
    prompt_field: ClassVar[Literal["recommended_system_prompt", "prompt_scaffold"]]
    """Where an endpoint shows the task's prompt."""

    def __init__(self, parts: Parts, scorer: str) -> None:
        if problem := next(self.problems(parts, scorer), None):
            raise ValueError(problem.words)
        self._scorer = scorer
        self._take(parts)

    @classmethod
    def problems(cls, parts: Parts, scorer: str) -> Iterator[Misfit]:
        """What keeps a task's file from being one of this kind, each with its key in the file."""
        given = {name for name, part in parts._asdict().items() if part is not None}
        if cls.made_of and not getattr(parts, cls.made_of):
            yield Misfit(("kind",), f"the kind {cls.name} needs {cls.made_of}")
        for name in parts._fields:
            if name in given - {cls.made_of}:
                yield Misfit((name,), f"the kind {cls.name} can't have {name}")
        if scorer not in cls.scorers:
            known = f"only {', '.join(cls.scorers)}{meant(scorer, cls.scorers)}"
            words = f"the scorer {scorer} doesn't fit the kind {cls.name}, {known}"
            yield Misfit(("scorer",), words)

    @abstractmethod
    def _take(self, parts: Parts) -> None:
        """Keep what answers are made of. Raises ValueError when it isn't right."""

    @property
    def one_of(self) -> tuple[str, ...]:
        """The labels of which an answer is one; none where it is no label."""
        return ()

    @property
    def is_prose(self) -> bool:
        """Whether an answer is a text as it was written, held to nothing."""
        return False

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a row's `expected` and of every model's answer."""

    @abstractmethod
    def misfits(self, expected: Any) -> Iterator[Misfit]:
        """What keeps a row's `expected` from being an answer, each with where in it that is."""

    @abstractmethod
    def shows(self, expected: Any) -> Iterable[str]:
        """The labels or fields of which a row with this answer is an example."""

    @classmethod
    def compared(cls, text: str) -> str:
        """What of an input decides whether two rows are nearly the same."""
        return text

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

    def majority(self, _expected: Sequence[Any]) -> Majority | None:
        """The answer that rows expect most often, where answers are labels."""
        return None

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
