"""How to call what is deployed: the name or id that applications ask for, and a line of curl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pareta_plan.plan.model import Change
from pareta_plan.plan.result import Status
from pareta_plan.plan.steps import Deploy, Promote, Start
from pareta_plan.wire import LIVE
from pareta_plan.words import WIDTH, count, wrapped

START_SERVE = "`pareta-plan serve` starts the platform and prints both variables"


def called_as(change: Change, status: Status | None) -> str | None:
    """What applications ask for once a change is applied; None where nothing came up.

    A stable name, or the endpoint's id on a platform without such names.
    """
    after = change.after
    up = status is Status.DONE and change.does(Deploy, Start, Promote)
    return (after.name or after.endpoint) if up and after and after.status == LIVE else None


def how_to_call(names: Iterable[str | None], *, served: bool, width: int = WIDTH) -> list[str]:
    """Lines that say how to call what is there; `served` is whether `serve` has to run for that."""
    found = [name for name in names if name]
    if not found:
        return []
    others = f", or {count(len(found) - 1, 'other')}," if len(found) > 1 else ""
    where = f"; {START_SERVE}" if served else ""
    return [
        *wrapped(f"Call {found[0]}{others} with OpenAI's API{where}:", "", width),
        *curl(found[0]),
    ]


def deployed_lines(endpoints: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """A line a workload: its endpoint's id, and its stable name where it has one."""
    return ["  ".join((w, id, *names.get(w, "").split())) for w, id in endpoints.items()]


def curl(model: str) -> list[str]:
    """The lines of a command that asks a model."""
    return [
        '  curl "$PARETA_BASE_URL/v1/chat/completions" \\',
        '    -H "Authorization: Bearer $PARETA_API_KEY" \\',
        '    -H "Content-Type: application/json" \\',
        f'    -d \'{{"model": {json.dumps(model)},',
        '         "messages": [{"role": "user", "content": "..."}]}\'',
    ]
