"""What a report for reviewers tells beside plan and results: the runs behind their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pareta_plan.cli.console import Console
from pareta_plan.errors import NotFoundError, ParetaError
from pareta_plan.reports.formats import BY_ROW

if TYPE_CHECKING:
    from pareta_plan.client.remote import Reader
    from pareta_plan.project.lockfile import Evidence
    from pareta_plan.project.project import Project
    from pareta_plan.reports.losses import Recalled
    from pareta_plan.reports.report import Scored, Subject


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


def rows_scored(console: Console, reader: Reader) -> Scored | None:
    """The rows behind the lockfile's evidence, as far as the platform tells them.

    None where no format has use for them, or there are none, which is told.
    """
    if not console.tells(*BY_ROW):
        return None
    from pareta_plan.cli import evidence
    from pareta_plan.cli.locked import lockfile_of
    from pareta_plan.gates.compared import Wanted
    from pareta_plan.reports.report import Scored

    try:
        lockfile = lockfile_of(console.project)
        found = evidence.gather(console, reader, lockfile, ())
    except ParetaError as why:
        console.remark([f"no report of rows: {why}"])
        return None
    return Scored(lockfile.platform, [evidence.shown(one, Wanted()) for one in found])


def _recalled(evidence: Evidence, workload: str, project: Project, reader: Reader) -> Recalled:
    from pareta_plan.gates.compared import compare
    from pareta_plan.gates.pooled import pooled, spans
    from pareta_plan.reports.losses import Losses, Recalled, losses

    data = project.data.get(workload)
    if data is None or data.locked.digest != evidence.basis.rows:
        parts = None
    else:
        parts = spans(evidence, data)
    try:
        run = pooled([(reader.run(id), places) for id, places in parts or [(evidence.run_id, ())]])
    except NotFoundError:
        return Recalled(Losses(unknown="the platform no longer has its eval run"))
    except ParetaError as failed:
        return Recalled(Losses(unknown=f"the platform can't tell: {failed.message}"))
    if data is None or data.locked.digest != evidence.basis.rows:
        unknown = Losses(unknown="its rows are no longer those that were scored")
        return Recalled(unknown, run.run.created)
    texts = project.settings is not None and project.settings.file.reports.rows
    return Recalled(losses(compare(run, data, evidence), texts=texts), run.run.created)
