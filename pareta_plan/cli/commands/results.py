"""`pareta-plan results`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from pareta_plan import files
from pareta_plan.cli import evidence
from pareta_plan.cli.completed import completed
from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.locked import lockfile_of
from pareta_plan.cli.options import env_option, json_option
from pareta_plan.cli.outlet import data
from pareta_plan.cli.targets import target
from pareta_plan.errors import UsageError
from pareta_plan.escapes import json_visible
from pareta_plan.gates.compared import Wanted, worst_first
from pareta_plan.lock.stale import stale
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.render.rows import Shown, rows_text
from pareta_plan.reports.row_shapes import results_data

BEGINNINGS = {
    "json": b'{\n  "kind": "results"',
    "csv": b"row,id,file,line,",
    "html": b"<!doctype html>\n<!-- pareta-plan results -->",
}
"""What a file of each format begins with: one that begins otherwise isn't written over."""
TEXT_ROWS = 10
"""So many rows are for people to read, unless they ask for more."""


@click.command("results")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completed("workloads"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *BEGINNINGS]),
    default="text",
    help="What is written.",
)
@json_option
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
@env_option
@pass_console
def command(
    console: Console,
    names: tuple[str, ...],
    form: str,
    as_json: bool,
    out: Path | None,
    limit: int | None,
    before: str | None,
    **wanted: Any,
) -> None:
    """Show an eval row by row: what was expected, and every model's answer.

    Of NAME, or of all workloads that have evidence. Filters add up: a row is shown that is all
    of what they say. The rows' texts are in what is written: mind who may read it.
    """
    form = "json" if as_json else form
    path = _target(console, form, out)
    if form == "csv" and len(names) != 1:
        raise UsageError("CSV has one workload's rows", hint="Name it: `pareta-plan results NAME`.")
    lockfile = lockfile_of(console.project, *names[:1])
    earlier = evidence.Earlier.at(console.project, before) if before else None
    with connect(console.project, keep_state=False) as reader:
        found = evidence.gather(console, reader, lockfile, names, earlier)
    limit = TEXT_ROWS if limit is None and form == "text" else limit
    shown = [_shown(one, Wanted(**wanted), limit) for one in found]
    _tell_stale(console, lockfile, shown)
    if path:
        files.write_atomic(path, _report(form, lockfile.platform, shown).encode())
        console.note(f"written: {out}")
    elif form == "text":
        console.out("\n\n".join(rows_text(one, console.paint, console.width) for one in shown))
    elif form == "json":
        console.out_json(results_data(lockfile.platform, shown))
    else:
        data(_report(form, lockfile.platform, shown), nl=False)


def _target(console: Console, form: str, out: Path | None) -> Path | None:
    """Where the report is written, checked before any work is done; None for stdout."""
    if out is None and form == "html" and sys.stdout.isatty():
        raise UsageError(
            "HTML is for a browser, not for a terminal",
            hint="Name a file: `pareta-plan results --format html --out results.html`.",
        )
    if out is None:
        return None
    if form == "text":
        raise UsageError(
            "--out is for what machines and browsers read", hint="Add --format json, csv or html."
        )
    begins = BEGINNINGS[form]
    return target("--out", out, console.project.root, "report", partial(_begins, begins))


def _begins(begins: bytes, there: bytes) -> bool:
    return not there or there.startswith(begins)


def _shown(found: evidence.Found, wanted: Wanted, limit: int | None) -> Shown:
    rows = worst_first(found.compared, wanted.of(found.compared))
    return Shown(
        name=found.name,
        compared=found.compared,
        rows=rows[:limit],
        found=len(rows),
        since=found.since,
        limit=limit,
    )


def _tell_stale(console: Console, lockfile: Lockfile, shown: Sequence[Shown]) -> None:
    names = {one.name for one in shown}
    for reason in stale(console.project, lockfile, None):
        if reason.workload in names:
            console.note(f"note: the lockfile is stale: {reason}; run `pareta-plan lock`")


def _report(form: str, platform: str, shown: Sequence[Shown]) -> str:
    """The report as a file has it."""
    if form == "json":
        text = json.dumps(results_data(platform, shown), indent=2, ensure_ascii=False)
        return f"{json_visible(text)}\n"
    if form == "csv":
        from pareta_plan.reports.row_csv import rows_csv

        return rows_csv(shown[0])
    from pareta_plan.reports.html import page

    return page(platform, shown)
