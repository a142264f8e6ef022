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

DEPLOYED = """\
version: 1
name: ticket-urgency
intent: classify support tickets by urgency
model: recommended
frontier: none
deploy: {state: live}
"""

BARE = "python -c pass"
PLAN = "plan, embedded platform"
GOALS = {"--version": 4.0, "--help": 4.0, "validate": 12.0, PLAN: 25.0}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--pareta-plan", type=Path, help="a script that is installed already")
    given = parser.parse_args()
    script = given.pareta_plan or installed.pareta_plan()
    with tempfile.TemporaryDirectory() as folder:
        valid, deployed = Path(folder, "valid"), Path(folder, "deployed")
        for project, manifest in ((valid, MANIFEST), (deployed, DEPLOYED)):
            project.mkdir()
            (project / "pareta.yaml").write_text(manifest, encoding="utf-8")
        env = installed.environment()
        Command([script, "-C", deployed, "apply", "--auto-approve"], env, says="1 done").output()
        report(interleaved(_commands(script, valid, deployed), given.runs), BARE, GOALS)


def _commands(script: Path, valid: Path, deployed: Path) -> dict[str, Command]:
    env = installed.environment()
    plan: list[str | Path] = [script, "-C", deployed, "plan", "--detailed-exitcode"]
    return {
        BARE: Command([installed.python_beside(script), "-c", "pass"], env),
        "--version": Command([script, "--version"], env, says="pareta-plan"),
        "--help": Command([script, "--help"], env, says="Commands"),
        "validate": Command([script, "-C", valid, "validate"], env, says="1 workload: valid"),
        PLAN: Command(plan, env, says="Nothing to change"),
    }


if __name__ == "__main__":
    main()
