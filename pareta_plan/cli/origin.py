"""Where a report comes from: the commit and the run at hand, as a pipeline tells them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping

from pareta_plan.lock.provenance import Run
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


RUNS: Mapping[str, Mapping[str, str]] = {
    "GITHUB_ACTIONS": {
        "repository": "GITHUB_REPOSITORY",
        "commit": "GITHUB_SHA",
        "ref": "GITHUB_REF",
        "workflow": "GITHUB_WORKFLOW_REF",
        "id": "GITHUB_RUN_ID",
        "attempt": "GITHUB_RUN_ATTEMPT",
    },
    "GITLAB_CI": {
        "repository": "CI_PROJECT_PATH",
        "commit": "CI_COMMIT_SHA",
        "ref": "CI_COMMIT_REF_NAME",
        "workflow": "CI_CONFIG_PATH",
        "id": "CI_PIPELINE_ID",
        "url": "CI_PIPELINE_URL",
    },
}
"""What a CI's environment says of its run, by the variable that tells which CI it is."""


def run_at_hand() -> Run | None:
    """The CI's run as its environment tells it; None where no CI is known to be."""
    named = next((names for ci, names in RUNS.items() if os.environ.get(ci) == "true"), None)
    if named is None:
        return None
    told = {field: os.environ.get(name) or None for field, name in named.items()}
    return Run(**({"url": origin().more or None} | told))


def _first(names: Iterable[str]) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")
