"""`pareta-plan results`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pareta_plan.cli import evidence
from pareta_plan.cli.completed import completed
from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.locked import lockfile_of
from pareta_plan.cli.options import env_option, selection_options
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import UsageError
from pareta_plan.gates.compared import Wanted
from pareta_plan.lock.stale import stale
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.plan import check_selection
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.render.rows import TEXT_ROWS, Shown, briefly, rows_text
from pareta_plan.reports.formats import SCORED
from pareta_plan.reports.report import Scored


@click.command("results")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completed("workloads"))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--failures", is_flag=True, help="Rows that the chosen model gets wrong.")
@click.option(
    "--disagreements", is_flag=True, help="Rows that the best baseline answers otherwise."
)
@click.option("--errors", is_flag=True, help="Rows that a model gave no answer to.")
@click.option("--label", metavar="LABEL", help="Rows that expect this label, or are answered so.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"At most so many rows, those that cost quality first.  [default for text: {TEXT_ROWS}]",
)
@click.option(
    "--before",
    metavar="REVISION|LOCKFILE",
    help="Tell what changed since the evidence of an earlier lockfile.",
)
@selection_options
@report_options("results", SCORED, kinds=SCORED)
@env_option
@pass_console
def command(
    console: Console,
    names: tuple[str, ...],
    selection: Selection,
    out: Path | None,
    limit: int | None,
    before: str | None,
    **wanted: Any,
) -> None:
    """Show an eval row by row: what was expected, and every model's answer.

    Of NAME, or of all workloads that have evidence. Filters add up: a row is shown that is all
    of what they say. The rows' texts are in what is written: mind who may read it.
    """
    _check(console, names, selection, out)
    lockfile = lockfile_of(console.project, *names[:1])
    earlier = evidence.Earlier.at(console.project, before) if before else None
    with connect(console.project, keep_state=False) as reader:
        found = evidence.gather(console, reader, lockfile, names, earlier, selection)
    shown = [evidence.shown(one, Wanted(**wanted), limit) for one in found]
    _tell_stale(console, lockfile, shown)
    console.found(Scored(lockfile.platform, shown))
    if out:
        console.note(f"written: {out}")
    elif console.as_text:
        texts = (rows_text(briefly(one), console.paint, console.width) for one in shown)
        console.out("\n\n".join(texts))


def _check(console: Console, names: Sequence[str], selection: Selection, out: Path | None) -> None:
    """Refuse what can't be, before any work is done. Raises UsageError."""
    reporting = console.reporting
    assert reporting is not None  # noqa: S101 - the options above make it
    if names and selection:
        raise UsageError(
            "NAME says which workloads, and so do --target and --exclude",
            hint="Give either.",
        )
    check_selection(console.project, selection)
    if "csv" in reporting.forms and len(names) != 1:
        raise UsageError("CSV has one workload's rows", hint="Name it: `pareta-plan results NAME`.")
    if out is None and reporting.form == "html" and sys.stdout.isatty():
        raise UsageError(
            "HTML is for a browser, not for a terminal",
            hint="Name a file: `pareta-plan results --format html --out results.html`.",
        )
    if out is not None and reporting.form == "text":
        raise UsageError(
            "--out is for what machines and browsers read", hint="Add --format json, csv or html."
        )
    if out is not None:
        reporting.divert("--out", out)


def _tell_stale(console: Console, lockfile: Lockfile, shown: Sequence[Shown]) -> None:
    names = {one.name for one in shown}
    for reason in stale(console.project, lockfile, None):
        if reason.workload in names:
            console.note(f"note: the lockfile is stale: {reason}; run `pareta-plan lock`")
