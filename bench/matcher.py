"""How long the matcher takes to be built over the built-in tasks, and for one intent.

python -m bench.matcher
"""

from __future__ import annotations

from time import process_time
from timeit import repeat

from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matcher import Matcher

QUERY = "pull line items and totals out of vendor invoices"
RUNS = 20


def main() -> None:
    """Measure and print CPU milliseconds, the least of the runs."""
    specs = [task.spec for task in Catalog().tasks()]
    matcher = Matcher(specs)
    for what, work in {
        f"built over {len(specs)} tasks": lambda: Matcher(specs),
        "one intent": lambda: matcher.match(QUERY),
    }.items():
        least = min(repeat(work, timer=process_time, number=1, repeat=RUNS))
        print(f"{what:24}{least * 1000:8.2f} ms")


if __name__ == "__main__":
    main()
