# discovery-guide: 1. Match intent to a task
# fmt: off
# ruff: noqa
# mypy: no-strict-optional
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa
# The snippet:
match = pa.tasks.match("pull line items and totals out of vendor invoices")

if match.matched:
    task_id = match.chosen.task_id          # the best task
    print(f"matched {task_id} via {match.matcher} "
          f"(confidence={match.chosen.confidence})")
else:
    # No high-confidence hit - show the user the ranked alternates.
    for cand in match.candidates:
        print(f"  {cand.task_id}  score={cand.score:.2f}  {cand.confidence}")
