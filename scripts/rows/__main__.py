"""Write the built-in tasks' rows, or check that they are what the generators give.

python -m scripts.rows [--check] [TASK...]

Of a task whose rows come from a source it writes `rows.json`: how many there are, their digests
and their labels. That is checked for tasks that are named, or whose archive is at hand in the
folder that PARETA_PLAN_ARCHIVES names; of others it says that it isn't.
"""

from __future__ import annotations

import argparse
import json
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, cast

import scripts.rows
from pareta_plan.platform.catalog.catalog import BUILT_IN
from scripts.rows import Generator, Split, sourced

SPLITS: tuple[Split, ...] = ("dev", "heldout")
KEYS = ("id", "input", "expected")


def generators() -> dict[str, Generator]:
    """The generators of this package by task id."""
    names = [module.name for module in pkgutil.iter_modules(scripts.rows.__path__)]
    modules = [import_module(f"scripts.rows.{name}") for name in names if name != "__main__"]
    found = [cast(Generator, module) for module in modules if hasattr(module, "TASK")]
    return {generator.TASK: generator for generator in found}


def to_lines(rows: Sequence[dict[str, Any]]) -> bytes:
    """The rows as UTF-8 JSON lines with their keys in a fixed order."""
    ordered = ({key: row[key] for key in KEYS} for row in rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ordered).encode()


def files(generator: Generator) -> Iterator[tuple[Path, bytes]]:
    """The generator's files and what they should hold."""
    for split in SPLITS:
        yield BUILT_IN / generator.TASK / f"{split}.jsonl", to_lines(generator.rows(split))


def write(path: Path, content: bytes) -> None:
    """Write one file of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def differs(path: Path, content: bytes) -> bool:
    """Whether the file is missing or holds something else."""
    return not path.is_file() or path.read_bytes() != content


def _is_at_hand(task: str) -> bool:
    """Whether a source's archive is at hand; says so where it isn't."""
    is_there = sourced.is_at_hand(sourced.sourced()[task])
    if not is_there:
        print(f"not looked at, its archive isn't at hand: {task}")
    return is_there


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a check found files that differ, and prints their names."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.rows", description="Write or check rows."
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="only these tasks")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args(argv)
    known = generators()
    others = sourced.sourced()
    every = {*known, *others}
    if unknown := sorted({*arguments.tasks} - every):
        parser.error(f"no rows for {', '.join(unknown)}; there are {', '.join(sorted(every))}")
    named = arguments.tasks or [*sorted(known), *filter(_is_at_hand, sorted(others))]
    found = chain.from_iterable(
        files(known[task]) if task in known else sourced.files(others[task]) for task in named
    )
    stale = [(path, content) for path, content in found if differs(path, content)]
    for path, content in stale:
        print(f"{'differs' if arguments.check else 'written'}: {path}")
        if not arguments.check:
            write(path, content)
    return int(arguments.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
