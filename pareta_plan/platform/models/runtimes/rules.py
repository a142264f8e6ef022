"""Extraction by hand-written rules: patterns for values, keywords for their places.

Option: `rules`, the name of the set of rules, whose fields the task must have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.data import Registry
from pareta_plan.platform.models.extraction import address_rules, contract_rules, invoice_rules
from pareta_plan.platform.models.model import Model, Progress
from pareta_plan.platform.models.runtimes.text_model import TextModel

_CONTEXT_K = 128

RULE_SETS = Registry[Callable[[str], dict[str, Any]]](
    "set of rules",
    {
        "address": address_rules.extract,
        "contract": contract_rules.extract,
        "invoice": invoice_rules.extract,
    },
)


def load(task: CatalogTask, options: dict[str, Any], progress: Progress) -> Model:
    """The rules that the options name. Raises ParetaError when there are no such."""
    extract = RULE_SETS[str(options.get("rules", ""))]
    return TextModel(f"rules-{task.id}-1.0", _CONTEXT_K, extract)
