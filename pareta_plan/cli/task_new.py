"""`catalog new`: a task's folder from a table of labelled rows, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pareta_plan import files
from pareta_plan.cli import task_table
from pareta_plan.cli.catalogs import Found, checked, tasks, within
from pareta_plan.errors import Location, RowsError, UsageError, listed, refuse
from pareta_plan.project import layout
from pareta_plan.words import count, laid_out, wrapped

if TYPE_CHECKING:
    from pareta_plan.cli.console import Console
    from pareta_plan.cli.task_table import Line
    from pareta_plan.platform.drafts.answers import Example
    from pareta_plan.platform.drafts.draft import Draft
    from pareta_plan.project.project import Project

CATALOG = "catalog"
"""The folder of tasks where the project names none."""
_NEW_PROJECT = "version: 1\n"


class Source(NamedTuple):
    """Where labelled rows are, and which columns have what."""

    file: Path
    input: str
    expected: tuple[str, ...]
    candidates: str | None = None
    """Of a ranking: the column with what is put in order."""
    kind: str | None = None
    """The kind of task, where it isn't to be found out."""

    @property
    def column(self) -> str:
        """What the answers are called."""
        return self.expected[0] if len(self.expected) == 1 else "fields"


def new(console: Console, name: str, source: Source) -> None:
    """Draft the task, check it, and put its folder into the project's catalog.

    Raises UsageError for a name or column of no use, and RowsError for rows that make no task.
    """
    from pareta_plan.platform.drafts.draft import draft

    project = console.project
    layout.check_folder(project.root)
    catalog = _catalog(project)
    _refuse_taken(project, name, catalog)
    examples, unlabelled = _examples(source)
    try:
        made = draft(name, source.column, examples, source.kind)
    except RowsError as bad:
        place = bad.location or Location(str(source.file))
        raise RowsError(bad.message, hint=bad.hint, location=place) from None
    _write(project, f"{catalog}/{name}", made)
    console.out(laid_out(_told(f"{catalog}/{name}", made, unlabelled)))
    console.note(_named(project, catalog))
    bench = f"`pareta-plan catalog bench {name}`"
    rows = f"{catalog}/{name}/heldout.jsonl"
    console.note(f"next: {bench}, then `pareta-plan init --task {name} --rows {rows}`")


def _catalog(project: Project) -> str:
    named = project.settings.catalogs if project.settings else []
    return named[0][0].rstrip("/") if named else CATALOG


def _refuse_taken(project: Project, name: str, catalog: str) -> None:
    from pareta_plan.platform.catalog.catalog import BUILT_IN
    from pareta_plan.platform.catalog.task_file import NAME

    if not NAME.fullmatch(name) or len(name) > 50:
        raise UsageError(
            f"{name!r} is no name of a task",
            hint="Lower-case letters, digits and inner dashes, at most 50.",
        )
    taken = {one.folder.name: one.shown for one in tasks(project)}
    taken |= {one.folder.name: "those that are shipped" for one in within(BUILT_IN)}
    if name in taken:
        raise UsageError(
            f"there is a task {name!r} already, in {taken[name]}", hint="Give yours another name."
        )
    folder = files.inside(project.root, f"{catalog}/{name}")
    if folder.exists() or folder.is_symlink():
        raise UsageError(
            f"{catalog}/{name} is there already", hint="Move it away, or give another name."
        )


def _examples(source: Source) -> tuple[list[Example], list[int]]:
    """The labelled rows, and the lines of those without an input or an answer."""
    from pareta_plan.platform.drafts.answers import Example

    lines = task_table.read(source.file)
    known = task_table.columns(lines)
    task_table.check_column(source.file, known, source.input, "--input")
    for column in source.expected:
        task_table.check_column(source.file, known, column, "--expected")
    if source.candidates:
        task_table.check_column(source.file, known, source.candidates, "--candidates")
    found: list[Example] = []
    without: list[int] = []
    for line in lines:
        text, answer = line.value(source.input), _answer(line, source.expected)
        given = line.value(source.candidates) if source.candidates else None
        is_bare = source.candidates and given in (None, "")
        if text is None or not str(text).strip() or answer in (None, "") or is_bare:
            without.append(line.number)
        else:
            found.append(Example(line.number, str(text), answer, given))
    if not found:
        raise RowsError(
            f"no row has both {source.input!r} and {source.column!r}",
            location=Location(str(source.file)),
        )
    return found, without


def _answer(line: Line, expected: Sequence[str]) -> object:
    """The value of one column, or an object of several."""
    if len(expected) == 1:
        return line.value(expected[0])
    values = {column: line.value(column) for column in expected}
    return values if any(value is not None for value in values.values()) else None


def _write(project: Project, shown: str, made: Draft) -> None:
    """Put the folder there in one step, once it checks. Raises ProjectError for what doesn't."""
    target = project.root / shown
    layout.ignore_state(project.state_dir)
    scratch = Path(tempfile.mkdtemp(prefix="new-", dir=project.state_dir))
    try:
        folder = scratch / target.name
        folder.mkdir()
        for name, data in made.files.items():
            (folder / name).write_bytes(data)
        (look,) = checked(project, [Found(folder, shown)]).values()
        refuse(look.errors)
        with files.writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _told(shown: str, made: Draft, unlabelled: Sequence[int]) -> Iterator[str]:
    from pareta_plan.platform.drafts.showing import can_show

    answers, parts = made.answers, made.split
    yield f"{shown}: {answers.kind}"
    for of, names in (("labels", answers.labels), ("fields", answers.fields)):
        if names:
            yield from wrapped(f"  {of}: {listed([*names], 12)}", "    ")
    yield f"  models that can compete: {', '.join(made.models)}"
    yield (
        f"  {count(len(parts.dev), 'row')} to learn from, {len(parts.held_out):,} held out; none "
        "nearly the same on both"
    )
    for lines, why in (
        (unlabelled, "without an input or an answer"),
        (parts.repeated, "that repeat another"),
        (parts.contradictory, "whose input has several answers"),
    ):
        if lines:
            told = listed([f"{line}" for line in lines], 10)
            yield from wrapped(f"  left out: {count(len(lines), 'row')} {why}, line {told}", "    ")
    for sentence in can_show(len(parts.held_out), made.usual):
        yield from wrapped(f"  {sentence}", "  ")


def _named(project: Project, catalog: str) -> str:
    """Have the project file name the catalog, or say the line to add."""
    settings, path = project.settings, project.root / layout.PROJECT_FILE
    if settings and settings.catalogs:
        return f"{layout.PROJECT_FILE} names {catalog} already"
    line = f"catalog: [{catalog}]"
    if settings and settings.file.catalog != []:
        return f"to have it known, add {catalog} to `catalog` in {layout.PROJECT_FILE}"
    before = path.read_text("utf-8") if settings else _NEW_PROJECT
    after = f"{before}{'' if before.endswith(chr(10)) else os.linesep}{line}\n"
    if not _still_reads(project, after, catalog):
        return f"to have it known, add `{line}` to {layout.PROJECT_FILE}"
    files.write_atomic(path, after.encode())
    return f"wrote `{line}` into {layout.PROJECT_FILE}"


def _still_reads(project: Project, text: str, catalog: str) -> bool:
    """Whether a project file with a further line says what it said, and the catalog too."""
    from pareta_plan.errors import ParetaError
    from pareta_plan.manifest import project_file

    try:
        file = project_file.parse(text.encode(), layout.PROJECT_FILE, None).file
    except ParetaError:
        return False
    before = project.settings.file.model_dump() if project.settings else {"version": 1}
    same = file.model_dump(exclude_unset=not project.settings)
    return same == {**before, "catalog": [catalog]}
