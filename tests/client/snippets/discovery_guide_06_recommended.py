# discovery-guide: The shortcut: recommended
# fmt: off
# ruff: noqa
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa, task_id
# The snippet:
model = pa.tasks.recommended(task_id)   # e.g. "qwen-1" or "recommended"
ep = pa.endpoints.deploy(task=task_id, model=model, wait=True)
print(ep.id, ep.status)
