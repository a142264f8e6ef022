"""How an apply ended: a line a workload, then the sum, within 80 columns."""

from __future__ import annotations

from collections import Counter

from pareta_plan.apply.result import Result, Status
from pareta_plan.errors import CostCapError
from pareta_plan.plan.model import Action, total
from pareta_plan.render.result import COLOURS
from pareta_plan.words import WIDTH, Paint, plain, usd, visible

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
