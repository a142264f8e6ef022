# tasks-reference: A full discovery pass
# fmt: off
# ruff: noqa
# mypy: no-strict-optional
# The snippet:
from pareta_plan import Pareta

pa = Pareta.from_env()

# 1. intent -> task
match = pa.tasks.match("extract key fields from contracts")
if not match.matched:
    raise SystemExit(f"no task matched: {[c.task_id for c in match.candidates]}")
task_id = match.chosen.task_id

# 2. inspect the task (document task? which scorer?)
task = pa.tasks.retrieve(task_id)
print(f"task={task.id} scorer={task.default_scorer} blob={task.has_blob_input}")

# 3. task -> recommended open model + the open-vs-frontier quality gap
board = pa.tasks.leaderboard(task_id)
pick = board.recommended
frontier_q = board.frontier.quality if board.frontier else None
print(f"recommend={pick} frontier_quality={frontier_q}")

# now: deploy `pick` (endpoints.deploy), or eval it vs the frontier on your data.
