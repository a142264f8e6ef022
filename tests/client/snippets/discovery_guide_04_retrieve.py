# discovery-guide: Inspecting the task
# fmt: off
# ruff: noqa
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa, task_id
# The snippet:
task = pa.tasks.retrieve(task_id, examples_n=3)
print(task.id, task.default_scorer, "blob_input=", task.has_blob_input)
