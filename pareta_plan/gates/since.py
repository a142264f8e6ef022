"""What became of each row between two runs: rows are the same when their content is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pareta_plan.gates.compared import Answer, Compared, ComparedRow, folded
from pareta_plan.gates.evidence import FUZZ


class Turn(StrEnum):
    """Which way a row went; in the order in which they are told."""

    WORSE = "worse"
    BETTER = "better"
    REWORDED = "reworded"
    """Another answer of the same score."""
    ERRED = "erred"
    """It had an answer, and has an error now."""
    MENDED = "mended"
    """It had an error, and has an answer now."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that the model to deploy, then and now, did not answer alike."""

    row: ComparedRow
    turn: Turn
    before: Answer
    after: Answer


@dataclass(frozen=True)
class Since:
    """Two runs beside each other, by what the model to deploy answered in each."""

    before: Compared
    after: Compared
    changes: tuple[RowChange, ...]
    alike: int
    added: int
    """Rows that only the later run has."""
    removed: int
    """Rows that only the earlier run has."""


def since(before: Compared, after: Compared) -> Since:
    """What changed from one run to the other; the worst first, then in the order of the rows."""
    earlier = dict(_keyed(before.rows))
    both = [(earlier.pop(key, None), row) for key, row in _keyed(after.rows)]
    shared = [(old, row) for old, row in both if old is not None]
    turned = [
        RowChange(row, turn, then, now)
        for old, row in shared
        for then, now in [(old.answers[before.chosen], row.answers[after.chosen])]
        if (turn := _turn(then, now)) is not None
    ]
    order = list(Turn)
    turned.sort(key=lambda change: (order.index(change.turn), _nearness(change), change.row.number))
    return Since(
        before=before,
        after=after,
        changes=tuple(turned),
        alike=len(shared) - len(turned),
        added=len(both) - len(shared),
        removed=len(earlier),
    )


def _keyed(rows: Iterable[ComparedRow]) -> Iterator[tuple[tuple[str, int], ComparedRow]]:
    """Each row under its digest, and which of the rows that are alike it is."""
    met: Counter[str] = Counter()
    for row in rows:
        digest = row.row.digest
        yield (digest, met[digest]), row
        met[digest] += 1


def _turn(before: Answer, after: Answer) -> Turn | None:
    if before.error is not None or after.error is not None:
        if before.error is not None and after.error is not None:
            return None
        return Turn.MENDED if after.error is None else Turn.ERRED
    if before.score is not None and after.score is not None:
        rise = after.score - before.score
        if abs(rise) > FUZZ:
            return Turn.BETTER if rise > 0 else Turn.WORSE
    return None if folded(before.text) == folded(after.text) else Turn.REWORDED


def _nearness(change: RowChange) -> float:
    """How far a score moved, the furthest first."""
    before, after = change.before.score, change.after.score
    rise = 0.0 if before is None or after is None else after - before
    return -abs(rise)
