"""Findings as GitHub's workflow commands, which become annotations on the lines they are of.

Sources
- GitHub Docs, "Workflow commands for GitHub Actions": the commands `error`, `warning`, `notice`.
- actions/toolkit, packages/core/src/command.ts: what is escaped in data and in properties.
- GitHub Docs, "Checks": ten annotations of a kind and step are kept, those after them are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pareta_plan.escapes import visible
from pareta_plan.reports.finding import Finding, Severity, findings
from pareta_plan.reports.report import Report
from pareta_plan.words import count

MOST = 10
"""Annotations of a kind that GitHub keeps of a step."""


def render(report: Report) -> str:
    """A command a line, the worst first."""
    found = findings(report)
    kinds = ([one for one in found if one.severity is kind] for kind in Severity)
    return "\n".join(line for kind in kinds for line in _lines(kind))


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    """Those of one severity; where they are too many, the last says how many were dropped."""
    kept = found if len(found) <= MOST else found[: MOST - 1]
    yield from map(_command, kept)
    if dropped := len(found) - len(kept):
        kind = found[0].severity
        said = f"{count(dropped, f'more {kind}')} not shown: GitHub keeps {MOST} of a step"
        yield command(kind, said, title=f"{dropped:,} more")


def _command(one: Finding) -> str:
    at = one.location
    places: dict[str, str | int] = {}
    if at:
        places = {"file": at.path, "line": at.line, "col": at.column}
    return command(one.severity, one.message, **places, title=one.title)


def command(name: str, message: str, **properties: str | int) -> str:
    """A workflow command with its properties, but for those that are empty."""
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name}{' ' * bool(given)}{given}::{_data(message)}"


def _data(text: str) -> str:
    """Text after the command; its lines stay lines."""
    return "%0A".join(visible(line).replace("%", "%25") for line in text.split("\n"))


def _property(text: str) -> str:
    """A property's value, on one line."""
    escaped = visible(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")
