# discovery-guide: 3. List the frontier baselines to eval against
# fmt: off
# ruff: noqa
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa, task_id
# The snippet:
# All frontier models, no task context (no benchmarked flag, no filtering)
everything = pa.evals.frontier_models()

# Scoped to a document task: vision-filtered + benchmarked-annotated
for_task = pa.evals.frontier_models(task=task_id)
