"""`--format` and `--report`: how a command's end is told, on stdout and in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pareta_plan import files
from pareta_plan.cli.targets import target
from pareta_plan.errors import ParetaError, UsageError, refuse
from pareta_plan.reports.formats import FILES, JSON, PLAIN, may_replace, rendered

if TYPE_CHECKING:
    from pareta_plan.reports.report import Origin, Subject

F = TypeVar("F", bound=Callable[..., Any])


class Reporting:
    """How one command is to be told; `main` has it `finish` however the command ended."""

    def __init__(self, kind: str, root: Path) -> None:
        self._kind = kind
        self._root = root
        self.form = "text"
        self.files: dict[Path, str] = {}
        """The format of each report's file."""
        self.subject: Subject | None = None
        """What the command found so far."""

    @property
    def forms(self) -> set[str]:
        """The formats that are asked for."""
        return {self.form, *self.files.values()}

    def choose(self, form: str) -> None:
        """Take a format for stdout. Raises UsageError when another one is given too."""
        if self.form not in ("text", form):
            raise UsageError(
                f"two formats are given: {self.form} and {form}",
                hint="stdout has one; `--report KIND=FILE` writes others.",
            )
        self.form = form

    def add(self, said: str) -> None:
        """Take a KIND=FILE. Raises UsageError for what isn't one, or can't be written."""
        form, given, name = said.partition("=")
        if form not in FILES or not given or not name:
            raise UsageError(
                f"--report {said}: it takes KIND=FILE", hint=f"Kinds: {', '.join(FILES)}."
            )
        path = Path(name)
        found = target("--report", path, self._root, "report", partial(may_replace, form))
        if found in self.files:
            raise UsageError(f"--report {path}: another report is written there")
        self.files[found] = form

    def finish(self, code: int, error: ParetaError | None) -> None:
        """Print and write the reports of how the command ended.

        Raises what keeps a file from being written, once all others are.
        """
        nothing = self.subject is None and error is None  # as after --help
        if nothing or (self.form == "text" and not self.files):
            return
        from pareta_plan.reports.report import Kind, Report

        folder, came_from = _folder(self._root), _origin(self.forms)
        report = Report(Kind(self._kind), code, self.subject, error, folder, came_from)
        unwritten = []
        for path, form in self.files.items():
            try:
                files.write_atomic(path, rendered(report, form).encode(errors="backslashreplace"))
            except ParetaError as bad:
                unwritten.append(bad)
        if self.form != "text":
            click.echo(_printable(rendered(report, self.form), self.form), nl=False)
        refuse(unwritten)


def _printable(text: str, form: str) -> str:
    """The text for stdout, in which JSON stays JSON whatever the encoding."""
    if form in JSON and (sys.stdout.encoding or "").lower() != "utf-8":
        from pareta_plan.words import ascii_json

        return ascii_json(text)
    return text


def _origin(forms: set[str]) -> Origin:
    """Where the report comes from, for the formats that tell it."""
    from pareta_plan.reports.report import Origin

    if forms.isdisjoint(("markdown", "comment")):
        return Origin()
    from pareta_plan.cli.origin import origin

    return origin()


def _folder(root: Path) -> str:
    """The project's folder from the root of its repository, or of the runner's checkout."""
    from pareta_plan.project.project import Project

    directory = Path(Project(root).directory)
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if directory.is_absolute() and workspace and directory.is_relative_to(workspace):
        directory = directory.relative_to(workspace)
    return "" if directory.is_absolute() or directory == Path() else directory.as_posix()


def report_options(
    kind: str, forms: Iterable[str] = PLAIN, *, to_files: bool = True
) -> Callable[[F], F]:
    """`--format`, `--json` and `--report`, which are taken before any other option."""

    def reporting(ctx: click.Context) -> Reporting:
        made: Reporting = ctx.obj.setdefault("reporting", Reporting(kind, _root(ctx)))
        return made

    def take_form(ctx: click.Context, _option: click.Parameter, form: str | None) -> None:
        chosen = reporting(ctx)
        if form is not None:
            chosen.choose(form)

    def take_json(ctx: click.Context, _option: click.Parameter, given: bool) -> None:
        if given:
            reporting(ctx).choose("json")

    def take_files(ctx: click.Context, _option: click.Parameter, said: tuple[str, ...]) -> None:
        for each in said:
            reporting(ctx).add(each)

    told: dict[str, Any] = {"expose_value": False, "is_eager": True}
    choice = click.Choice(list(forms))

    def options(command: F) -> F:
        if to_files:
            command = click.option(
                "--report",
                multiple=True,
                metavar="KIND=FILE",
                callback=take_files,
                help="Write it to a file too, in any of these formats.",
                **told,
            )(command)
        command = click.option(
            "--json", is_flag=True, callback=take_json, help="As --format json.", **told
        )(command)
        return click.option(
            "--format", type=choice, callback=take_form, help="What stdout has.", **told
        )(command)

    return options


def _root(ctx: click.Context) -> Path:
    return Path(ctx.obj["project"])
