"""What is deployed stays what it was, whatever becomes of its task or of a project's models."""

from __future__ import annotations

import json

from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.catalog.content import Content
from pareta_plan.platform.catalog.spec import OwnModelSpec
from pareta_plan.platform.refusal import Refusal
from pareta_plan.platform.store import contents
from pareta_plan.platform.store.endpoints import EndpointRow
from pareta_plan.platform.store.store import Store


def kept(task: CatalogTask, alias: str) -> str | None:
    """What is kept of the alias with a new endpoint; None for a model of the catalog."""
    spec = task.model(alias)
    return json.dumps(spec.options, sort_keys=True) if isinstance(spec, OwnModelSpec) else None


def spec_of(row: EndpointRow) -> OwnModelSpec | None:
    """The project's model that an endpoint was deployed with; None for one of the catalog."""
    if row.own is None:
        return None
    return OwnModelSpec(alias=row.alias, runtime="provider", options=json.loads(row.own))


class Tasks:
    """The tasks that endpoints were deployed with, each read once a process."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._known: dict[str, CatalogTask] = {}

    def of(self, row: EndpointRow) -> CatalogTask:
        """An endpoint's task as it was; as it is now where an older version kept nothing of it.

        Raises Refusal (503).
        """
        if row.content is None:
            task = self._catalog.get(row.task_id)
            if task is None:
                raise Refusal(503, f"the task {row.task_id!r} is no longer in the catalog")
            return task
        if row.content not in self._known:
            self._known[row.content] = self._read(row.id, row.content)
        return self._known[row.content]

    def _read(self, endpoint_id: str, digest: str) -> CatalogTask:
        with self._store.read() as connection:
            before = Content(*contents.get(connection, digest))
        try:
            return self._catalog.pinned(before)
        except ValueError:
            raise Refusal(
                503,
                f"{endpoint_id!r} was deployed by a version of pareta-plan that knew other kinds "
                "of tasks: deploy it again",
            ) from None
