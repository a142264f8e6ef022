"""Rows as CSV: readable again, and nothing in it is run."""

from __future__ import annotations

import csv

from hypothesis import example, given
from hypothesis import strategies as st

from pareta_plan.reports.row_csv import harmless, rows_csv
from tests.gates.runs import MODEL
from tests.reports.pages import HOSTILE, shown


@given(st.text())
@example("=1+1")
@example(" \t@SUM(A1)")
@example("\r=1")
@example("\uff1d1+1")
@example("-2+3")
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text).lstrip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert harmless(text).isprintable() or not text.isprintable()


def test_a_row_is_a_line() -> None:
    texts = [*HOSTILE, 'two\nlines, "quoted"']
    written = rows_csv(shown("a", texts, {MODEL: [(text, 0.5) for text in texts]}))
    lines = written.splitlines()
    assert len(lines) == len(texts) + 1
    head, *rows = csv.reader(lines, strict=True)
    assert head[-3:] == [f"{MODEL} answer", f"{MODEL} score", f"{MODEL} error"]
    assert {len(row) for row in rows} == {len(head)}
