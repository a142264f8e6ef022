"""The ids and names of what is deployed as lines for a shell's `source` and for `.env` files."""

from __future__ import annotations

from shlex import quote

from pareta_plan.escapes import visible
from pareta_plan.reports.report import Deployed, Report


def render(report: Report) -> str:
    """`PARETA_ENDPOINT_<NAME>=id` a line, then `PARETA_MODEL_<NAME>=` with its stable name.

    Quoted, as shells would run what isn't.
    """
    found = report.subject
    if not isinstance(found, Deployed):
        return ""
    kinds = (("ENDPOINT", found.endpoints), ("MODEL", found.names))
    return "\n".join(
        f"PARETA_{kind}_{workload.upper().replace('-', '_')}={quote(visible(value))}"
        for kind, values in kinds
        for workload, value in values.items()
    )
