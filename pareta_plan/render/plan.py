"""A plan for people to read: a block a change that reads like the decision it is, then the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pareta_plan.plan.attributes import PRICE, QUALITY
from pareta_plan.plan.model import Action, Attribute, Change, Class, Plan
from pareta_plan.plan.steps import Call, Evaluate, Hold, Record, Step
from pareta_plan.render.resolution import resolution
from pareta_plan.words import UNPROVEN, WIDTH, Paint, count, plain, quality, usd, visible, wrapped

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
_RESOLVED = {Class.NEW, Class.TASK_MOVED, Class.MODEL_SWAPPED, Class.BASELINES_CHANGED}
"""The classes of changes in which what the manifest was resolved to is news."""


def plan_text(plan: Plan, paint: Paint = plain) -> str:
    """The plan as a whole."""
    lines = (line for change in plan.changes for line in (*_change(change, paint), ""))
    return "\n".join([*lines, *_sum(plan, paint)])


def origin(plan: Plan) -> str:
    """Where a plan was made and what for, which its changes don't say."""
    scope = f" for {plan.scope}" if plan.scope else ""
    return f"made{scope} on {plan.platform} in {plan.directory}, by pareta-plan {plan.tool}"


def _change(change: Change, paint: Paint) -> Iterator[str]:
    yield from _head(change, paint)
    known = any(delta.before is not None for delta in change.attributes.values())
    compared = known or Class.GATES_CHANGED in change.classes
    news = _RESOLVED.intersection(change.classes) or (change.attributes and not compared)
    if change.resolution and news:
        yield from (INDENT + line for line in resolution(change.resolution, WIDTH - len(INDENT)))
    if compared:
        for name, delta in change.attributes.items():
            yield from _indented(_attribute(name, delta))
    if change.unproven:
        yield from _indented(UNPROVEN)
    for step in change.steps:
        yield from _indented(f"- {_step(step, change)}")


def _head(change: Change, paint: Paint) -> Iterator[str]:
    symbol, colour = SYMBOLS[change.action]
    name = f"{symbol} {visible(change.workload)}"
    action = "no action" if change.action is Action.NONE else change.action
    plain_head = f"{name}  {action}"
    why = f" ({', '.join(change.classes)}): {visible(change.why)}"
    first, *rest = wrapped(plain_head + why, INDENT)
    yield first.replace(plain_head, f"{paint(name, 'bold')}  {paint(action, colour)}", 1)
    yield from rest


def _indented(text: str) -> Iterator[str]:
    yield from (INDENT + line for line in wrapped(text, "  ", WIDTH - len(INDENT)))


def _attribute(name: str, delta: Attribute) -> str:
    before, after = _value(name, delta.before), _value(name, delta.after)
    return visible(f"{name.removesuffix('_micro_usd')}: {before} -> {after}")


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
        case Evaluate():
            return f"evaluate {count(change.rows, 'row')} with {_models(change)}"
        case Hold() if held := change.held:
            said = f"{held.outcome} ({', '.join(held.gates)})"
            return f"hold the evidence against the gates: {said}, so it stays as it is"
        case Hold():
            return "hold the result against the gates"
        case Call(endpoint):
            return f"call {visible(endpoint)} once"
        case Record():
            return "record it in the lockfile"
        case _:
            return f"{step.do} {visible(step.endpoint)}"


def _models(change: Change) -> str:
    cost = change.reserve_micro_usd
    price = "at an unknown price" if cost is None else f"about {usd(cost - _calls(change))}"
    return f"{count(change.models, 'model')}, {price}"


def _calls(change: Change) -> int:
    """What of a change's ceiling is for calls of endpoints, in micro-USD."""
    price = change.resolution and change.resolution.model.resolved.cost_per_request_micro_usd
    return (price or 0) * sum(isinstance(step, Call) for step in change.steps)


def _sum(plan: Plan, paint: Paint) -> Iterator[str]:
    if plan.observed is None:
        yield "Made from the lockfile alone; the platform was not asked what is deployed."
    others = [f"{plan.not_selected} not selected"] if plan.selection else []
    if not plan.changes:
        current = f"Nothing to change: {count(len(plan.unchanged), 'workload')} up to date"
        said = "Nothing to destroy: nothing is deployed" if plan.destroy else current
        yield ", ".join([said, *others]) + "."
        return
    actions = Counter(change.action for change in plan.changes)
    parts = [f"{actions[a]} to {a}" for a in Action if actions[a] and a is not Action.NONE]
    if only := actions[Action.NONE]:
        parts.append(f"{only} to record")
    parts += [f"{len(plan.unchanged)} unchanged", *others]
    yield paint(f"Plan: {', '.join(parts)}.", "bold")
    if plan.reserve_micro_usd != 0:
        whose = "lockfile" if plan.observed is None else "leaderboard"
        yield f"Cost ceiling, at the {whose}'s prices: {usd(plan.reserve_micro_usd)}"
