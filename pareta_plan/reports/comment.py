"""The comment on a pull request: the Markdown of a summary, in what GitHub takes of a comment."""

from __future__ import annotations

from pareta_plan.reports.fitting import Limit, characters
from pareta_plan.reports.markdown import markdown
from pareta_plan.reports.report import Report

MARKER = 500
"""Characters for what whoever posts it puts around it."""
COMMENT = Limit(65_536 - MARKER, characters)
"""GitHub refuses a comment of more than 65,536 characters."""


def render(report: Report) -> str:
    """The Markdown as far as it fits."""
    return markdown(report, COMMENT)
