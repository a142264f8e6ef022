"""The comment: well formed and below its limit, whatever it tells; its table and verdict agree."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.gates.gates import Outcome
from pareta_plan.reports.comment import COMMENT, MARKER
from pareta_plan.reports.fitting import Limit, characters, octets
from pareta_plan.reports.markdown import ALERTS, comment
from pareta_plan.reports.markdown_table import COLUMNS
from pareta_plan.reports.report import Origin
from pareta_plan.reports.review import Level, Review
from tests.reports.rendered import HIDDEN, LIVE, Page, page
from tests.reports.reviews import large, reviews, texts

MORE = "https://github.example/acme/models/actions/runs/1"
OURS = {"p", "br", "hr", "code", "pre", "strong", "blockquote", "ul", "li"}
OURS |= {"table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
SMALLEST = 3_000
origins = st.builds(
    Origin,
    commit=texts,
    more=st.just(MORE) | texts,
    now=st.none() | st.floats(0, 2e9),
)


def _checked(markdown: str, origin: Origin) -> Page:
    shown = page(markdown)
    assert {*shown.tags} <= OURS | {"a"}
    assert {*shown.links} <= {MORE} & {origin.more}
    assert not HIDDEN.search(markdown)
    assert not LIVE.search("".join(shown.text))
    assert all(len(cells) == len(COLUMNS) for cells in shown.cells)
    return shown


@given(reviews(), origins)
def test_a_comment_is_whole_and_does_nothing(review: Review, origin: Origin) -> None:
    shown = _checked(comment(review, origin, COMMENT), origin)
    assert len(shown.cells) == len(review.rows) + bool(review.rows)


@settings(max_examples=60)
@given(
    reviews(max_rows=12),
    origins,
    st.integers(SMALLEST, 12_000),
    st.sampled_from([characters, octets]),
)
def test_a_comment_stays_below_its_limit(
    review: Review, origin: Origin, most: int, size: object
) -> None:
    assert callable(size)
    limit = Limit(most, size)
    markdown = comment(review, origin, limit)
    assert size(markdown) <= most
    whole = comment(review, origin, Limit(10**9, size))
    assert (markdown == whole) == ("Left out here" not in markdown)
    _checked(markdown, origin)


@given(reviews())
def test_the_verdict_never_contradicts_the_table(review: Review) -> None:
    markdown = comment(review, Origin(), COMMENT)
    alert = re.match(r"> \[!(\w+)\]\n> (.*)\n", markdown)
    assert alert
    cells = page(markdown).cells[1:]
    failed = [row for row in cells if "\u274c" in row[-1]]
    good = alert[1] in ("NOTE", "TIP")
    assert not (good and failed)
    assert ("a gate failed" in alert[2]) >= bool(failed and review.level is Level.GATE_FAILED)
    assert good == (review.level in (Level.CHANGES, Level.NOTHING))
    assert sum(r.outcome is Outcome.FAIL for r in review.rows) == len(failed)
    if not review.rows:
        assert not cells


def test_every_level_has_an_alert_of_github() -> None:
    assert {*ALERTS} == {*Level}
    assert {*ALERTS.values()} <= {"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"}
    assert COMMENT.most + MARKER == 65_536
    assert characters("\U0001f600a") == 3


@pytest.mark.parametrize(("rows", "most"), [(40, 8_000), (400, 30_000)])
def test_folded_parts_go_before_rows_of_the_table(rows: int, most: int) -> None:
    review = large(rows)
    markdown = comment(review, Origin(more=MORE), Limit(most, characters))
    shown = page(markdown)
    kept = len(shown.cells) - 1
    left = re.search(r"Left out here, for want of space:\*\* (.*)\. \[The run", markdown)
    assert left
    assert "plan lines" in left[1]
    assert (kept == rows) == (rows == 40)
    if kept < rows:
        assert f"{rows - kept} table rows" in left[1]
        assert "<details>" not in markdown
    assert shown.links == [MORE]
