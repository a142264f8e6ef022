"""The rows of an HTML page as the data that its script shows: lists, as there may be many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pareta_plan.escapes import legible
from pareta_plan.gates.compared import Compared, ComparedRow, Wanted
from pareta_plan.gates.since import RowChange
from pareta_plan.gates.tables import Confusion, FieldCounts, confusion, judged_fields
from pareta_plan.render.rows import Shown, as_text

FILTERS = (
    ("failures", "Failures", Wanted(failures=True)),
    ("disagreements", "Disagreements with the baseline", Wanted(disagreements=True)),
    ("errors", "Errors", Wanted(errors=True)),
)
CHANGED = 1 << len(FILTERS)
"""The flag of a row that was answered otherwise before; the others are their filter's bit."""
OUTCOMES = FieldCounts._fields


def only_file(compared: Compared) -> str | None:
    """The file that all rows are of; None where there are several."""
    paths = {row.row.at.path for row in compared.rows}
    return paths.pop() if len(paths) == 1 else None


def rows_data(shown: Shown) -> dict[str, Any]:
    """What the script of the page needs of a workload, in the order of its rows."""
    compared = shown.compared
    matrix = confusion(compared, compared.chosen)
    file = only_file(compared)
    changes = {change.row.number: change for change in shown.since.changes} if shown.since else {}
    numbers = (row.number for row in compared.rows)  # with gaps, where not all were bought
    pairs = dict(zip(numbers, _pairs(matrix), strict=True)) if matrix else {}
    return {
        "models": [legible(id) for id in compared.models],
        "given": [legible(label) for label in matrix.given] if matrix else [],
        "expected": [legible(label) for label in matrix.expected] if matrix else [],
        "rows": [
            _row(compared, row, file, pairs.get(row.number), changes.get(row.number))
            for row in shown.rows
        ],
    }


def counts(shown: Shown) -> Iterator[tuple[int, str, str, int]]:
    """Each filter's flag, name and words, and how many rows it leaves."""
    compared = shown.compared
    for bit, (name, words, wanted) in enumerate(FILTERS):
        yield 1 << bit, name, words, sum(wanted.holds(compared, row) for row in shown.rows)
    if shown.since:
        changed = {change.row.number for change in shown.since.changes}
        found = sum(row.number in changed for row in shown.rows)
        yield CHANGED, "changed", "Changed since the evidence before", found


def _row(
    compared: Compared,
    row: ComparedRow,
    file: str | None,
    pair: Sequence[int] | None,
    change: RowChange | None,
) -> list[Any]:
    flags = sum(
        (1 << bit) * wanted.holds(compared, row) for bit, (*_, wanted) in enumerate(FILTERS)
    )
    return [
        row.number,
        "" if row.id == str(row.number) else legible(row.id),
        f"line {row.row.at.line}" if file else legible(str(row.row.at)),
        legible(row.document or as_text(row.input)),
        _object(row.expected.items())
        if _is_object(row.expected)
        else legible(as_text(row.expected)),
        compared.lost(row),
        flags | (CHANGED if change else 0),
        [_answer(row, id) for id in compared.models],
        pair,
        [change.turn, *_told(change)] if change else None,
    ]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _answer(row: ComparedRow, id: str) -> list[Any]:
    """A text, or fields with values and outcomes; then the score, and the error."""
    answer = row.answers[id]
    text: Any = None if answer.text is None else legible(answer.text)
    if text is not None and _is_object(row.expected):
        judged = [(field, value, outcome) for field, value, outcome in judged_fields(row, id)]
        if any(outcome not in ("missing", "unknown") for *_, outcome in judged):
            text = [[legible(f), _value(value), OUTCOMES.index(o)] for f, value, o in judged]
    return [text, answer.score, None if answer.error is None else legible(answer.error)]


def _object(fields: Any) -> list[list[Any]]:
    return [[legible(str(field)), _value(value)] for field, value in fields if value is not None]


def _value(value: Any) -> str:
    return "" if value is None else legible(as_text(value))


def _pairs(matrix: Confusion) -> Iterator[Sequence[int]]:
    """Where each row is counted in the matrix."""
    for want, given in matrix.pairs:
        yield [matrix.expected.index(want), -1 if given is None else matrix.given.index(given)]


def _told(change: RowChange) -> list[Any]:
    before = change.before
    said = f"error: {before.error}" if before.error is not None else before.text or ""
    return [legible(said), before.score]
