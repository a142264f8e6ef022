"""What a request costs: the CPU time it took, at one stated rate.

The rate is ours: about what a general-purpose cloud vCPU costs on demand.
"""

from __future__ import annotations

from math import ceil

from pareta_plan.wire import MICRO

USD_PER_CPU_HOUR = 0.05


def cost_micro_usd(cpu_seconds: float, usd_per_cpu_hour: float = USD_PER_CPU_HOUR) -> int:
    """The price of `cpu_seconds` in micro-USD, rounded up to whole ones and at least 1."""
    exact = cpu_seconds / 3600 * usd_per_cpu_hour * MICRO
    return max(1, ceil(round(exact, 6)))  # rounded first: floating-point dust is not billed
