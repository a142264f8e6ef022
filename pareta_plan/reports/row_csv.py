"""An eval row by row as CSV: a line a row, the models' answers side by side.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises
against CSV injection, and what moves a terminal's cursor is escaped. JSON has texts as they are.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator

from pareta_plan.escapes import visible
from pareta_plan.gates.compared import Compared, ComparedRow
from pareta_plan.render.rows import Shown, as_text
from pareta_plan.reports.report import Report

COLUMNS = ("row", "id", "file", "line", "input", "document", "expected", "lost")
FORMULA = ("=", "+", "-", "@")


class _Pieces(list[str]):
    """What `csv` writes, in memory."""

    def write(self, text: str) -> None:
        self.append(text)


def render(report: Report) -> str:
    """The rows of the workloads that there are, which is one."""
    return "".join(map(rows_csv, report.scored.shown)) if report.scored else ""


def rows_csv(shown: Shown) -> str:
    """The header and the rows that are shown."""
    pieces = _Pieces()
    writer, compared = csv.writer(pieces, lineterminator="\n"), shown.compared
    parts = [f"{id} {part}" for id in compared.models for part in ("answer", "score", "error")]
    writer.writerow([*COLUMNS, *map(harmless, parts)])
    writer.writerows([*_cells(compared, row)] for row in shown.rows)
    return "".join(pieces)


def _cells(compared: Compared, row: ComparedRow) -> Iterator[object]:
    yield row.number
    yield harmless(row.id)
    yield harmless(row.row.at.path)
    yield row.row.at.line or ""
    yield harmless(as_text(row.input))
    yield harmless(row.document or "")
    yield harmless(as_text(row.expected))
    yield _number(compared.lost(row))
    for id in compared.models:
        answer = row.answers[id]
        yield harmless(answer.text or "")
        yield _number(answer.score)
        yield harmless(answer.error or "")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def harmless(text: str) -> str:
    """A text from elsewhere that neither a spreadsheet nor a terminal runs."""
    shown = visible(text)
    begins = unicodedata.normalize("NFKC", shown.lstrip())[:1]  # wide signs are signs too
    return f"'{shown}" if begins in FORMULA else shown
