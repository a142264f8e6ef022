"""What a report for reviewers tells beside plan and results: runs behind figures, its origin."""

from __future__ import annotations

import os
import time

from pareta_plan.client.remote import Reader
from pareta_plan.errors import NotFoundError, ParetaError
from pareta_plan.gates.compared import compare
from pareta_plan.project.lockfile import Evidence
from pareta_plan.project.project import Project
from pareta_plan.reports.losses import losses
from pareta_plan.reports.markdown import Origin
from pareta_plan.reports.review import Losses, Review, Told
from pareta_plan.reports.reviewing import with_told


def asked(review: Review, project: Project, reader: Reader) -> Review:
    """The review with what the platform still tells of the runs that its figures come from."""
    told = {
        row.workload: _told(row.evidence, row.workload, project, reader)
        for row in review.rows
        if row.evidence
    }
    return with_told(review, told)


def _told(evidence: Evidence, workload: str, project: Project, reader: Reader) -> Told:
    try:
        run = reader.run(evidence.run_id)
    except NotFoundError:
        return Told(Losses(unknown="the platform no longer has its eval run"))
    except ParetaError as failed:
        return Told(Losses(unknown=f"the platform can't tell: {failed.message}"))
    data = project.data.get(workload)
    if data is None or data.locked.digest != evidence.basis.rows:
        return Told(
            Losses(unknown="its rows are no longer those that were scored"), run.run.created
        )
    texts = project.settings is not None and project.settings.file.reports.rows
    return Told(losses(compare(run, data, evidence), texts=texts), run.run.created)


def origin(command: str) -> Origin:
    """The commit and the run at hand, by the variables of GitHub and GitLab or our own."""
    env = os.environ
    server, repository, run = (
        env.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    github = f"{server}/{repository}/actions/runs/{run}" if run else ""
    return Origin(
        commit=_first("PARETA_PLAN_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"),
        more=_first("PARETA_PLAN_RUN_URL", "CI_PIPELINE_URL") or github,
        command=command,
        now=time.time(),
    )


def _first(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")
