"""`pareta-plan init`."""

from __future__ import annotations

from pathlib import Path

import click

from pareta_plan import files
from pareta_plan.cli.completed import completed
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import folder_argument
from pareta_plan.errors import APIConnectionError, ParetaError, UsageError
from pareta_plan.project import layout
from pareta_plan.project.layout import check_folder
from pareta_plan.project.project import MAX_FILE_BYTES, Project

FIRST_MANIFEST = """\
# One workload: a job for a model, in plain words. `pareta-plan plan` shows what it means.
version: 1
name: ticket-urgency
intent: classify support tickets by urgency
model: recommended        # or an alias that `pareta-plan catalog leaderboard` shows
frontier: benchmarked     # the baselines to measure against: none, all, or a list of ids
deploy: {state: live}

# Hold the model against rows of your own before it is deployed:
# eval:
#   items: data/tickets.jsonl     # lines of {"input": "...", "expected": "..."}
#   max_cost_usd: 1.00
#   gates:
#     min_quality: 0.7
#     max_gap_to_frontier: 0.03
"""


@click.command("init")
@folder_argument
@click.option("--task", shell_complete=completed("tasks"), help="The benchmark task.")
@click.option("--rows", metavar="FILE", help="Your rows to judge models by.")
@click.option("--model", metavar="ALIAS", shell_complete=completed("models"), help="The model.")
@pass_console
def command(console: Console, task: str | None, rows: str | None, model: str | None) -> None:
    """Write a first manifest to start from: pareta.yaml.

    On a terminal it asks for what no option gives; elsewhere, without --task, it writes an example.
    """
    console.stay_here()
    path = console.project.root / layout.MANIFEST
    if path.exists():
        raise UsageError(f"{path} is there already", hint="`pareta-plan plan` shows what it means.")
    if there := _a_manifest(console.project):
        raise UsageError(
            f"{there} is a manifest already, which nobody would read beside {layout.MANIFEST}",
            hint="Write a further workload into a file of its own, such as more.yaml.",
        )
    if task is None and (rows or model) and not console.interactive:
        raise UsageError("--rows and --model are for a task", hint="Say which: --task TASK.")
    first = FIRST_MANIFEST
    if task is not None or console.interactive:
        first = _for_a_task(console, task, rows, model)
    files.write_atomic(path, first.encode())
    console.note(f"wrote {path}; next: `pareta-plan plan`")


def _for_a_task(console: Console, task: str | None, rows: str | None, model: str | None) -> str:
    """The manifest for what is given, and for what somebody answers who is there."""
    from pareta_plan.cli.connection import connect
    from pareta_plan.cli.first_manifest import Answers, Given, known_task, settled, text
    from pareta_plan.cli.interview import interview

    check_folder(console.project.root)
    try:
        with connect(console.project, keep_state=False) as reader:
            known = known_task(reader.tasks(), task) if task is not None else None
            if console.interactive:
                answers = interview(console.project, reader, Given(known, rows, model))
            elif known is not None:
                answers = Answers(known, rows, model)
            else:
                return FIRST_MANIFEST
            return text(settled(console.project, reader, answers))
    except (APIConnectionError, UsageError) as unreachable:
        if task or rows or model:
            raise
        console.remark([unreachable])
        return FIRST_MANIFEST


def _a_manifest(project: Project) -> str | None:
    """A file that is meant for a manifest, right or wrong; other YAML files are none."""
    try:
        found = layout.manifest_files(project.root)
    except ParetaError:  # the folder is not to be read
        return None
    return next((files.shown(path, project.root) for path in found if _is_meant(path)), None)


def _is_meant(path: Path) -> bool:
    try:
        return layout.is_meant(files.read_bytes(path, limit=MAX_FILE_BYTES, what="manifest"))
    except ParetaError:  # nor can any command read it
        return False
