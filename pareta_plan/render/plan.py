"""A plan for people to read: a block a change that reads like the decision it is, then the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pareta_plan.plan.attributes import PRICE, QUALITY
from pareta_plan.plan.model import Action, Attribute, Change, Class, Plan
from pareta_plan.plan.steps import Call, Evaluate, Hold, Promote, Record, Step
from pareta_plan.render.comparison import development
from pareta_plan.render.course import course_lines
from pareta_plan.render.overview import FEW, arranged, opening
from pareta_plan.render.resolution import resolution
from pareta_plan.words import (
    UNPROVEN,
    WIDTH,
    Paint,
    count,
    laid_out,
    plain,
    quality,
    table,
    usd,
    wrapped,
)

SYMBOLS = {
    Action.CREATE: ("+", "green"),
    Action.REPLACE: ("~", "yellow"),
    Action.UPDATE: ("~", "yellow"),
    Action.EVALUATE: ("?", "cyan"),
    Action.START: ("^", "green"),
    Action.STOP: ("v", "yellow"),
    Action.DESTROY: ("-", "red"),
    Action.NONE: ("=", "cyan"),
}
INDENT = "    "
MOVES = "the id changes, and this platform has no stable names: whoever calls it must follow"
HEADING = ("workload", "task", "model", "quality", "rows", "estimate")
NUMBERS = frozenset({3, 4, 5})
"""The columns of the heading that are flush right."""
_RESOLVED = {Class.NEW, Class.TASK_MOVED, Class.MODEL_SWAPPED, Class.BASELINES_CHANGED}
"""The classes of changes in which what the manifest was resolved to is news."""


def plan_text(plan: Plan, paint: Paint = plain, width: int = WIDTH) -> str:
    """The plan as a whole; a long one opens with what it comes to, and with what matters most."""
    lines: list[str] = []
    if len(plan.changes) > FEW:
        lines = [*_verdict(plan, paint, width), *opening(plan, paint, width), ""]
    for group in arranged(plan.changes):
        one = len(group) == 1
        lines += _change(group[0], paint, width) if one else _alike(group, paint, width)
        lines.append("")
    ending = [*_verdict(plan, paint, width), *wrapped(_platform(plan), "", width)]
    return laid_out([*lines, *_providers(plan, paint), *_made_from(plan, width), *ending])


def _providers(plan: Plan, paint: Paint) -> Iterator[str]:
    """Where rows and requests would go for the first time."""
    if not plan.providers:
        return
    yield "Providers that it calls for the first time; rows and requests go there:"
    for one in plan.providers:
        name = paint(f"{'~' if one.before else '+'} {one.provider}", "bold")
        before = f"{one.before} -> " if one.before else ""
        yield f"{INDENT}{name}  {before}{one.address}"
    yield ""


def _platform(plan: Plan) -> str:
    return f"Platform: {plan.platform}; {dollars(plan)}."


def dollars(plan: Plan) -> str:
    """Whose the dollars of a plan are, in words."""
    if plan.billed:
        return "its dollars are what that platform charges"
    if plan.calls_providers:
        return (
            "its dollars are what providers bill, at their declared or listed prices, and CPU time "
            "at a stated rate, for which nobody is billed"
        )
    return "its dollars are CPU time at a stated rate, nobody is billed"


def origin(plan: Plan) -> str:
    """Where a plan was made and what for, which its changes don't say."""
    scope = f" for {plan.scope}" if plan.scope else ""
    return f"made{scope} on {plan.platform} in {plan.directory}, by pareta-plan {plan.tool}"


def _change(change: Change, paint: Paint, width: int) -> Iterator[str]:
    yield from _head(change, paint, width)
    compared = _known(change) or Class.GATES_CHANGED in change.classes
    news = _RESOLVED.intersection(change.classes) or (change.attributes and not compared)
    if change.resolution and news:
        yield from (INDENT + line for line in resolution(change.resolution, width - len(INDENT)))
    if compared:
        for name, delta in change.attributes.items():
            yield from _indented(_attribute(name, delta), width)
    if change.unproven:
        yield from _indented(UNPROVEN, width)
    if change.proof:
        yield from _indented(f"evidence: {change.proof}", width)
    yield from (INDENT + line for line in course_lines(change.courses, width - len(INDENT)))
    if change.moves_callers:
        yield from _indented(MOVES, width)
    told = (change.development_rows, change.rows, width - len(INDENT), change.development_named)
    for line in development(*told):
        yield INDENT + line
    for step in change.steps:
        yield from _indented(f"- {_step(step, change)}", width)


def _alike(group: list[Change], paint: Paint, width: int) -> Iterator[str]:
    """Changes that differ in little but their names, a line each."""
    yield from _head(group[0], paint, width, count(len(group), "workload"))
    resolved = all(change.resolution and not _known(change) for change in group)
    rows = [(change.workload, *_figures(change, resolved)) for change in group]
    rows = [HEADING, *rows] if resolved else rows
    most = max(map(len, rows))
    for n in range(most, 0, -1):  # as many columns as fit
        lines = table(
            [(*row, *[""] * most)[:n] for row in rows], right=NUMBERS if resolved else frozenset()
        )
        if max(map(len, lines)) <= width - len(INDENT):
            break
    yield from (INDENT + line for line in lines)


def _figures(change: Change, resolved: bool) -> list[str]:
    """What tells a change from others like it: what it was `resolved` to, or what differs."""
    if change.resolution and resolved:
        model = change.resolution.model.resolved
        cost = usd(change.reserve_micro_usd)
        rows = f"{change.rows:,}" if change.rows else "-"
        return [change.resolution.task.id, model.id, quality(model.quality), rows, cost]
    if change.attributes:
        return [_attribute(name, delta) for name, delta in change.attributes.items()]
    return [_step(step, change) for step in change.steps if not isinstance(step, Record)]


def _known(change: Change) -> bool:
    """Whether there is a decision before this one to compare it with."""
    return any(delta.before is not None for delta in change.attributes.values())


def _head(change: Change, paint: Paint, width: int, subject: str = "") -> Iterator[str]:
    symbol, colour = SYMBOLS[change.action]
    name = f"{symbol} {subject or change.workload}"
    action = "no action" if change.action is Action.NONE else change.action
    plain_head = f"{name}  {action}"
    why = f" ({', '.join(change.classes)}): {change.why}"
    first, *rest = wrapped(plain_head + why, INDENT, width)
    yield first.replace(plain_head, f"{paint(name, 'bold')}  {paint(action, colour)}", 1)
    yield from rest


def _indented(text: str, width: int) -> Iterator[str]:
    yield from (INDENT + line for line in wrapped(text, "  ", width - len(INDENT)))


def _attribute(name: str, delta: Attribute) -> str:
    before, after = _value(name, delta.before), _value(name, delta.after)
    return f"{name.removesuffix('_micro_usd')}: {before} -> {after}"


def _value(name: str, value: Any) -> str:
    match value:
        case None if name == "gates.on_inconclusive":
            return "fail"  # as without the line
        case None:
            return "none"
        case list():
            return ", ".join(map(str, value)) or "none"
        case int() if name.endswith(f".{PRICE}"):
            return usd(value)
        case float() | int() if name.endswith(f".{QUALITY}"):
            return quality(value)
        case str() if value.startswith("sha256:"):
            return value.removeprefix("sha256:")[:12]
        case _:
            return str(value)


def _step(step: Step, change: Change) -> str:
    match step:
        case Evaluate() if change.as_needed:
            most = f"evaluate at most {count(change.rows, 'row')} with {_models(change)}"
            return f"{most}{_probably(change)}, until the gates are decided"
        case Evaluate():
            return f"evaluate {count(change.rows, 'row')} with {_models(change)}"
        case Hold() if held := change.held:
            said = f"{held.outcome} ({', '.join(held.gates)})"
            return f"hold the evidence against the gates: {said}, so it stays as it is"
        case Hold():
            return "hold the result against the gates"
        case Call(endpoint):
            return f"call {endpoint} once"
        case Promote(name, endpoint, replaces):
            return f"let {name} reach {endpoint}{f' instead of {replaces}' if replaces else ''}"
        case Record():
            return "record it in the lockfile"
        case _:
            return f"{step.do} {step.endpoint}"


def _probably(change: Change) -> str:
    """How much will be bought, where that is less than the most."""
    rows, cost = change.expected_rows, change.reserve_micro_usd
    if rows is None or rows >= change.rows:
        return ""
    most = None if cost is None else cost - _calls(change)
    price = "" if most is None else f", {usd(most * rows // change.rows)}"
    return f", probably {count(rows, 'row')}{price}"


def _models(change: Change) -> str:
    cost = change.reserve_micro_usd
    price = "at an unknown price" if cost is None else f"about {usd(cost - _calls(change))}"
    return f"{count(change.models, 'model')}, {price}"


def _calls(change: Change) -> int:
    """What of a change's estimate is for calls of endpoints, in micro-USD."""
    price = change.resolution and change.resolution.model.resolved.cost_per_request_micro_usd
    return (price or 0) * sum(isinstance(step, Call) for step in change.steps)


def _made_from(plan: Plan, width: int) -> list[str]:
    said = ""
    if plan.observed is None:
        said = "Made from the lockfile alone; the platform was not asked what is deployed."
    elif plan.as_recorded:
        said = "Deployments are taken from the lockfile: this checkout never brought them up."
    return wrapped(said, "  ", width) if said else []


def _verdict(plan: Plan, paint: Paint, width: int) -> Iterator[str]:
    others = [f"{plan.not_selected} not selected"] if plan.selection else []
    if not plan.changes:
        current = f"Nothing to change: {count(len(plan.unchanged), 'workload')} up to date"
        said = "Nothing to destroy: nothing is deployed" if plan.destroy else current
        yield from wrapped(", ".join([said, *others]) + ".", "  ", width)
        return
    actions = Counter(change.action for change in plan.changes)
    parts = [f"{actions[a]} to {a}" for a in Action if actions[a] and a is not Action.NONE]
    if only := actions[Action.NONE]:
        parts.append(f"{only} to record")
    parts += [f"{len(plan.unchanged)} unchanged", *others]
    yield from (paint(line, "bold") for line in wrapped(f"Plan: {', '.join(parts)}.", "  ", width))
    if plan.reserve_micro_usd != 0:
        whose = "lockfile" if plan.observed is None else "leaderboard"
        yield f"Cost estimate, at the {whose}'s prices: {usd(plan.reserve_micro_usd)}"
