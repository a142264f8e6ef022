# discovery-guide: 2. Rank the models on a task
# fmt: off
# ruff: noqa
# mypy: no-strict-optional
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa, task_id
# The snippet:
board = pa.tasks.leaderboard(task_id)

print(f"metric={board.metric} cost_unit={board.cost_unit}")
print(f"recommended: {board.recommended}")

for entry in board.models:
    cost = entry.cost_per_request_micro_usd or 0
    print(f"  {entry.name:<16} {entry.kind:<8} "
          f"quality={entry.quality:.3f} "
          f"${cost / 1_000_000:.6f}/req ctx={entry.context_k}k")

if board.frontier:
    f = board.frontier
    print(f"frontier baseline: {f.name} quality={f.quality:.3f} "
          f"${(f.cost_per_request_micro_usd or 0) / 1_000_000:.6f}/req")
