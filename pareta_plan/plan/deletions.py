"""Brakes on what a plan deletes: asked for, not protected, and not too much at once."""

from __future__ import annotations

from collections.abc import Container

from pareta_plan.errors import UsageError, listed
from pareta_plan.plan.model import Change, Plan, Reason
from pareta_plan.plan.steps import Delete
from pareta_plan.project.lockfile import Lockfile

LARGEST_SHARE = 1 / 3


def deletions(plan: Plan) -> list[Change]:
    """The changes that delete what was deployed, with nothing in its place."""
    return [change for change in plan.changes if change.does(Delete)]


def is_mass(plan: Plan) -> bool:
    """Whether the plan deletes more than a third of what is managed, and nobody asked for that.

    A single endpoint may always go with --allow-destroy: a brake that holds whenever a small
    project takes a workload away would soon be released for good.
    """
    gone = len(deletions(plan))
    return not plan.destroy and gone > 1 and gone > LARGEST_SHARE * plan.managed


def check_deletions(
    plan: Plan,
    lockfile: Lockfile,
    *,
    allowed: bool = False,
    mass: bool = False,
    named: Container[str] = (),
) -> None:
    """Refuse deletions that are protected, or weren't allowed. Raises UsageError.

    `allowed` lets a plan delete, `mass` lets it delete more than a third of what is managed;
    `named` are the workloads of which alone a deletion is allowed otherwise.
    """
    gone = [change.workload for change in deletions(plan)]
    renamed = _renamed(plan, lockfile)
    if protected := [name for name in gone if lockfile.workloads[name].prevent_destroy]:
        raise UsageError(
            f"{listed(protected, 5)}: the plan deletes it, and it has `prevent_destroy`",
            hint=_instead(plan, protected) + renamed,
        )
    if is_mass(plan) and not mass:
        raise UsageError(
            f"the plan deletes {len(gone)} of {plan.managed} endpoints, more than a third",
            hint="If that is what you want: --allow-mass-destroy. If not, look whether manifests "
            f"are missing: a wrong folder, a bad merge.{renamed}",
        )
    unnamed = [name for name in gone if name not in named]
    if unnamed and not (allowed or mass):
        raise UsageError(
            f"the plan deletes the endpoints of {listed(unnamed, 5)}",
            hint="Allow it with --allow-destroy"
            + ("." if plan.destroy else ", or put the manifests back.")
            + renamed,
        )


def _renamed(plan: Plan, lockfile: Lockfile) -> str:
    """How to keep what is deleted, as a further sentence, if a workload may only be renamed."""
    created = {
        change.resolution.task.id: change.workload
        for change in plan.changes
        if change.resolution and change.reason is Reason.NOT_DEPLOYED
    }
    for change in deletions(plan):
        new = created.get(lockfile.workloads[change.workload].task.id)
        if new and change.reason is Reason.MANIFEST_GONE:
            old = change.workload
            return f" If {new} is {old} renamed, write `moved_from: {old}` in its manifest."
    return ""


def _instead(plan: Plan, protected: list[str]) -> str:
    without = " ".join(f"--exclude {name}" for name in protected)
    kept = {c.workload for c in plan.changes if c.reason is Reason.DEPLOY_GONE}
    what = "its `deploy`" if kept.issuperset(protected) else "the manifest"
    first = f"Leave it out ({without})" if plan.destroy else f"Put {what} back"
    return f"{first}, or set `prevent_destroy: false` and apply that first."
