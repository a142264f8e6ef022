"""The verdict of a review: one line that says what its table shows, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from pareta_plan.errors import listed
from pareta_plan.escapes import visible
from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.model import Action
from pareta_plan.plan.result import INTERRUPTED, Status
from pareta_plan.policy.violation import blocking
from pareta_plan.reports.report import Kind
from pareta_plan.reports.review import Level, Review, Row
from pareta_plan.words import count

NAMED = 3
"""Most workloads that a sentence names."""


def verdict(review: Review) -> str:
    """One line of plain text, visible as it is; of an error it quotes the first line."""
    said = [
        sentence for level in Level if level in review.levels for sentence in _of(review, level)
    ]
    return " ".join(visible(f"{sentence.rstrip('.:')}.") for sentence in (*said, *_sum(review)))


def _of(review: Review, level: Level) -> Iterator[str]:
    if level in _SAID:
        yield from _SAID[level](review)


def _errors(review: Review) -> Iterator[str]:
    what = "There is no plan" if review.kind is Kind.PLAN else f"{review.kind.capitalize()} failed"
    if len(review.problems) == 1:
        yield f"{what}: {_first_line(review.problems[0].message)}"
    elif review.problems:
        yield f"{what}: {count(len(review.problems), 'error')}"
    failed = review.of(Level.ERROR)
    if broken := [row for row in failed if row.status is Status.FAILED]:
        yield f"{_names(broken)} failed"
    if stopped := [row for row in failed if row.status in INTERRUPTED]:
        yield f"Apply was stopped before {_names(stopped)} came to an end"


def _failed(review: Review) -> Iterator[str]:
    yield f"{_kept(review, Level.GATE_FAILED)}: a gate failed"


def _inconclusive(review: Review) -> Iterator[str]:
    yield f"{_kept(review, Level.INCONCLUSIVE)}: a gate is inconclusive"


def _kept(review: Review, level: Level) -> str:
    rows = review.of(level)
    if review.applied:
        return f"{_names(rows)} {_are(rows)} not deployed"
    return f"{_names(rows)} would stay {'as it is' if len(rows) == 1 else 'as they are'}"


def _policy(review: Review) -> Iterator[str]:
    broken = blocking(review.violations)
    named = listed(list(dict.fromkeys(one.rule for one in broken)), NAMED)
    yield f"The project's policy is broken: {named}"


def _held_back(review: Review) -> Iterator[str]:
    if review.refusal:
        yield f"Apply would refuse this: {_first_line(review.refusal.message)}"
    if skipped := review.of(Level.HELD_BACK):
        yield f"{_names(skipped)} {'was' if len(skipped) == 1 else 'were'} left undone"


_SAID: Mapping[Level, Callable[[Review], Iterator[str]]] = {
    Level.ERROR: _errors,
    Level.GATE_FAILED: _failed,
    Level.INCONCLUSIVE: _inconclusive,
    Level.POLICY: _policy,
    Level.HELD_BACK: _held_back,
}


def _sum(review: Review) -> Iterator[str]:
    """What changes, or did; what a gate keeps back is not counted among it."""
    if review.plan is None or (review.problems and not review.rows):
        return
    rows = [row for row in review.rows if row.outcome is None]
    unchanged = count(len(review.plan.unchanged), "workload")
    if not review.rows:
        yield f"Nothing to change: {unchanged} up to date"
    elif review.applied:
        done = sum(row.status is Status.DONE for row in rows)
        yield f"{done} of {count(len(review.rows), 'change')} done"
    else:
        same = len(review.plan.unchanged)
        if said := [*_actions(rows), *([f"{same} unchanged"] if same else [])]:
            yield ", ".join(said)
        if pending := sum(any(gate.outcome is None for gate in row.gates) for row in rows):
            yield f"Gates decide on {pending} of them when it is applied"
    yield from _allowed(review.rows)


def _actions(rows: Iterable[Row]) -> Iterator[str]:
    actions = Counter(row.change.action for row in rows)
    for action in Action:
        if actions[action]:
            yield f"{actions[action]} to {'record' if action is Action.NONE else action}"


def _allowed(rows: Iterable[Row]) -> Iterator[str]:
    found = [
        r for r in rows if any(g.outcome is Outcome.INCONCLUSIVE and g.allowed for g in r.gates)
    ]
    if found:
        yield f"A gate of {_names(found)} is inconclusive, which its manifest allows"


def _names(rows: Iterable[Row]) -> str:
    return listed([row.workload for row in rows], NAMED)


def _are(rows: list[Row]) -> str:
    return "is" if len(rows) == 1 else "are"


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
