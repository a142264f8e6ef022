"""The comment's table: a row a workload that changes, the worst first."""

from __future__ import annotations

from collections.abc import Iterable

from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.model import Action
from pareta_plan.plan.result import Status
from pareta_plan.reports.markdown_text import cell, code
from pareta_plan.reports.review import Figures, Gate, Level, Row
from pareta_plan.words import count, floored, quality, usd_exactly

COLUMNS = ("Workload", "Change", "Model", "Quality", "Best baseline", "Cost a request", "Gates")
HEADER = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
NEXT = "<br>"
"""Begins a line in a cell; also, so that no script written from right to left swaps both sides."""
NO = "none"
MARKS = {
    Outcome.FAIL: "\u274c",
    Outcome.INCONCLUSIVE: "\u2753",
    Outcome.PASS: "\u2705",
    None: "\u23f3",
}
ENDINGS = {
    Status.DONE: "\u2705 done",
    Status.GATED: "\u26d4 not deployed",
    Status.FAILED: "\u274c failed",
    Status.SKIPPED: "\u23ed\ufe0f skipped",
    Status.STOPPED: "\u23f9\ufe0f stopped",
    Status.NOT_STARTED: "\u23f9\ufe0f not started",
}
STAYS = "\u26d4 stays as it is"
"""What a gate makes of a change that is planned."""


def ordered(rows: Iterable[Row]) -> list[Row]:
    """The worst first, then by name."""
    order = list(Level)
    return sorted(rows, key=lambda row: (order.index(row.level), row.workload))


def table_row(row: Row) -> str:
    """One line of the table."""
    cells = (
        code(row.workload),
        _change(row),
        _model(row),
        _quality(row),
        _baseline(row.baseline),
        _cost(row),
        _gates(row),
    )
    return f"| {' | '.join(map(cell, cells))} |"


def _change(row: Row) -> str:
    action = "record" if row.change.action is Action.NONE else row.change.action
    stays = STAYS if row.outcome else ""
    ending = ENDINGS[row.status] if row.status else stays
    return _lines(f"**{action}**", ", ".join(row.change.classes), ending)


def _model(row: Row) -> str:
    if row.deletes:
        gone = row.change.before and row.change.before.model
        return f"{code(gone) if gone else 'deployed'} \u2192{NEXT}{NO}"
    after = code(row.after.model) if row.after else NO
    return f"{code(row.before.model)} \u2192{NEXT}{after}" if row.before else after


def _quality(row: Row) -> str:
    before, after = row.before, row.after
    if after is None or before is None or before.quality is None:
        return _measure(after)
    return _lines(_measure(after), f"was {quality(before.quality)}{_of(before, after)}")


def _of(before: Figures, after: Figures) -> str:
    """What a quality before rests on, where that is something else than the one after."""
    if before.task is not None:
        rows = "leaderboard" if before.rows is None else count(before.rows, "row")
        return f"{NEXT}({rows} of {code(before.task)})"
    return " (leaderboard)" if before.rows is None and after.rows is not None else ""


def _measure(figures: Figures | None) -> str:
    """A quality with what it rests on: its interval and rows, or the leaderboard."""
    if figures is None or figures.quality is None:
        return "" if figures is None else "unknown"
    if figures.rows is None:
        return f"{quality(figures.quality)}{NEXT}(leaderboard)"
    rows = count(figures.rows, "row")
    rows += f", {count(figures.faults, 'bad answer')}" if figures.faults else ""
    if figures.low is None or figures.high is None:
        return f"{quality(figures.quality)}{NEXT}({rows})"
    low, high = floored(figures.low, 2), -floored(-figures.high, 2)
    return f"{quality(figures.quality)}{NEXT}{low:.2f} to {high:.2f}{NEXT}({rows})"


def _baseline(figures: Figures | None) -> str:
    if figures is None:
        return NO
    cost = "" if figures.cost_micro_usd is None else code(_usd(figures))
    return _lines(code(figures.model), _measure(figures), cost)


def _usd(figures: Figures) -> str:
    return usd_exactly(figures.cost_usd, figures.cost_micro_usd)


def _cost(row: Row) -> str:
    if row.after is None:
        return ""
    known = row.before is not None and row.before.cost_micro_usd is not None
    was = f"was {code(_usd(row.before))}" if row.before and known else ""
    now = "unknown" if row.after.cost_micro_usd is None else code(_usd(row.after))
    return _lines(now, was)


def _gates(row: Row) -> str:
    named = [
        f"{MARKS[gate.outcome]} {code(gate.name)}{' (allowed)' if gate.allowed else ''}"
        for gate in row.gates
        if gate.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE)
    ]
    rows = count(row.change.rows, "row")
    passed, pending = _having(row.gates, Outcome.PASS), _having(row.gates, None)
    return _lines(
        *named,
        "\u26a0\ufe0f unproven" if row.unproven else "",
        f"{MARKS[Outcome.PASS]} {passed} passed" if passed else "",
        f"{MARKS[None]} {pending} decided on {rows}" if pending else "",
    ) or ("" if row.deletes else NO)


def _having(gates: Iterable[Gate], outcome: Outcome | None) -> int:
    return sum(gate.outcome is outcome for gate in gates)


def _lines(*parts: str) -> str:
    return NEXT.join(part for part in parts if part)
