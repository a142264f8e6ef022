"""A project's own models on tasks' held-out rows, written to the project's own boards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pareta_plan.cli.catalogs import catalog_folders
from pareta_plan.cli.own_models import own_models
from pareta_plan.cli.progress import Bars
from pareta_plan.errors import UsageError, listed, meant
from pareta_plan.files import inside, write_atomic
from pareta_plan.project.layout import BOARDS
from pareta_plan.words import count, laid_out, quality, usd

if TYPE_CHECKING:
    from pareta_plan.cli.console import Console
    from pareta_plan.platform.catalog.board import BoardEntry
    from pareta_plan.platform.catalog.catalog import CatalogTask
    from pareta_plan.platform.catalog.own import Own
    from pareta_plan.platform.scoring.own_bench import Manner


class Wanted(NamedTuple):
    """What to measure: all the project's models where none is named; dollars at most, rounds."""

    models: tuple[str, ...] = ()
    max_cost: float | None = None
    repeat: int = 1


def has_own_models(console: Console) -> bool:
    """Whether the project declares models or baselines."""
    settings = console.project.settings
    return bool(settings and (settings.declared.models or settings.declared.frontier))


def bench(console: Console, task_ids: Sequence[str], wanted: Wanted) -> None:
    """Measure and write, a model at a time: what is measured whole stays when a later one isn't.

    Where no model is named, those that the project's own tasks name are measured first.

    Raises UsageError for tasks and models that aren't there, and as `own_bench.measure`.
    """
    from pareta_plan.cli import task_bench
    from pareta_plan.platform.catalog.catalog import Catalog
    from pareta_plan.platform.scoring import own_bench

    own = own_models(console.project)
    catalog = Catalog(catalog_folders(console.project), own=own)
    tasks = [*_tasks(console, {task.id: task for task in catalog.tasks()}, task_ids)]
    names = _names(own, wanted.models)
    how = own_bench.Manner(own_bench.budget(wanted.max_cost), wanted.repeat)
    of_ours = [t for t in tasks if t.folder.parent in console.project.catalogs and t.spec.models]
    with Bars(no_color=console.no_color) as bars:
        if not wanted.models:
            task_bench.measure(console, bars, catalog, of_ours)
        for task in tasks:
            _bench(console, bars, task, names, how)


def _bench(
    console: Console, bars: Bars, task: CatalogTask, names: Sequence[str], how: Manner
) -> None:
    from pareta_plan.platform.scoring import own_bench
    from pareta_plan.platform.scoring.bench import contents

    shown = f"{BOARDS}/{task.id}.json"
    path = inside(console.project.root, shown)
    measured: list[BoardEntry] = []
    tell = bars.measuring(task.id)
    for name in names:
        measured.append(own_bench.measure(task, name, how, tell))
        write_atomic(path, contents(own_bench.board(task, measured)))
        with bars.aside():
            console.out(laid_out([*_told(task.id, measured[-1])]))
    console.note(f"{shown}: commit it")


def _told(task_id: str, entry: BoardEntry) -> Iterator[str]:
    """What was measured of a model, with all that its figures rest on."""
    of = entry.provenance
    low, high = quality(entry.quality_ci_low), quality(entry.quality_ci_high)
    yield (
        f"{task_id} {entry.name}: quality {quality(entry.quality)} ({low} to {high}) on "
        f"{count(of.rows - of.errors, 'row')}"
    )
    faults = [f"{times:,} {kind.replace('_', ' ')}" for kind, times in (of.faults or {}).items()]
    if of.errors or faults:
        errors = [f"{of.errors:,} without an answer"] if of.errors else []
        yield f"  of {of.rows:,}: {', '.join([*errors, *faults])}"
    price = of.price or "no price is declared or known"
    yield f"  {usd(entry.cost_per_request_micro_usd)} a request; price {price}"
    yield f"  tokens a row: {of.prompt_tokens:,} in, {of.completion_tokens:,} out"
    if of.repeats:
        yield f"  asked {of.repeats} times: {count(of.flipped or 0, 'row')} had different answers"
    yield f"  {of.model}" + (f": {of.served}" if of.served else "")


def _tasks(
    console: Console, known: dict[str, CatalogTask], ids: Sequence[str]
) -> Iterator[CatalogTask]:
    if not ids:
        lockfile = console.project.read_lockfile()
        used = sorted({e.task.id for e in lockfile.workloads.values()} if lockfile else {})
        raise UsageError(
            "name the tasks to measure the project's models on",
            hint=f"`pareta-plan catalog bench {' '.join(used) or 'TASK'}`.",
        )
    for id in ids:
        if id not in known:
            raise UsageError(
                f"no task {id!r}{meant(id, known)}", hint="`pareta-plan catalog list` lists them."
            )
        yield known[id]


def _names(own: Own, named: Sequence[str]) -> list[str]:
    known = [*(spec.alias for spec in own.models), *(spec.id for spec in own.baselines)]
    for name in named:
        if name not in known:
            raise UsageError(
                f"the project has no model {name!r}{meant(name, known)}",
                hint=f"pareta-project.yaml declares {listed(known, 10)}.",
            )
    return [name for name in known if not named or name in named]
