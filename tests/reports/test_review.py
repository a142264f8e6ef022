"""A verdict says what the rows below it say, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.result import INTERRUPTED, Status
from pareta_plan.policy.violation import blocking
from pareta_plan.reports.review import Level, Review
from pareta_plan.reports.verdict import verdict
from tests.cli.projects import LIVE, evaluated, manifest
from tests.reports.reviews import reviews

if TYPE_CHECKING:
    from tests.conftest import Cli

SAID = {
    Level.GATE_FAILED: ": a gate failed.",
    Level.INCONCLUSIVE: ": a gate is inconclusive.",
    Level.POLICY: "The project's policy is broken: ",
}


@given(reviews())
def test_the_level_is_that_of_the_worst_part(review: Review) -> None:
    order = list(Level)
    for row in review.rows:
        assert order.index(review.level) <= order.index(row.level)
    failed = any(g.outcome is Outcome.FAIL for r in review.rows for g in r.gates)
    broken = any(r.status in (Status.FAILED, *INTERRUPTED) for r in review.rows)
    if failed:
        assert review.level in (Level.ERROR, Level.GATE_FAILED)
    if review.level is Level.ERROR:
        assert broken or review.problems
    if review.level is Level.NOTHING:
        assert not [*review.rows, *review.problems]
        assert review.refusal is None
        assert not blocking(review.violations)
    if review.level in (Level.CHANGES, Level.NOTHING):
        assert all(g.outcome is not Outcome.FAIL for r in review.rows for g in r.gates)


@given(reviews())
def test_the_verdict_counts_what_its_rows_show(review: Review) -> None:
    line = verdict(review)
    assert "\n" not in line
    assert ("Nothing to change" in line) <= (not review.rows)
    for level, said in SAID.items():
        assert (said in line) >= (level in review.levels)
    if review.applied and review.rows:
        done = sum(r.status is Status.DONE and r.outcome is None for r in review.rows)
        assert f"{done} of {len(review.rows)} change" in line


def test_what_was_measured_before_the_task_moved_says_of_which_task_it_is(cli: Cli) -> None:
    cli.write({"pareta.yaml": manifest(more=LIVE + evaluated("min_quality: 0.05"))})
    assert cli("apply", "--auto-approve").code == 0
    moved = manifest(intent="how good a chauffeur is", more="task: chauffeur-rating\n" + LIVE)
    cli.write({"pareta.yaml": moved})
    (row,) = [
        line
        for line in cli("plan", "--format", "markdown").out.splitlines()
        if line.startswith("| `parcels`")
    ]
    assert "was 1.000<br>(3 rows of `parcel-status`)" in row
