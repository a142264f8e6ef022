"""What `results --format json` prints: its shape, from which the published schema is made."""

from __future__ import annotations

from typing import Any, Literal

from pareta_plan.gates.compared import Answer, Compared, ComparedRow
from pareta_plan.gates.since import RowChange, Since, Turn
from pareta_plan.gates.tables import Confusion, confusion, field_counts
from pareta_plan.project.lockfile import FrozenRecord, Measured
from pareta_plan.render.rows import Shown
from pareta_plan.reports.report import Kind, Scored
from pareta_plan.reports.shapes import Reported


class AnswerShape(FrozenRecord):
    """What a model made of a row; all is null where the platform tells nothing of it."""

    text: str | None
    """As far as the platform keeps it: the embedded one cuts it off after 500 characters."""
    score: float | None
    """In [0, 1]."""
    error: str | None
    """Why there is no answer."""


class RowShape(FrozenRecord):
    """One row with every model's answer."""

    number: int
    """Counted from 1, in the order of the rows."""
    id: str
    """The row's own `id`, or its number."""
    file: str
    line: int | None
    input: Any
    document: str | None
    """The name of the document's file."""
    expected: Any
    lost: float | None
    """The best baseline's score less the chosen model's; without a baseline 1 less that."""
    answers: dict[str, AnswerShape]


class ConfusionShape(FrozenRecord):
    """A matrix: `counts[i][j]` rows expect `expected[i]` and were answered `given[j]`."""

    expected: list[str]
    given: list[str]
    """`(other)` and `(error)` are no labels."""
    counts: list[list[int]]


class FieldShape(FrozenRecord):
    """In how many rows a field is right, wrong, missing, or given without being expected."""

    right: int
    wrong: int
    missing: int
    extra: int
    unknown: int
    """The platform cut the answer off before the field."""


class ChangeShape(FrozenRecord):
    """A row that was answered otherwise before."""

    number: int
    id: str
    turn: Turn
    before: AnswerShape
    after: AnswerShape


class SinceShape(FrozenRecord):
    """What changed since an earlier run of the same rows."""

    run_id: str
    chosen: str
    """The model to deploy of that time."""
    changes: list[ChangeShape]
    alike: int
    added: int
    removed: int


class WorkloadShape(FrozenRecord):
    """One workload's evidence, row by row."""

    workload: str
    task: str
    run_id: str
    chosen: str
    baseline: str | None
    """The best baseline, which `lost` is against."""
    models: dict[str, Measured]
    """The chosen model, other open ones, the baselines from the best on."""
    total: int
    """Rows of the run."""
    found: int
    """Rows that were asked for, of which `rows` may have only the first."""
    rows: list[RowShape]
    confusion: dict[str, ConfusionShape] | None
    """By model; null where answers are no labels."""
    fields: dict[str, dict[str, FieldShape]] | None
    """By model and field; null where answers are no objects."""
    since: SinceShape | None


class ResultsShape(Reported):
    """What `results` prints."""

    kind: Literal[Kind.RESULTS]
    platform: str
    workloads: list[WorkloadShape]


def results_shape(scored: Scored, common: dict[str, Any]) -> ResultsShape:
    """The object, with what every command's has."""
    workloads = [_workload(one) for one in scored.shown]
    return ResultsShape(**common, platform=scored.platform, workloads=workloads)


def _workload(shown: Shown) -> WorkloadShape:
    compared, evidence = shown.compared, shown.compared.evidence
    matrices = {id: confusion(compared, id) for id in compared.models}
    fields = {id: field_counts(compared, id) for id in compared.models}
    return WorkloadShape(
        workload=shown.name,
        task=evidence.basis.task,
        run_id=evidence.run_id,
        chosen=compared.chosen,
        baseline=compared.baseline,
        models={id: evidence.results[id] for id in compared.models if id in evidence.results},
        total=len(compared.rows),
        found=shown.found,
        rows=[_row(compared, row) for row in shown.rows],
        confusion={id: _matrix(matrix) for id, matrix in matrices.items() if matrix} or None,
        fields={
            id: {field: FieldShape(**counts._asdict()) for field, counts in by.items()}
            for id, by in fields.items()
            if by
        }
        or None,
        since=_since(shown.since) if shown.since else None,
    )


def _row(compared: Compared, row: ComparedRow) -> RowShape:
    return RowShape(
        number=row.number,
        id=row.id,
        file=row.row.at.path,
        line=row.row.at.line or None,
        input=row.input,
        document=row.document,
        expected=row.expected,
        lost=compared.lost(row),
        answers={id: _answer(row.answers[id]) for id in compared.models},
    )


def _answer(answer: Answer) -> AnswerShape:
    return AnswerShape(text=answer.text, score=answer.score, error=answer.error)


def _matrix(matrix: Confusion) -> ConfusionShape:
    counts = [
        [matrix.counts.get((want, got), 0) for got in matrix.given] for want in matrix.expected
    ]
    return ConfusionShape(expected=[*matrix.expected], given=[*matrix.given], counts=counts)


def _since(since: Since) -> SinceShape:
    return SinceShape(
        run_id=since.before.evidence.run_id,
        chosen=since.before.chosen,
        changes=[_change(change) for change in since.changes],
        alike=since.alike,
        added=since.added,
        removed=since.removed,
    )


def _change(change: RowChange) -> ChangeShape:
    return ChangeShape(
        number=change.row.number,
        id=change.row.id,
        turn=change.turn,
        before=_answer(change.before),
        after=_answer(change.after),
    )
