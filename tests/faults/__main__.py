"""`python -m tests.faults [CASE ...]`: run kill points and print how many converge."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.faults.cases import tried
from tests.faults.scenarios import SCENARIOS


def main(names: list[str]) -> int:
    """Run the cases named, or all of them, a scenario at a time in each of a few processes."""
    began = time.monotonic()
    for variable in [v for v in os.environ if v.startswith("PARETA_")]:
        del os.environ[variable]
    scenarios = {name.partition("/")[0] for name in names} or SCENARIOS
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        told = [*pool.map(tried, scenarios, [names] * len(scenarios))]
    for one in told:
        print(*one.wrong, sep="\n", end="" if not one.wrong else "\n")  # noqa: T201
    ran, failed = sum(one.cases for one in told), sum(len(one.wrong) for one in told)
    kills = sum(one.kills for one in told)
    seconds = time.monotonic() - began
    print(  # noqa: T201
        f"{ran} cases with {kills} kill points, {ran - failed} converged, {failed} did not; "
        f"{seconds:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
