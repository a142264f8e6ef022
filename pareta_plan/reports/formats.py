"""The formats that there are: a line each, whose module has `render(report) -> str`."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pareta_plan.reports.report import Report


class Format(NamedTuple):
    """A format: its module in this room, and what its files begin with."""

    module: str
    begins: bytes
    """A pattern: a file that is there and begins otherwise isn't ours to replace."""


FORMATS = {
    "text": Format("text", rb"pareta-plan \w+\n"),
    "json": Format("json_object", rb'\{\s*"kind": "\w+",\s*"version": \d'),
    "markdown": Format("markdown", rb"> \[!"),
    "comment": Format("comment", rb"> \[!"),
    "junit": Format("junit", rb'<\?xml [^>]*>\s*<testsuites name="pareta-plan '),
    "sarif": Format("sarif", rb'\{\s*"\$schema": "[^"]*",(?s:.){,99}"name": "pareta-plan"'),
    "github": Format("annotations", rb"::(error|warning|notice) "),
    "csv": Format("row_csv", rb"row,id,file,line,"),
    "html": Format("html", rb"<!doctype html>\n<!-- pareta-plan results -->"),
    "dotenv": Format("dotenv", b"PARETA_ENDPOINT_"),
}
JSON = ("json", "sarif")
"""Those that are JSON text."""
PLAIN = ("text", "json")
"""What a command with nothing to review can print."""
REVIEWED = ("text", "json", "markdown", "junit", "sarif", "github")
"""What a command of which a pull request is told can print."""
FILES = (*REVIEWED, "comment")
"""What `--report` writes."""
BY_ROW = ("csv", "html")
"""What tells of rows and of nothing else: without rows there is no such report."""
SCORED = ("text", "json", *BY_ROW)
"""What a command that shows rows can print, and write."""


def rendered(report: Report, form: str) -> str:
    """The report in a format, with the end of its last line."""
    module = import_module(f"pareta_plan.reports.{FORMATS[form].module}")
    text: str = module.render(report)
    return text if text.endswith("\n") or not text else text + "\n"


def may_replace(form: str, beginning: bytes) -> bool:
    """Whether nothing is lost with a file that begins so: a report of this format, or nothing."""
    return not beginning or re.match(FORMATS[form].begins, beginning) is not None
