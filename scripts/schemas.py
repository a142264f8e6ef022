"""Writes `schemas/*.schema.json` from the code; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from pareta_plan.canonical import canonical_json
from pareta_plan.cli.schemas import SCHEMAS, schema

FOLDER = Path(__file__).parent.parent / "schemas"


def main(arguments: list[str]) -> int:
    """Write all schemas, or say which differ; the exit code."""
    stale = 0
    for which in SCHEMAS:
        path, current = FOLDER / f"{which}.schema.json", canonical_json(schema(which))
        if "--check" not in arguments:
            path.write_bytes(current)
        elif not path.exists() or path.read_bytes() != current:
            print(f"{path.name} is not current: run python -m scripts.schemas")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
