"""A model's result of a run, from what became of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pareta_plan.platform.catalog.catalog import CatalogTask
from pareta_plan.platform.store.runs import ItemRow
from pareta_plan.wire import AUTO, PICO_PER_MICRO, EvalResult, exact_usd


def concluded(
    task: CatalogTask,
    model_id: str,
    items: Sequence[ItemRow],
    expected: Sequence[Any],
    served: str | None = None,
) -> EvalResult:
    """The result over the rows that were answered; the others are errors, not quality.

    An answer with a fault is an answer: it has a cost, and no quality. `served` is the digest of
    what the server says that it serves.
    """
    answered = [item for item in items if item.error is None]
    pairs = [(expected[i.idx], None if i.fault else i.output) for i in answered]
    quality, low, high = task.spec.answers.quality(pairs) if pairs else (None, None, None)
    cost = Fraction(sum(i.cost_pico_usd for i in answered), len(answered)) if answered else None
    return EvalResult(
        model_id=model_id,
        kind="open" if model_id == AUTO or task.model(model_id) else "frontier",
        quality_mean=quality,
        quality_ci_low=low,
        quality_ci_high=high,
        mean_cost_micro_usd=None if cost is None else round(cost / PICO_PER_MICRO),
        mean_cost_usd=None if cost is None else exact_usd(cost),
        n_succeeded=len(answered),
        error_count=len(items) - len(answered),
        majority=task.spec.answers.majority([expected for expected, _ in pairs]),
        faults=dict(sorted(Counter(i.fault for i in answered if i.fault).items())),
        **({"served": served} if served else {}),
    )
