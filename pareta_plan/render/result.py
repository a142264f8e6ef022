"""Resolutions and results for people to read, within 80 columns where names allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isinf

from pareta_plan.apply.result import Result, Status
from pareta_plan.errors import CostCapError, ParetaError
from pareta_plan.gates.gates import Outcome, savings
from pareta_plan.plan.model import Action, total
from pareta_plan.plan.steps import Delete, Evaluate, Forget, Hold
from pareta_plan.project.lockfile import (
    Entry,
    Evidence,
    LockedCandidate,
    LockedTask,
    Measured,
    Resolution,
)
from pareta_plan.render.verdicts import verdict_lines
from pareta_plan.wire import MICRO
from pareta_plan.words import (
    WIDTH,
    Paint,
    floored,
    plain,
    quality,
    table,
    usd,
    visible,
    with_options,
    wrapped,
)

COLOURS = {
    Status.DONE: "green",
    Status.GATED: "red",
    Status.FAILED: "red",
    Status.SKIPPED: "yellow",
    Status.STOPPED: "yellow",
    Status.NOT_STARTED: "yellow",
}
ROLES = ("chosen", "candidate", "baseline")
FIGURES = frozenset({2, 4, 5, 6})  # the columns of the comparison that are flush right
FACT = " " * 10


def resolution(made: Resolution, width: int = WIDTH) -> Iterator[str]:
    """What an intent became, and why, a fact at a time."""
    for fact in _facts(made):
        yield from wrapped(visible(fact), FACT, width)


def _facts(made: Resolution) -> Iterator[str]:
    task, model = made.task, made.model
    if made.intent:
        yield f"intent    {' '.join(made.intent.split())}"
    yield f"task      {task.id} ({_how(task)})"
    if task.ambiguous_with:
        yield f"          about as close: {task.ambiguous_with}; pin one with `task:`"
    yield f"model     {model.resolved.id} ({model.reason})"
    yield f"          {_standing(model.resolved)}"
    for baseline in made.frontier.resolved:
        yield f"baseline  {baseline.id}"
        yield f"          {_standing(baseline)}"


def _how(task: LockedTask) -> str:
    if task.score is None:
        return task.matcher
    return f"matched by {task.matcher}, score {task.score:.2f}, {task.confidence} confidence"


def _standing(candidate: LockedCandidate) -> str:
    if candidate.quality is None and candidate.cost_per_request_micro_usd is None:
        return "quality and price unknown"
    price = usd(candidate.cost_per_request_micro_usd)
    return f"leaderboard: quality {quality(candidate.quality)}, {price} a request"


def result_text(result: Result, paint: Paint = plain, options: str = "") -> str:
    """What became of one change: the evaluation's table, the verdicts, the end.

    `options` are those of the commands which it advises.
    """
    lines = [paint(visible(result.change.workload), "bold")]
    evidence = result.entry.evidence if result.entry else None
    evaluated = result.change.does(Evaluate, Hold)
    if result.entry and evidence and evaluated and result.error is None:
        lines += (f"  {line}" for line in comparison(result.entry, evidence, WIDTH - 2))
    lines += (f"  {line}" for line in verdict_lines(result.verdicts, paint, WIDTH - 2))
    lines.append(f"  {paint(_ending(result), COLOURS[result.status])}")
    if isinstance(result.error, ParetaError) and result.error.hint:
        hint = visible(with_options(result.error.hint, options))
        lines += (f"    {line}" for line in wrapped(hint, "", WIDTH - 4))
    return "\n".join(lines)


def comparison(entry: Entry, evidence: Evidence, width: int = WIDTH) -> list[str]:
    """The table of the chosen model and other open candidates against the baselines."""
    baselines = {id: m for id, m in evidence.results.items() if m.kind == "frontier"}
    roles = {id: _role(id, m, entry) for id, m in evidence.results.items()}
    ids = sorted(roles, key=lambda name: ROLES.index(roles[name]))
    rows = [_measured_row(roles[id], evidence.results[id], baselines) for id in ids]
    remarks = [
        f"{visible(id)} answers {usual!r} on nine rows in ten or more"
        for id in ids
        if (usual := evidence.results[id].usual_answer) is not None
    ]
    wrapped_remarks = (line for remark in remarks for line in wrapped(remark, "  ", width))
    return [*_named_rows(ids, rows, width), *wrapped_remarks]


def _role(id: str, measured: Measured, entry: Entry) -> str:
    if id == entry.model.resolved.id:
        return "chosen"
    return "candidate" if measured.kind == "open" else "baseline"


def _named_rows(ids: list[str], rows: list[tuple[str, ...]], width: int) -> list[str]:
    """A table of the models' figures; where ids are too long for it, each on a line of its own."""
    head = ("role", "quality", "interval", "$/call", "savings", "errors")
    named = [("model", *head), *((id, *row) for id, row in zip(ids, rows, strict=True))]
    lines = table(named, right=FIGURES)
    if all(len(line) <= width for line in lines):
        return lines
    first, *rest = table([("model", *head), *(("", *row) for row in rows)], right=FIGURES)
    return [first, *(line for pair in zip(map(visible, ids), rest, strict=True) for line in pair)]


def _measured_row(role: str, measured: Measured, baselines: dict[str, Measured]) -> tuple[str, ...]:
    interval = "-"
    if measured.low is not None and measured.high is not None:
        low, high = floored(measured.low, 2), -floored(-measured.high, 2)
        interval = f"{low:.2f}-{high:.2f}"
    saved = savings(measured, baselines) if role != "baseline" else None
    cost = measured.cost_per_request_micro_usd
    return (
        role,
        quality(measured.quality),
        interval,
        "-" if cost is None else f"{cost / MICRO:.6f}",
        _times(saved),
        str(measured.errors),
    )


def _times(saved: float | None) -> str:
    if saved is None:
        return "-"
    return "free" if isinf(saved) else f"{floored(saved, 1):.1f}x"


def _ending(result: Result) -> str:
    if result.status is Status.FAILED:
        said = (visible(line) for line in f"failed: {result.error}".split("\n"))
        lines = (part for line in said for part in wrapped(line, "", WIDTH - 4))
        return "\n    ".join(lines)
    if result.status is Status.SKIPPED:
        why = visible(f"skipped: {result.error or result.reason}")
        return "\n  ".join(wrapped(why, "  ", WIDTH - 2))
    if result.status is Status.STOPPED:
        return "stopped: what it began goes on, and the next apply takes it up"
    if result.status is Status.GATED:
        held = "the gates failed" if result.blocked is Outcome.FAIL else "a gate is inconclusive"
        kept = result.entry.deployment if result.entry else None
        rest = f"; {visible(kept.endpoint)} goes on serving" if kept else ""
        return f"not deployed: {held}{rest}"
    if result.change.action is Action.DESTROY:
        gone = (step.endpoint for step in result.change.steps if isinstance(step, Delete))
        return f"deleted {visible(', '.join(gone))}"
    if result.change.does(Forget):
        return "given over"
    if result.change.action is Action.NONE:
        return "recorded"
    after = result.change.after
    if after is None:
        return "evaluated"
    return visible(f"{after.status} as {after.endpoint}")


NAME = 30


def final_text(results: list[Result], billed_before: int = 0, paint: Paint = plain) -> str:
    """What became of every workload where there are several, and what it cost."""
    lines = [*_table(results, paint), ""] if len(results) > 1 else []
    return "\n".join([*lines, *_sum(results, billed_before, paint)])


def _table(results: list[Result], paint: Paint) -> list[str]:
    names = [_cut(visible(result.change.workload), NAME) for result in results]
    name_width = max(map(len, names))
    action_width = max(len(result.change.action) for result in results)
    status_width = max(len(result.status) for result in results)
    lines = []
    for name, result in zip(names, results, strict=True):
        start = f"{name.ljust(name_width)}  {result.change.action.ljust(action_width)}  "
        status = result.status.ljust(status_width)
        why = _cut(_why(result), WIDTH - len(start) - status_width - 2)
        lines.append(f"{start}{paint(status, COLOURS[result.status])}  {why}".rstrip())
    return lines


def _why(result: Result) -> str:
    """The reason in a few words; the whole of it was said when the change ended."""
    if isinstance(result.error, CostCapError):
        return "the cost cap is reached"
    if result.error is not None:
        return visible(str(result.error).split("\n")[0])
    if result.status is Status.GATED:
        return f"gate {result.blocked}" if result.blocked else ""
    if result.status is Status.STOPPED:
        return "what it began goes on"
    if result.reason:
        return visible(result.reason)
    if result.status is not Status.DONE or result.change.action is Action.DESTROY:
        return ""
    after = result.change.after
    return visible(f"{after.status} as {after.endpoint}") if after else ""


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
