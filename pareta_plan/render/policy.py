"""What a plan breaks of the project's policy, for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from pareta_plan.policy.violation import Violation, blocking
from pareta_plan.words import WIDTH, Paint, count, laid_out, plain, wrapped

INDENT = " " * 4
FACT = INDENT + " " * 10


def policy_text(found: list[Violation], paint: Paint = plain, width: int = WIDTH) -> str:
    """A block a violation, then the sum; nothing when nothing is broken."""
    if not found:
        return ""
    lines = (line for one in found for line in (*_violation(one, paint, width), ""))
    broken = len(blocking(found))
    waived = f", {len(found) - broken} waived" if len(found) > broken else ""
    return laid_out([*lines, paint(f"Policy: {count(broken, 'violation')}{waived}.", "bold")])


def _violation(violation: Violation, paint: Paint, width: int) -> Iterator[str]:
    word, colour = ("waived", "yellow") if violation.waiver else ("broken", "red")
    name = violation.workload or "the project"
    head = f"! {name}  {word} ({violation.rule}): {violation.found}"
    first, *rest = wrapped(head, INDENT, width)
    yield paint(first[: len(name) + 2], "bold") + first[len(name) + 2 :].replace(
        word, paint(word, colour), 1
    )
    yield from rest
    for fact in _facts(violation):
        yield from wrapped(INDENT + fact, FACT, width)


def _facts(violation: Violation) -> Iterator[str]:
    yield f"allowed   {violation.allowed}"
    yield f"rule      {violation.rule_at}"
    if violation.manifest_at:
        yield f"manifest  {violation.manifest_at}"
    if waiver := violation.waiver:
        yield f"waived    until {waiver.expires}: {' '.join(waiver.reason.split())}"
        return
    if waiver := violation.expired:
        yield f"waiver    expired on {waiver.expires}: {' '.join(waiver.reason.split())}"
    yield f"help      {violation.hint}"
