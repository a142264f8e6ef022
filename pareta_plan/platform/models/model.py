"""A model that is loaded, whatever runs it: what it is asked and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from pareta_plan.errors import ParetaError
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.turns import Lane
from pareta_plan.wire import Fault

Progress = Callable[[str, str, float | None], None]
"""Told of a slow step: its stage ("training"), a label, and the share done in [0, 1] or None."""


def unheard(_stage: str, _label: str, _share: float | None) -> None:
    """The Progress that nobody wants to know."""


class Interrupted(Exception):
    """The model was made to leave its work, as the platform stops; the request is not at fault."""


class Unanswered(ParetaError):
    """What runs the model has no answer now, by no fault of the request; it costs a row."""


class Unreachable(Unanswered):
    """What runs the model is gone: no request is worth asking until it is back.

    Raised after such tries as a model makes, with words that are fit for clients. A run that meets
    it ends, keeps what it scored, and can be resumed; any other error costs a row.
    """


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer (a label, or an object of fields) and what it took.

    `cost` is exact, in micro-USD; `pricing` makes it, and rounds it where it is kept or billed.
    With a `fault` the output is the answer's raw text: it was paid for, and scores 0.
    """

    output: Any
    cost: Fraction
    cpu_seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    fault: Fault | None = None


Value = str | Document
"""What a model is asked about."""

Answered = Prediction | Exception
"""A request's answer, or why there is none."""


class RowFlight(Protocol):
    """Rows of an eval under way at once, asked and heard from one thread."""

    @property
    def width(self) -> int:
        """How many are begun at once."""

    def send_off(self, questions: Iterable[tuple[int, Value]]) -> None:
        """Ask these, each with its row's index, as there is room. Raises Interrupted."""

    def heard(self, seconds: float) -> Iterator[tuple[int, Answered]]:
        """What came by now, having waited a while for the first. Raises Interrupted.

        What ends them all (Unreachable) is given as what came of one.
        """

    def take_back(self) -> list[int]:
        """Take back those that aren't begun."""


class Model(ABC):
    """A loaded model. Safe to call from several threads.

    Its rows are asked for `batch` at a time with `predict_many`, in `concurrency` threads at once.
    """

    name: str
    """Real name and version: provenance only, never on the wire."""
    deterministic: bool
    """Same input, same output, on any machine."""
    context_k: int
    concurrency: int = 1
    """How many calls at once make sense; 1 for what computes in this process."""
    batch: int = 1
    """How many requests a call answers better than as many calls; one, where each goes alone."""
    worst_cost: Fraction | None = None
    """What no request costs more than, in micro-USD; None where nothing bounds it."""

    @abstractmethod
    def predict(self, value: Value) -> Prediction:
        """Answer one request. Raises Interrupted, Unreachable, and what says why it can't."""

    @abstractmethod
    def stream(self, value: Value) -> Iterator[str | Prediction]:
        """Yield the answer's text in pieces as they come, then the whole Prediction."""

    def begin(self) -> None:  # noqa: B027 - most forget nothing
        """Forget that it was unreachable: a new run tries it anew."""

    def told(self) -> dict[str, str]:
        """What a board says of where it runs, beside its name: `provider`, `price`."""
        return {}

    def identity(self) -> str | None:
        """What runs it says that it is; None where nobody says. Raises ParetaError."""
        return None

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what it holds; it is asked nothing more."""

    def flight(self) -> RowFlight | None:
        """Another way to ask its rows, without a thread for each; None where there is none."""
        return None

    def explained(self, error: Exception) -> Exception:
        """What befell a row in a flight, in words for whoever asked: here as it is."""
        return error

    def predict_many(self, values: Sequence[Value]) -> list[Answered]:
        """Answer requests of an eval, in their order; a live one goes before them.

        Raises Interrupted and Unreachable, which end them.
        """
        return [self._answered(value, Lane.ROWS) for value in values]

    def _predict(self, value: Value, _lane: Lane) -> Prediction:
        """As `predict`; for models that let live requests go first."""
        return self.predict(value)

    def _answered(self, value: Value, lane: Lane) -> Answered:
        try:
            return self._predict(value, lane)
        except (Interrupted, Unreachable):
            raise
        except Exception as error:
            return error
