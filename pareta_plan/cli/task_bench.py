"""The models that tasks name, measured on their held-out rows into the tasks' own boards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pareta_plan.cli.catalogs import catalog_folders
from pareta_plan.cli.progress import Bars
from pareta_plan.errors import ParetaError, UsageError, meant
from pareta_plan.render.catalog import board_text
from pareta_plan.words import laid_out, quality, wrapped

if TYPE_CHECKING:
    from pareta_plan.cli.console import Console
    from pareta_plan.platform.catalog.board import Board
    from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask


def bench(console: Console, task_ids: Sequence[str]) -> None:
    """Measure tasks, all where none is named, and write their boards.

    A model whose weights can't be had here is told of, and isn't on the board. Raises UsageError
    for a task that isn't there, and as `bench.measure`.
    """
    from pareta_plan.platform.catalog.catalog import Catalog

    catalog = Catalog(catalog_folders(console.project))
    known = {task.id: task for task in catalog.tasks()}
    for unknown in sorted({*task_ids} - {*known}):
        raise UsageError(
            f"no task {unknown!r}{meant(unknown, known)}", hint=f"Tasks: {', '.join(known)}."
        )
    with Bars(no_color=console.no_color) as bars:
        measure(console, bars, catalog, [known[id] for id in task_ids or known])


def measure(console: Console, bars: Bars, catalog: Catalog, tasks: Iterable[CatalogTask]) -> None:
    """Measure the models that these tasks name, and write their boards; raises as `bench`."""
    from pareta_plan.platform.scoring import bench as benchmark

    def unfetched(name: str, error: ParetaError) -> None:
        with bars.aside():
            console.note(f"{name} isn't measured: {error.message}")
            console.note(f"  {error.hint}")

    for task in tasks:
        board = benchmark.bench(catalog, task, bars.measuring(task.id), unfetched)
        path = benchmark.write(task, board)
        with bars.aside():
            console.out(f"{task.id}: {path}\n{board_text(task.leaderboard())}")
            if told := [*_unproven(task, board)]:
                console.out(laid_out(told))
            console.out("")


def _unproven(task: CatalogTask, board: Board) -> Iterator[str]:
    """That not even the best is shown to beat one answer to everything; nothing where it is."""
    majority = task.leaderboard().majority
    best = board.entries[0] if board.entries else None
    if majority is None or best is None or best.quality_ci_low > majority.quality:
        return
    told = (
        f"The best, {best.name}, isn't shown to beat always answering {majority.answer!r} "
        f"({quality(majority.quality)}): by these rows it may be as low as "
        f"{quality(best.quality_ci_low)}."
    )
    yield from wrapped(told, "  ")
