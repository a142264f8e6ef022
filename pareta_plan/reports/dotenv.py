"""The ids of what is deployed as lines for a shell's `source` and for `.env` files."""

from __future__ import annotations

from shlex import quote

from pareta_plan.escapes import visible
from pareta_plan.reports.report import Deployed, Report


def render(report: Report) -> str:
    """`PARETA_ENDPOINT_<NAME>=id` a line; quoted, as shells would run what isn't."""
    if not isinstance(report.subject, Deployed):
        return ""
    return "\n".join(
        f"PARETA_ENDPOINT_{workload.upper().replace('-', '_')}={quote(visible(endpoint))}"
        for workload, endpoint in report.subject.endpoints.items()
    )
