"""Markdown of what is no plan and no apply: drift as a table, all else as the text that it is."""

from __future__ import annotations

from collections.abc import Iterator

from pareta_plan.plan.drift import Drift
from pareta_plan.reports import text
from pareta_plan.reports.fitting import Block
from pareta_plan.reports.markdown_text import cell, code, fenced, prose
from pareta_plan.reports.report import Moved, Origin, Report, Validated
from pareta_plan.words import count

HEADER = ["| Workload | What moved | Of | Locked | Now |", "|---|---|---|---|---|"]


def alert(kind: str, what: str, said: str) -> Block:
    """GitHub's alert of a kind, with what a command says in a line."""
    return Block(100, [f"> [!{kind}]", f"> **pareta-plan {what}:** {prose(said, 1000)}"])


def footer(parts: list[str]) -> list[str]:
    """The last line, of some facts."""
    return ["---", " \u00b7 ".join(parts)] if parts else ["---"]


def commit(origin: Origin) -> list[str]:
    """The commit, if it is known."""
    return [f"commit {code(origin.commit, 40)}"] if origin.commit else []


def blocks(report: Report) -> Iterator[Block]:
    """The alert, then what was found."""
    if report.errors:
        yield alert(
            "CAUTION", report.kind, f"{report.kind.capitalize()} failed: {report.errors[0]}"
        )
    elif isinstance(report.subject, Moved):
        found = report.subject.found
        said = f"{count(len(found), 'thing')} moved on the platform" if found else "Nothing moved"
        yield alert("WARNING" if found else "TIP", report.kind, f"{said}.")
        if found:
            yield Block(80, HEADER, [_moved(one) for one in found], noun="table row")
        return
    else:
        valid = isinstance(report.subject, Validated)
        yield alert(
            "TIP" if valid else "NOTE", report.kind, "All is valid." if valid else "It says:"
        )
    opens, lines, closes = fenced(text.render(report).split("\n"))
    yield Block(50, [opens], lines, [closes], "line")


def _moved(one: Drift) -> str:
    workload = code(one.workload) if one.workload else "none"
    values = (code(value) if value is not None else "nothing" for value in (one.locked, one.now))
    return f"| {' | '.join(map(cell, (workload, prose(one.kind), code(one.subject), *values)))} |"
