"""What became of an apply: each change when it ends, and all of them when it is over."""

from __future__ import annotations

from collections import Counter

from pareta_plan.errors import CostCapError, ParetaError
from pareta_plan.gates.course import courses
from pareta_plan.gates.gates import Outcome, settled
from pareta_plan.plan.model import Action, State, total
from pareta_plan.plan.result import Result, Status
from pareta_plan.plan.steps import Delete, Evaluate, Forget, Hold
from pareta_plan.project.lockfile import Evidence
from pareta_plan.render.comparison import attempts, comparison, development, taken
from pareta_plan.render.course import course_lines
from pareta_plan.render.verdicts import verdict_lines
from pareta_plan.words import (
    UNPROVEN,
    WIDTH,
    Paint,
    count,
    laid_out,
    plain,
    usd,
    with_options,
    wrapped,
)

NAME = 30
"""Columns of a workload's name in the table of all."""
COLOURS = {
    Status.DONE: "green",
    Status.GATED: "red",
    Status.FAILED: "red",
    Status.SKIPPED: "yellow",
    Status.STOPPED: "yellow",
    Status.NOT_STARTED: "yellow",
}


def result_text(result: Result, paint: Paint = plain, options: str = "", width: int = WIDTH) -> str:
    """What became of one change: the evaluation's table, the verdicts, the end.

    `options` are those of the commands which it advises.
    """
    lines = [paint(result.change.workload, "bold")]
    evidence = result.entry.evidence if result.entry else None
    evaluated = result.change.does(Evaluate, Hold)
    if result.entry and evidence and evaluated and result.error is None:
        lines += (f"  {line}" for line in comparison(result.entry, evidence, width - 2))
        lines += (f"  {line}" for line in _taken(result, evidence, width - 2))
        known = evidence.development_rows
        lines += (f"  {line}" for line in development(known, evidence.rows, width - 2))
    lines += (f"  {line}" for line in verdict_lines(result.verdicts, paint, width - 2))
    if result.entry and evidence and evaluated:
        found = courses(result.verdicts, evidence, result.entry.model.resolved.id)
        lines += (f"  {line}" for line in course_lines(found, width - 2))
    lines += (f"  {paint(line, COLOURS[result.status])}" for line in _ending(result, width))
    if isinstance(result.error, ParetaError) and result.error.hint:
        hint = with_options(result.error.hint, options)
        lines += (f"    {line}" for line in wrapped(hint, "", width - 4))
    return laid_out(lines)


def _taken(result: Result, evidence: Evidence, width: int) -> list[str]:
    """After how many rows the gates were decided, and what of the most they cost."""
    if evidence.of_rows is None or not result.change.does(Evaluate):
        return taken(evidence, width)
    most, billed = usd(result.change.reserve_micro_usd), usd(result.billed_micro_usd)
    word = "decided" if settled(result.verdicts) else "undecided"
    of = f"{evidence.rows:,} of {count(evidence.of_rows, 'row')}"
    said = wrapped(f"{word} after {of}, {billed} of at most {most}", "  ", width)
    return [*said, *attempts(evidence, width)]


def _ending(result: Result, width: int) -> list[str]:
    """How it ended, the lines after the first indented."""
    if result.status is Status.FAILED:
        lines = f"failed: {result.error}".split("\n")
        first, *rest = (part for line in lines for part in wrapped(line, "", width - 4))
        return [first, *(f"  {line}" for line in rest)]
    if result.status is Status.SKIPPED:
        return wrapped(f"skipped: {result.error or result.reason}", "  ", width - 2)
    return _end(result)


def _end(result: Result) -> list[str]:
    """The same of what neither failed nor was skipped."""
    if result.status is Status.STOPPED:
        return ["stopped: what it began goes on, and the next apply takes it up"]
    if result.status is Status.GATED:
        held = "the gates failed" if result.blocked is Outcome.FAIL else "a gate is inconclusive"
        kept = result.entry.deployment if result.entry else None
        rest = f"; {kept.endpoint} goes on serving" if kept else ""
        return [f"not deployed: {held}{rest}"]
    if result.change.action is Action.DESTROY:
        gone = (step.endpoint for step in result.change.steps if isinstance(step, Delete))
        return [f"deleted {', '.join(gone)}"]
    if result.change.does(Forget):
        return ["given over"]
    if result.change.action is Action.NONE:
        return ["recorded"]
    after = result.change.after
    if after is None:
        return ["evaluated"]
    return [_standing(after), *([UNPROVEN] if _unproven(result) else [])]


def _standing(after: State) -> str:
    called = f", called {after.name}" if after.name else ""
    return f"{after.status} as {after.endpoint}{called}"


def _unproven(result: Result) -> bool:
    return bool(result.entry and result.entry.unproven)


def final_text(
    results: list[Result], billed_before: int = 0, paint: Paint = plain, width: int = WIDTH
) -> str:
    """What became of every workload where there are several, and what it cost."""
    lines = [*_table(results, paint, width), ""] if len(results) > 1 else []
    return laid_out([*lines, *_sum(results, billed_before, paint)])


def _table(results: list[Result], paint: Paint, width: int) -> list[str]:
    names = [_cut(result.change.workload, NAME) for result in results]
    name_width = max(map(len, names))
    action_width = max(len(result.change.action) for result in results)
    status_width = max(len(result.status) for result in results)
    lines = []
    for name, result in zip(names, results, strict=True):
        start = f"{name.ljust(name_width)}  {result.change.action.ljust(action_width)}  "
        status = result.status.ljust(status_width)
        why = _cut(_why(result), width - len(start) - status_width - 2)
        lines.append(f"{start}{paint(status, COLOURS[result.status])}  {why}".rstrip())
    return lines


def _why(result: Result) -> str:
    """The reason in a few words; the whole of it was said when the change ended."""
    if isinstance(result.error, CostCapError):
        return "the cost cap is reached"
    if result.error is not None:
        return str(result.error).split("\n")[0]
    if result.status is Status.GATED:
        return f"gate {result.blocked}" if result.blocked else ""
    if result.status is Status.STOPPED:
        return "what it began goes on"
    if result.reason:
        return result.reason
    if result.status is not Status.DONE or result.change.action is Action.DESTROY:
        return ""
    after = result.change.after
    unproven = ", unproven" if _unproven(result) else ""
    return f"{_standing(after)}{unproven}" if after else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."


def _sum(results: list[Result], billed_before: int, paint: Paint) -> list[str]:
    statuses = Counter(result.status for result in results)
    parts = [f"{statuses[Status.DONE]} done"]
    parts += [f"{statuses[s]} {s}" for s in Status if s is not Status.DONE and statuses[s]]
    billed = sum(result.billed_micro_usd for result in results)
    reserve = total(result.change.reserve_micro_usd for result in results)
    reserved = "an unknown sum" if reserve is None else usd(reserve)
    lines = [
        paint(f"Applied: {', '.join(parts)}.", "bold"),
        f"Billed for evaluations: {usd(billed)}, of {reserved} reserved.",
    ]
    if billed_before:
        lines.append(f"The apply it went on with had been billed {usd(billed_before)}.")
    return lines
