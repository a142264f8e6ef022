"""Where a report comes from: the commit and the run at hand, as a pipeline tells them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from pareta_plan.reports.report import Origin


def origin() -> Origin:
    """The commit and the run at hand, by the variables of GitHub and GitLab or our own."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = map(os.environ.get, names)
    github = f"{server}/{repository}/actions/runs/{run}" if run else ""
    return Origin(
        commit=_first(("PARETA_PLAN_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA")),
        more=_first(("PARETA_PLAN_RUN_URL", "CI_PIPELINE_URL")) or github,
        now=time.time(),
    )


def _first(names: Iterable[str]) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")
