# tasks-reference: Async
# fmt: off
# ruff: noqa
# mypy: no-strict-optional, allow-untyped-defs, allow-untyped-calls
# The snippet:
import asyncio
from pareta_plan import AsyncPareta

async def main():
    async with AsyncPareta.from_env() as pa:
        match = await pa.tasks.match("extract key fields from contracts")
        if not match.matched:
            return
        task = await pa.tasks.retrieve(match.chosen.task_id)
        print(task.id, task.default_scorer, task.has_blob_input)

        catalog = await pa.tasks.list()
        print(f"{len(catalog)} tasks in the catalog")

asyncio.run(main())
