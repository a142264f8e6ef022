"""A project's own model stays what was deployed, whatever is declared since."""

from __future__ import annotations

import json

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.catalog.spec import OwnModelSpec
from pareta_plan.platform.store.endpoints import EndpointRow


def kept(task: CatalogTask, alias: str) -> str | None:
    """What is kept of the alias with a new endpoint; None for a model of the catalog."""
    spec = task.model(alias)
    return json.dumps(spec.options, sort_keys=True) if isinstance(spec, OwnModelSpec) else None


def spec_of(row: EndpointRow) -> OwnModelSpec | None:
    """The project's model that an endpoint was deployed with; None for one of the catalog."""
    if row.own is None:
        return None
    return OwnModelSpec(alias=row.alias, runtime="provider", options=json.loads(row.own))
