"""`--format` and `--report`: how a command's end is told, on stdout and in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pareta_plan import files
from pareta_plan.cli import event_log
from pareta_plan.cli.event_log import EventLog
from pareta_plan.cli.outlet import data
from pareta_plan.cli.targets import target
from pareta_plan.errors import ParetaError, UsageError, refuse
from pareta_plan.reports.formats import BY_ROW, FILES, JSON, PLAIN, may_replace, rendered

if TYPE_CHECKING:
    from pareta_plan.reports.report import Origin, Report, Subject

F = TypeVar("F", bound=Callable[..., Any])


class Reporting:
    """How one command is to be told; `main` has it `finish` however the command ended."""

    def __init__(self, kind: str, given: Mapping[str, Any]) -> None:
        self._kind = kind
        self._given = given
        self.form = "text"
        self.files: dict[Path, str] = {}
        """The format of each report's file."""
        self.subject: Subject | None = None
        """What the command found so far."""
        self.events: EventLog | None = None
        self._out: Path | None = None
        self._taken: set[Path] = set()
        self._asked: list[Callable[[], None]] = []

    @property
    def _root(self) -> Path:
        """The project's folder, as far as the command came to know it."""
        return Path(self._given.get("root") or self._given["project"] or "")

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

    @property
    def waits(self) -> bool:
        """Whether files are named that are still to be looked at."""
        return bool(self._asked)

    def settle(self) -> None:
        """Look at the files that were named: the project's folder may be named after them.

        Raises UsageError for one that can't be written.
        """
        while self._asked:
            self._asked.pop(0)()

    def add(self, said: str, kinds: Iterable[str]) -> None:
        """Take a KIND=FILE. Raises UsageError for what isn't one."""
        form, given, name = said.partition("=")
        if form not in kinds or not given or not name:
            raise UsageError(
                f"--report {said}: it takes KIND=FILE", hint=f"Kinds: {', '.join(kinds)}."
            )
        self._asked.append(partial(self._report, form, Path(name)))

    def divert(self, option: str, path: Path) -> None:
        """Have a file instead of stdout for the format. Raises as `take` does."""
        self._out = self.take(option, path, "report", partial(may_replace, self.form))

    def log(self, path: Path) -> None:
        """Take a file for the events of an apply."""
        self._asked.append(partial(self._log, path))

    def _report(self, form: str, path: Path) -> None:
        self.files[self.take("--report", path, "report", partial(may_replace, form))] = form

    def _log(self, path: Path) -> None:
        self.events = EventLog(self.take("--events", path, "events", event_log.may_replace))

    def take(
        self, option: str, path: Path, what: str, may_replace: Callable[[bytes], bool]
    ) -> Path:
        """A file that nothing else is written to. Raises what `target` does, and UsageError."""
        found = target(option, path, self._root, what, may_replace)
        if found in self._taken:
            raise UsageError(f"{option} {path}: something else is written there")
        self._taken.add(found)
        return found

    def finish(self, code: int, error: ParetaError | None) -> None:
        """Print and write the reports of how the command ended.

        Raises what keeps a file from being written, once all others are.
        """
        nothing = self.subject is None and error is None  # as after --help
        if not nothing:
            self.settle()
        if nothing or (self.form == "text" and not self.files and self.events is None):
            return
        from pareta_plan.reports.report import Kind, Report

        folder, came_from = _folder(self._root), _origin(self.forms)
        report = Report(Kind(self._kind), code, self.subject, error, folder, came_from)
        unwritten = []
        for write in self._writes(report):
            try:
                write()
            except ParetaError as bad:
                unwritten.append(bad)
        if self.form != "text" and self._out is None and _is_there(report, self.form):
            data(_printable(rendered(report, self.form), self.form), nl=False)
        refuse(unwritten)

    def _writes(self, report: Report) -> Iterator[Callable[[], None]]:
        """What writes the files, one by one."""
        diverted = {self._out: self.form} if self._out else {}
        for path, form in (self.files | diverted).items():
            if not _is_there(report, form):
                continue
            text = rendered(report, form).encode(errors="backslashreplace")
            yield partial(files.write_atomic, path, text)
        if self.events is not None:
            yield partial(self.events.finished, report)


def _is_there(report: Report, form: str) -> bool:
    """Whether there is such a report: without rows there is none of them."""
    return form not in BY_ROW or report.scored is not None


def _printable(text: str, form: str) -> str:
    """The text for stdout, in which JSON stays JSON whatever the encoding."""
    if form in JSON and (sys.stdout.encoding or "").lower() != "utf-8":
        from pareta_plan.escapes import ascii_json

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
    kind: str,
    forms: Iterable[str] = PLAIN,
    *,
    kinds: Sequence[str] = FILES,
    events: bool = False,
) -> Callable[[F], F]:
    """`--format`, `--json`, `--report` and `--events`, which are taken before any other option.

    `forms` are what stdout has, `kinds` what files have, none where nothing is written.
    """
    choice = click.Choice(list(forms))
    made = [
        _option(kind, Reporting.choose, "--format", type=choice, help="What stdout has."),
        _option(
            kind,
            lambda reporting, _: reporting.choose("json"),
            "--json",
            is_flag=True,
            help="As --format json.",
        ),
    ]
    if kinds:
        told = "Write it to a file too, in any of these formats."
        made.append(
            _option(
                kind,
                lambda reporting, said: reporting.add(said, kinds),
                "--report",
                multiple=True,
                metavar="KIND=FILE",
                help=told,
            )
        )
    if events:
        told, path = (
            "Write what happens to a file, a JSON object a line.",
            click.Path(path_type=Path),
        )
        made.append(_option(kind, Reporting.log, "--events", type=path, metavar="FILE", help=told))

    def options(command: F) -> F:
        for option in reversed(made):
            command = option(command)
        return command

    return options


def _option(
    kind: str, take: Callable[[Reporting, Any], None], name: str, **more: Any
) -> Callable[[F], F]:
    """An option whose value, or each of its values, one command's reporting takes."""

    def callback(ctx: click.Context, _option: click.Parameter, value: Any) -> None:
        reporting = ctx.obj.setdefault("reporting", Reporting(kind, ctx.obj))
        for each in value if isinstance(value, tuple) else [value] if value else ():
            take(reporting, each)

    return click.option(name, callback=callback, expose_value=False, is_eager=True, **more)
