"""`python -m tests.faults [CASE ...]`: run kill points and print how many converge."""

from __future__ import annotations

import os
import sys
import time

from tests.faults.cases import cases, clean, deaths, differs
from tests.faults.scenarios import SCENARIOS


def main(names: list[str]) -> int:
    """Run the cases named, or all of them."""
    began = time.monotonic()
    for variable in [v for v in os.environ if v.startswith("PARETA_")]:
        del os.environ[variable]
    wanted = names or [case for name in SCENARIOS for case in cases(name)]
    failed = 0
    for case in wanted:
        if wrong := differs(case):
            failed += 1
            print(f"{case}: {wrong}\n")  # noqa: T201
    kills = deaths(wanted)
    seconds = time.monotonic() - began
    print(  # noqa: T201
        f"{len(wanted)} cases with {kills} kill points, {len(wanted) - failed} converged, "
        f"{failed} did not; {seconds:.0f} s"
    )
    clean()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
