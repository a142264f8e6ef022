"""The kinds that there are, each by its name in `task.yaml`."""

from __future__ import annotations

from pareta_plan.platform.data import Registry
from pareta_plan.platform.kinds.classification import Classification
from pareta_plan.platform.kinds.extraction import Extraction
from pareta_plan.platform.kinds.kind import Kind

KINDS = Registry[type[Kind]]("kind", {kind.name: kind for kind in (Classification, Extraction)})
