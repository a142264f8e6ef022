# tasks-reference: tasks.list
# fmt: off
# ruff: noqa
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.prepared import pa
# The snippet:
for task in pa.tasks.list():
    kind = "document" if task.has_blob_input else "text"
    print(f"  {task.id:<28} {kind:<10} scorer={task.default_scorer}")
