# discovery-guide: 3. List the frontier baselines to eval against
# fmt: off
# ruff: noqa
# mypy: no-strict-optional
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa, task_id
# The snippet:
roster = pa.evals.frontier_models(task=task_id)
for fm in roster:
    flags = []
    if fm.vision:
        flags.append("vision")
    if fm.benchmarked:
        flags.append("benchmarked")
    print(f"  {fm.id:<28} {fm.vendor:<10} {' '.join(flags)}")
