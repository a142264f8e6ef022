"""One eval run row by row: what each model answered, its score, and which rows cost quality.

A row that a model gave no answer to is an error, which is counted apart: it costs no quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pareta_plan.gates.evidence import FUZZ
from pareta_plan.project.lockfile import Evidence
from pareta_plan.project.rows import EvalData, Row
from pareta_plan.wire import EvalRun


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model made of a row: a text, as far as the platform keeps it, or an error."""

    text: str | None = None
    score: float | None = None
    """In [0, 1]; None where it isn't scored."""
    error: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether it is scored, and not as faultless."""
        return self.score is not None and self.score < 1 - FUZZ


NO_ANSWER = Answer()


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row with every model's answer to it, by the model's id."""

    number: int
    """Counted from 1, in the order of the rows."""
    row: Row
    answers: Mapping[str, Answer]

    @property
    def id(self) -> str:
        """Its own `id`, or its number."""
        own = self.row.value.get("id")
        named = isinstance(own, str | int) and not isinstance(own, bool) and own != ""
        return str(own) if named else str(self.number)

    @property
    def input(self) -> Any:
        """What the models were given, apart from its document."""
        return self.row.value["input"]

    @property
    def document(self) -> str | None:
        """The name of the file that the models were given."""
        return self.row.document.path.name if self.row.document else None

    @property
    def expected(self) -> Any:
        """What a model should answer."""
        return self.row.value["expected"]


@dataclass(frozen=True)
class Compared:
    """A run's rows side by side, with the evidence that the run gave."""

    evidence: Evidence
    rows: tuple[ComparedRow, ...]

    @property
    def chosen(self) -> str:
        """The model to deploy, as it was chosen when the run was made."""
        return self.evidence.basis.candidates[0].id

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The chosen model, other open ones, then the baselines from the best on."""
        ids = [candidate.id for candidate in self.evidence.basis.candidates]
        open_ones = [id for id in ids if id not in self.baselines and id != self.chosen]
        return (self.chosen, *open_ones, *self.baselines)

    @cached_property
    def baselines(self) -> tuple[str, ...]:
        """The baselines, that of the best measured quality first."""
        kinds = {c.id: c.kind for c in self.evidence.basis.candidates if c.id != self.chosen}
        found = [id for id, kind in kinds.items() if kind == "frontier"]
        return tuple(sorted(found, key=self._quality, reverse=True))

    @property
    def baseline(self) -> str | None:
        """The best baseline, which the chosen model is held against; None without one."""
        return self.baselines[0] if self.baselines else None

    def _quality(self, id: str) -> float:
        measured = self.evidence.results.get(id)
        return -1.0 if measured is None or measured.quality is None else measured.quality

    @cached_property
    def is_kept(self) -> bool:
        """Whether the platform told any row's answer, score or error."""
        return any(a != NO_ANSWER for row in self.rows for a in row.answers.values())

    def lost(self, row: ComparedRow) -> float | None:
        """The quality that a row cost, in [-1, 1]: the best baseline's score less the model's.

        Without a baseline what is missing to 1. None where one of them isn't scored.
        """
        mine = row.answers[self.chosen].score
        best = 1.0 if self.baseline is None else row.answers[self.baseline].score
        return None if mine is None or best is None else best - mine


def compare(run: EvalRun, data: EvalData, evidence: Evidence) -> Compared:
    """The rows of `data` with what the run says of each.

    They have to be those that it scored: `evidence.basis.rows` is their digest.
    """
    told = {
        result.model_id: {
            item.idx: Answer(item.prediction, item.score, item.error) for item in result.per_item
        }
        for result in run.results
    }
    answers = {c.id: told.get(c.id, {}) for c in evidence.basis.candidates}
    rows = (
        ComparedRow(idx + 1, row, {id: by.get(idx, NO_ANSWER) for id, by in answers.items()})
        for idx, row in enumerate(data.rows)
        if evidence.batches is None or any(idx in by for by in answers.values())
    )
    return Compared(evidence, tuple(rows))


def worst_first(compared: Compared, rows: Iterable[ComparedRow]) -> list[ComparedRow]:
    """The rows that cost quality, the dearest first; those that can't be told; then the rest.

    Among the rest those of the lowest score come first, and else rows are in their order.
    """

    def place(row: ComparedRow) -> tuple[float, bool, float, int]:
        lost, score = compared.lost(row), row.answers[compared.chosen].score
        return -max(lost or 0.0, 0.0), lost is not None, score or 0.0, row.number

    return sorted(rows, key=place)


def costliest(compared: Compared, most: int) -> list[ComparedRow]:
    """At most so many of the rows that cost quality, the dearest first."""
    dear = [row for row in compared.rows if (compared.lost(row) or 0.0) > FUZZ]
    return worst_first(compared, dear)[:most]


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for: those that are all of what is set."""

    failures: bool = False
    """The chosen model's score is below 1."""
    disagreements: bool = False
    """The chosen model and the best baseline answer differently."""
    errors: bool = False
    """A model gave no answer."""
    label: str | None = None
    """The row expects it, or the chosen model answers it."""

    def of(self, compared: Compared) -> Iterator[ComparedRow]:
        """The rows that are asked for, in their order."""
        return (row for row in compared.rows if self.holds(compared, row))

    def holds(self, compared: Compared, row: ComparedRow) -> bool:
        """Whether one row is asked for."""
        mine = row.answers[compared.chosen]
        return (
            (not self.failures or mine.is_wrong)
            and (not self.disagreements or disagrees(compared, row))
            and (not self.errors or any(a.error is not None for a in row.answers.values()))
            and (self.label is None or folded(self.label) in map(folded, (row.expected, mine.text)))
        )


def disagrees(compared: Compared, row: ComparedRow) -> bool:
    """Whether the chosen model and the best baseline both answered, and not the same."""
    if compared.baseline is None:
        return False
    mine, other = row.answers[compared.chosen], row.answers[compared.baseline]
    answered = mine.text is not None and other.text is not None
    return answered and folded(mine.text) != folded(other.text)


def folded(value: Any) -> str:
    """A label or a text as it is compared: without case, and with single blanks."""
    return "" if value is None else " ".join(str(value).split()).casefold()
