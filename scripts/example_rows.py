"""Writes the examples' contracts and invoices; `--check` only compares.

They are further rows of the catalog's generators, with numbers beyond those of the committed
rows: no model was trained on them, and no leaderboard was measured on them.
"""

from __future__ import annotations

import json
import mimetypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pareta_plan.platform.invoices import invoices
from scripts.rows import contract_key_fields, invoice_extraction

DATA = Path(__file__).parent.parent / "examples" / "data"
CONTRACTS = range(1001, 1007)
# Digital PDFs and scans; those scans whose files are small, as they are kept in the repository.
INVOICES = (1002, 1007, 1004, 1009)


def files() -> Iterator[tuple[Path, bytes]]:
    """Every file and its bytes."""
    contracts = [contract_key_fields.row("heldout", number) for number in CONTRACTS]
    yield (
        DATA / "contracts.jsonl",
        _lines({k: r[k] for k in ("input", "expected")} for r in contracts),
    )
    scanned = [invoice_extraction.row("heldout", number) for number in INVOICES]
    listed = []
    for number, row in enumerate(scanned, start=1):
        document = invoices.render(row)
        name = f"invoice-{number}{mimetypes.guess_extension(document.mime)}"
        yield DATA / "invoices" / name, document.data
        listed.append({"file": name, "expected": row["expected"]})
    yield DATA / "invoices.jsonl", _lines(listed)


def _lines(rows: Any) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def main(arguments: list[str]) -> int:
    """Write all files, or say which differ; the exit code."""
    stale = 0
    for path, current in files():
        # A rendered page depends on the versions of its libraries: only its being there is checked.
        same = path.exists() and (path.suffix != ".jsonl" or path.read_bytes() == current)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(current)
        elif not same:
            print(f"{path.name} is not current: run python -m scripts.example_rows")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
