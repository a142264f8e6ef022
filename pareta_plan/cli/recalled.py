"""What a report for reviewers tells beside plan and results: the runs behind their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pareta_plan.cli.console import Console
from pareta_plan.errors import NotFoundError, ParetaError

if TYPE_CHECKING:
    from pareta_plan.client.remote import Reader
    from pareta_plan.project.lockfile import Evidence
    from pareta_plan.project.project import Project
    from pareta_plan.reports.losses import Recalled
    from pareta_plan.reports.report import Subject


def recalled(console: Console, reader: Reader, subject: Subject) -> dict[str, Recalled]:
    """What the platform still tells of the runs that a plan's or an apply's figures come from.

    Nothing where no report has use for it.
    """
    if not console.tells("markdown", "comment"):
        return {}
    from pareta_plan.reports.report import Kind, Report
    from pareta_plan.reports.reviewing import review

    rows = review(Report(Kind.PLAN, 0, subject)).rows
    found = {row.workload: row.evidence for row in rows if row.evidence}
    return {name: _recalled(run, name, console.project, reader) for name, run in found.items()}


def _recalled(evidence: Evidence, workload: str, project: Project, reader: Reader) -> Recalled:
    from pareta_plan.gates.compared import compare
    from pareta_plan.reports.losses import Losses, Recalled, losses

    try:
        run = reader.run(evidence.run_id)
    except NotFoundError:
        return Recalled(Losses(unknown="the platform no longer has its eval run"))
    except ParetaError as failed:
        return Recalled(Losses(unknown=f"the platform can't tell: {failed.message}"))
    data = project.data.get(workload)
    if data is None or data.locked.digest != evidence.basis.rows:
        unknown = Losses(unknown="its rows are no longer those that were scored")
        return Recalled(unknown, run.run.created)
    texts = project.settings is not None and project.settings.file.reports.rows
    return Recalled(losses(compare(run, data, evidence), texts=texts), run.run.created)
