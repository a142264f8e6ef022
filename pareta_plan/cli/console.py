"""Where output goes: data to stdout, everything else to stderr, colour only on a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pareta_plan.cli import outlet, terminal
from pareta_plan.cli.main import options_at_hand
from pareta_plan.errors import UsageError
from pareta_plan.escapes import json_visible
from pareta_plan.project import layout
from pareta_plan.project.project import Project
from pareta_plan.words import WIDTH, with_options

if TYPE_CHECKING:
    from pareta_plan.cli.event_log import EventLog
    from pareta_plan.cli.reporting import Reporting
    from pareta_plan.reports.report import Subject


class Console:
    """One command's project and its ways to print."""

    def __init__(self, ctx: click.Context) -> None:
        self._given: dict[str, Any] = ctx.obj
        self.options = options_at_hand(ctx.obj)
        self.no_color: bool = ctx.obj["no_color"]
        self.colour = terminal.coloured(sys.stdout, self.no_color)
        self.width = terminal.width(sys.stdout) or WIDTH
        self.reporting: Reporting | None = ctx.obj.get("reporting")
        self.interactive = sys.stdin.isatty() and sys.stderr.isatty()
        if self.reporting and self.reporting.waits:
            self.project  # noqa: B018 - finding it tells the reports where it is
            self.reporting.settle()

    @cached_property
    def project(self) -> Project:
        """The project that is named, or the one that the current folder is in."""
        root = self._given["root"] = self._root()
        return Project(root, self._given["env"])

    def stay_here(self) -> None:
        """Have the current folder be the project, where none is named, whatever it is in."""
        if self._given["project"] is None:
            self._given["project"] = "."

    def _root(self) -> Path:
        if self._given["project"] is not None:
            return Path(self._given["project"])
        here = Path.cwd()
        around = layout.project_around(here, Path.home())
        if around == here:
            return Path()
        self.note(f"project: {around} (`-C .` takes this folder)")
        return Path(os.path.relpath(around))

    def paint(self, text: str, style: str) -> str:
        """The text in a colour, or in bold, where there is colour."""
        return outlet.painted(text, style) if self.colour else text

    def out(self, text: str) -> None:
        """Print data that is laid out in lines."""
        outlet.data(text)

    @property
    def as_text(self) -> bool:
        """Whether stdout is for people to read."""
        return self.reporting is None or self.reporting.form == "text"

    def tells(self, *forms: str) -> bool:
        """Whether one of these formats is asked for."""
        return self.reporting is not None and not self.reporting.forms.isdisjoint(forms)

    def found(self, subject: Subject) -> None:
        """Hear what a command found so far, for whatever format is asked for."""
        if self.reporting is not None:
            self.reporting.subject = subject

    @property
    def events(self) -> EventLog | None:
        """Where what happens is written; None when nobody asked for it."""
        return self.reporting.events if self.reporting else None

    def show(self, as_json: bool, value: Any, text: str) -> None:
        """Print data as JSON or as text."""
        if as_json:
            self.out_json(value)
        else:
            self.out(text)

    def out_json(self, value: Any) -> None:
        """Print data as JSON."""
        utf_8 = (sys.stdout.encoding or "").lower() == "utf-8"
        outlet.data(json_visible(json.dumps(value, indent=2, ensure_ascii=not utf_8)))

    def remark(self, remarks: Iterable[object]) -> None:
        """Note what a user should know that is no error."""
        for remark in remarks:
            self.note(f"note: {remark}")

    def note(self, text: str) -> None:
        """Print what isn't data; its commands are for the project and environment at hand."""
        outlet.say(with_options(text, self.options))

    def approved(self, question: str, to: str, hint: str) -> bool:
        """Whether the user says yes; says so when nothing is done for want of it.

        Raises UsageError with the hint when nobody is there `to` say it.
        """
        if not self.interactive:
            raise UsageError(f"nobody is there to {to}", hint=hint)
        try:
            said = click.confirm(question, err=True)
        except click.Abort as stop:
            if isinstance(stop.__context__, KeyboardInterrupt):
                raise
            said = False  # the end of the input
        if not said:
            self.note("not approved: nothing was done")
        return said


def pass_console(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the console as its first argument."""

    @click.pass_context
    def with_console(ctx: click.Context, *args: Any, **given: Any) -> Any:
        return command(Console(ctx), *args, **given)

    return update_wrapper(with_console, command)


def strict() -> bool:
    """Whether nobody watches: in CI an ambiguous intent is an error."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
