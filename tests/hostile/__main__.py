"""`python -m tests.hostile [WORD ...]`: run the corpus, or the cases whose names have the words."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.hostile.corpus import MOST_SECONDS, Corpus


def main(words: list[str]) -> int:
    """Print what didn't hold, how many cases there are of each kind, and what was held."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder))
        cases = [case for case in corpus.cases() if all(word in str(case) for word in words)]
        began, failed = time.process_time(), 0
        for case in cases:
            faults = corpus.faults(case)
            failed += bool(faults)
            for fault in faults:
                print(f"{case}: {fault}"[:600])  # noqa: T201
        corpus.close()
    kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(case.kind for case in cases).items())
    seconds, slow = corpus.slowest
    print(  # noqa: T201
        f"{len(cases)} cases ({kinds}), {corpus.commands} commands, "
        f"{time.process_time() - began:.0f} s of CPU; {len(cases) - failed} held, "
        f"{failed} did not\n"
        "held: no traceback, no raw control or hidden character, no command to a CI, JSON valid, "
        f"no read or write outside, no key, no command over {MOST_SECONDS} s of CPU\n"
        f"slowest: {seconds:.2f} s of CPU, {slow}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
