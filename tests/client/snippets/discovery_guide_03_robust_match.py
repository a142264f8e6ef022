# discovery-guide: 1. Match intent to a task
# fmt: off
# ruff: noqa
# mypy: no-strict-optional
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa
# The snippet:
match = pa.tasks.match("classify support tickets by urgency")

if not match.matched:
    raise SystemExit(f"no task matched; closest: "
                     f"{[c.task_id for c in match.candidates]}")
if match.ambiguous:
    print("ambiguous - top candidates:",
          [(c.task_id, round(c.score or 0, 2)) for c in match.candidates[:2]])

task_id = match.chosen.task_id
