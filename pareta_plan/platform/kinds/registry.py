"""The kinds that there are, each by its name in `task.yaml`."""

from __future__ import annotations

from pareta_plan.platform.data import Registry
from pareta_plan.platform.kinds.classification import Classification
from pareta_plan.platform.kinds.extraction import Extraction
from pareta_plan.platform.kinds.kind import Kind
from pareta_plan.platform.kinds.labelling import Labelling
from pareta_plan.platform.kinds.prose import Prose
from pareta_plan.platform.kinds.ranking import Ranking
from pareta_plan.platform.kinds.structure import Structure

EVERY: tuple[type[Kind], ...] = (
    Classification,
    Labelling,
    Extraction,
    Structure,
    Ranking,
    Prose,
)
KINDS = Registry[type[Kind]]("kind", {kind.name: kind for kind in EVERY})
