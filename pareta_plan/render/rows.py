"""An eval row by row, for people to read in a terminal."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pareta_plan.escapes import visible
from pareta_plan.gates.compared import Answer, Compared, ComparedRow
from pareta_plan.gates.since import RowChange, Since, Turn
from pareta_plan.gates.tables import Confusion, FieldCounts, confusion, field_counts
from pareta_plan.render.comparison import measured_table
from pareta_plan.words import WIDTH, Paint, count, laid_out, plain, table

LINES = 4
"""So many of a text are shown; JSON has all of it."""
TEXT_ROWS = 10
"""So many rows are for people to read, unless they ask for more."""
LABEL = 24
"""Columns that a model's id may take beside its answer."""
COLOURS = {Turn.WORSE: "red", Turn.BETTER: "green", Turn.ERRED: "red", Turn.MENDED: "green"}


@dataclass(frozen=True)
class Shown:
    """What is to be shown of a workload: the rows asked for, and what changed, if that is."""

    name: str
    compared: Compared
    rows: Sequence[ComparedRow]
    """The first of those that are asked for."""
    found: int
    """How many are asked for."""
    since: Since | None = None
    limit: int | None = None
    """So many changes are told, too; None for all."""


def briefly(shown: Shown) -> Shown:
    """As much of it as is for people to read, unless they said how much."""
    if shown.limit is not None:
        return shown
    return replace(shown, rows=shown.rows[:TEXT_ROWS], limit=TEXT_ROWS)


def rows_text(shown: Shown, paint: Paint = plain, width: int = WIDTH) -> str:
    """A workload's models, what they confuse or miss, what changed, and its rows side by side."""
    compared = shown.compared
    parts = [
        [paint(shown.name, "bold"), *_head(shown, width)],
        *_tables(compared),
        list(_changes(shown.since, shown.limit, paint, width)) if shown.since else [],
        *(_row(compared, row, paint, width) for row in shown.rows),
    ]
    return "\n\n".join(laid_out(lines) for lines in parts if lines)


def _head(shown: Shown, width: int) -> Iterator[str]:
    compared = shown.compared
    yield f"task      {compared.evidence.basis.task}"
    yield f"evidence  {compared.evidence.run_id}, {count(len(compared.rows), 'row')}"
    if len(shown.rows) < shown.found:
        yield f"rows      {len(shown.rows)} of {shown.found}; --limit {shown.found} shows all"
    elif shown.found < len(compared.rows):
        yield f"rows      {shown.found} of {len(compared.rows)} are asked for"
    yield from measured_table(compared.chosen, compared.evidence, width)


def _tables(compared: Compared) -> Iterator[list[str]]:
    """How the chosen model's answers are spread, where they are labels or objects."""
    if (matrix := confusion(compared, compared.chosen)) is not None:
        yield [f"expected, and what {compared.chosen} answered", *_matrix(matrix)]
    if fields := field_counts(compared, compared.chosen):
        yield [f"fields, as {compared.chosen} answered them", *_fields(fields)]


def _matrix(matrix: Confusion) -> list[str]:
    head = ["expected", *matrix.given]
    rows = [
        [want, *(str(matrix.counts.get((want, given), 0) or ".") for given in matrix.given)]
        for want in matrix.expected
    ]
    return table([head, *rows], right=frozenset(range(1, len(head))))


def _fields(fields: dict[str, FieldCounts]) -> list[str]:
    names = [name.replace("unknown", "cut off") for name in FieldCounts._fields]
    rows = [[field, *(str(n or ".") for n in counts)] for field, counts in fields.items()]
    return table([["field", *names], *rows], right=frozenset(range(1, len(names) + 1)))


def _changes(since: Since, limit: int | None, paint: Paint, width: int) -> Iterator[str]:
    then, now = since.before, since.after
    by = then.chosen if then.chosen == now.chosen else f"{then.chosen} then, {now.chosen} now"
    yield f"since {then.evidence.run_id}, by {by}"
    told = [f"{turn} {n}" for turn in Turn if (n := _times(since.changes, turn))]
    yield f"  {', '.join([*told, f'alike {since.alike}'])}"
    for change in since.changes[:limit]:
        yield _change(change, paint, width)
    if limit is not None and len(since.changes) > limit:
        yield f"  and {len(since.changes) - limit} more; --limit tells more of them"


def _change(change: RowChange, paint: Paint, width: int) -> str:
    head = f"{change.turn.ljust(8)}  row {change.row.number}{_own_id(change.row)}"
    said = visible(f"{_told(change.before)} -> {_told(change.after)}")
    room = max(width - len(head) - 4, 20)
    line = f"  {head}  {textwrap.shorten(said, room, placeholder=' ...')}"
    return paint(line, COLOURS[change.turn]) if change.turn in COLOURS else line


def _times(changes: Sequence[RowChange], turn: Turn) -> int:
    return sum(change.turn is turn for change in changes)


def _own_id(row: ComparedRow) -> str:
    return "" if row.id == str(row.number) else f" ({row.id})"


def _told(answer: Answer) -> str:
    if answer.error is not None:
        return f"error: {answer.error}"
    return f"{answer.text} ({_score(answer)})"


def _score(answer: Answer) -> str:
    return "-" if answer.score is None else f"{answer.score:.3f}"


def _row(compared: Compared, row: ComparedRow, paint: Paint, width: int) -> list[str]:
    """One row: where it stands, what was given and expected, and every model's answer to it."""
    lost = compared.lost(row)
    cost = f"  cost {lost:.3f}" if lost is not None and lost > 0 else ""
    head = f"row {row.number}{_own_id(row)}  {row.row.at}{cost}"
    facts = [
        ("input", row.document or as_text(row.input), ""),
        ("expected", as_text(row.expected), ""),
        *((id, _said(row.answers[id]), _style(row.answers[id])) for id in compared.models),
    ]
    label = min(max(len(visible(name)) for name, _, _ in facts), LABEL)
    lines = (line for fact in facts for line in _fact(*fact, label, paint, width))
    return [paint(head, "bold"), *lines]


def _said(answer: Answer) -> str:
    if answer.error is not None:
        return f"error: {answer.error}"
    return f"{_score(answer)}  {'-' if answer.text is None else answer.text}"


def _style(answer: Answer) -> str:
    if answer.error is not None:
        return "yellow"
    return "red" if answer.is_wrong else ""


def _fact(name: str, text: str, style: str, label: int, paint: Paint, width: int) -> Iterator[str]:
    """A name and a text beside it, at most so many lines of it."""
    room = max(width - label - 4, 20)
    shown = visible(" ".join(text.split("\n")))
    lines = textwrap.wrap(
        shown, room, max_lines=LINES, placeholder=" ...", break_on_hyphens=False
    ) or [""]
    named = visible(name)
    if len(named) > label:
        yield f"  {named}"
        named = ""
    for line in lines:
        yield f"  {named.ljust(label)}  {paint(line, style) if style else line}".rstrip()
        named = ""


def as_text(value: Any) -> str:
    """A value of a row: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
