"""What a request costs: the CPU time it took, at one stated rate.

The rate is ours: about what a general-purpose cloud vCPU costs on demand. Costs are exact, in
micro-USD. A request's is rounded once, to whole pico-USD (10^-12 dollars), when it is kept; sums of
those are exact, and rounded to whole micro-USD where the wire has no room for more.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

from pareta_plan.platform.models.model import Prediction
from pareta_plan.wire import MICRO, PICO_PER_MICRO

USD_PER_CPU_HOUR = 0.05
_MICRO_USD_PER_CPU_SECOND = Fraction(str(USD_PER_CPU_HOUR)) * MICRO / 3600


def on_cpu(
    output: Any, cpu_seconds: float, prompt_tokens: int = 0, completion_tokens: int = 0
) -> Prediction:
    """An answer that costs the CPU time it took."""
    free = Prediction(output, Fraction(0), 0.0, prompt_tokens, completion_tokens)
    return and_cpu(free, cpu_seconds)


def and_cpu(prediction: Prediction, cpu_seconds: float) -> Prediction:
    """The answer with further CPU time, and what that costs."""
    cost = prediction.cost + Fraction(cpu_seconds) * _MICRO_USD_PER_CPU_SECOND
    return replace(prediction, cost=cost, cpu_seconds=prediction.cpu_seconds + cpu_seconds)


def kept(cost: Fraction) -> int:
    """An exact cost in micro-USD as it is kept: in whole pico-USD."""
    return round(cost * PICO_PER_MICRO)


def whole_micro_usd(pico: int) -> int:
    """What is billed for an exact sum, in whole micro-USD: rounded up, once."""
    return -(-pico // PICO_PER_MICRO)


def listed(cost: Fraction) -> int:
    """A price for a list of whole micro-USD: rounded up, and at least 1."""
    return max(1, ceil(round(cost, 6)))  # rounded first: floating-point dust is no price
