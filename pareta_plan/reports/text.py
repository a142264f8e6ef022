"""A report as text without colour, for files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from pareta_plan.render.calling import deployed_lines
from pareta_plan.render.drift import drift_text
from pareta_plan.render.lock import relocked
from pareta_plan.render.plan import plan_text
from pareta_plan.render.policy import policy_text
from pareta_plan.render.result import final_text, result_text
from pareta_plan.render.rows import briefly, rows_text
from pareta_plan.render.story import story_text
from pareta_plan.reports.report import (
    Deployed,
    Explained,
    Locked,
    Moved,
    Performed,
    Proposed,
    Report,
    Scored,
    Subject,
    Validated,
)
from pareta_plan.words import block, count, laid_out


def render(report: Report) -> str:
    """What a terminal shows, and what it was of."""
    parts = [f"pareta-plan {report.kind}"]
    if report.subject is not None:
        parts += [part for part in _parts(report.subject) if part]
    parts += [_error(error) for error in report.errors]
    return "\n\n".join(parts)


def _error(error: Exception) -> str:
    hint = getattr(error, "hint", None)
    said = f"error: {block(str(error))}"
    return f"{said}\n  {block(hint)}" if hint else said


def _parts(subject: Subject) -> Iterator[str]:
    match subject:
        case Proposed():
            yield plan_text(subject.plan)
            yield policy_text(list(subject.violations))
            if subject.refusal:
                yield f"apply will refuse this: {block(str(subject.refusal))}"
        case Performed():
            yield from _parts(subject.proposed)
            results = subject.applied.results
            yield from map(result_text, results)
            if results:
                yield final_text(results, subject.applied.billed_before)
        case _:
            yield from _told(subject)


def _told(
    subject: Moved | Validated | Locked | Explained | Deployed | Scored,
) -> Iterator[str]:
    match subject:
        case Moved():
            yield drift_text(subject.found)
        case Validated():
            yield laid_out(_valid(env, found) for env, found in subject.workloads.items())
        case Locked():
            yield laid_out(relocked(subject.before, subject.after)) or "nothing changed"
        case Explained():
            yield story_text(subject.name, subject.entry, subject.manifest, subject.close)
        case Deployed():
            yield laid_out(deployed_lines(subject.endpoints, subject.names))
        case Scored():
            yield from (rows_text(briefly(one)) for one in subject.shown)
        case _:
            assert_never(subject)


def _valid(env: str | None, found: int) -> str:
    where = f" in the environment {env}" if env else ""
    return f"{count(found, 'workload')} valid{where}"
