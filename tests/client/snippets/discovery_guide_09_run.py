# discovery-guide: Feeding the roster into a run
# fmt: off
# ruff: noqa
# mypy: no-strict-optional
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa, task_id
# The snippet:
# Explicit: filter the roster yourself
ids = [fm.id for fm in pa.evals.frontier_models(task=task_id) if fm.benchmarked]
run = pa.evals.runs.create(
    eval_set="es_…",
    models=[pa.tasks.recommended(task_id)],   # the open candidate(s)
    frontier=ids,                              # explicit list of vendor ids
    wait=True,
)

# Keyword: the SDK fetches + filters the roster for you
run = pa.evals.runs.create(
    eval_set="es_…",
    models=[pa.tasks.recommended(task_id)],
    frontier="benchmarked",   # "all" | "benchmarked" | "none" | [ids]
    wait=True,
)
