"""Write the table of boards, docs/boards.md, or check that it is what the boards say.

python -m scripts.boards [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pareta_plan.platform.catalog.board import BoardEntry
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask

PAGE = Path(__file__).parents[1] / "docs/boards.md"
HEAD = """\
# The boards

What `pareta-plan catalog bench` measured of the tasks that are shipped, on held-out rows; this page
is written from the boards by `python -m scripts.boards`. Intervals are of 95%. A model that is no
better than always giving the usual label shows nothing, and nor does a gate against it.

Real rows come from packages, which [the platform's page](platform.md#tasks) tells of; none are in
this repository. `python -m bench.boards` holds their boards against rows that nothing was made or
measured with. Synthetic rows were written for their task, by the same people as its models: on
yours the figures will differ.

| task | rows | held out | measured | the usual label |
|---|---|---:|---|---:|
"""
SOURCES = """
## Sources

| task | package | licence | rows to learn from | what |
|---|---|---|---:|---|
"""


def page(catalog: Catalog) -> str:
    """The page, of the boards as they are."""
    tasks = catalog.tasks()
    return f"{HEAD}{_lines(map(_row, tasks))}{SOURCES}{_lines(map(_source, _sourced(tasks)))}"


def _lines(rows: Iterator[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(task: CatalogTask) -> list[str]:
    board = task.leaderboard()
    least = board.majority.quality if board.majority else -1.0
    measured = "<br>".join(_measured(entry, least) for entry in task.board.entries)
    usual = f"{least:.3f}" if board.majority else "-"
    rows = f"{task.data.count('heldout'):,}"
    return [f"`{task.id}`", board.rows or "-", rows, f"{board.metric}: {measured}", usual]


def _measured(entry: BoardEntry, least: float) -> str:
    interval = f"{entry.quality_ci_low:.3f} to {entry.quality_ci_high:.3f}"
    baseline = ", baseline" if entry.kind == "frontier" else ""
    nothing = "" if entry.quality > least else ", no better than the usual label"
    return f"{entry.name}{baseline} {entry.quality:.3f} ({interval}){nothing}"


def _sourced(tasks: list[CatalogTask]) -> list[CatalogTask]:
    return [task for task in tasks if task.spec.source]


def _source(task: CatalogTask) -> list[str]:
    source = task.spec.source
    assert source is not None
    registry = {"pypi": "PyPI", "npm": "npm"}[source.registry]
    package = f"{registry}, `{source.package}` {source.version}"
    rows = f"{task.data.count('dev'):,}"
    return [f"`{task.id}`", package, source.licence, rows, " ".join(source.part.split())]


def main() -> int:
    """Write the page, or with `--check` return 1 where it isn't current."""
    content = page(Catalog())
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(content, "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != content:
        print("boards.md is not current: run python -m scripts.boards", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
