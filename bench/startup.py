"""How long the program takes to start, beside a Python that does nothing.

python -m bench.startup [--runs N] [--pareta-plan SCRIPT]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import installed
from bench.timing import Command, interleaved, report

MANIFEST = """\
version: 1
name: invoice-extraction
intent: pull line items and totals out of vendor invoices
model: recommended
frontier: benchmarked
deploy: {state: live}
eval:
  rows:
    - {input: "Invoice 1 from Miller & Sons: 2 chairs, 80.00 EUR", expected: {total: "80.00"}}
  gates: {min_quality: 0.85, max_gap_to_frontier: 0.03}
"""

BARE = "python -c pass"
GOALS = {"--version": 5.0, "--help": 5.0, "validate": 15.0}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--pareta-plan", type=Path, help="a script that is installed already")
    given = parser.parse_args()
    script = given.pareta_plan or installed.pareta_plan()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pareta.yaml").write_text(MANIFEST, encoding="utf-8")
        report(interleaved(_commands(script, folder), given.runs), BARE, GOALS)


def _commands(script: Path, project: str) -> dict[str, Command]:
    env = installed.environment()
    return {
        BARE: Command([installed.python_beside(script), "-c", "pass"], env),
        "--version": Command([script, "--version"], env, says="pareta-plan"),
        "--help": Command([script, "--help"], env, says="Commands"),
        "validate": Command([script, "-C", project, "validate"], env, says="1 workload: valid"),
    }


if __name__ == "__main__":
    main()
