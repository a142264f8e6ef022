"""A workload as the lockfile has it, or why it hasn't."""

from __future__ import annotations

from pareta_plan.cli.options import meant_folder, meant_name
from pareta_plan.errors import StaleError, UsageError, listed
from pareta_plan.project.lockfile import Entry, Lockfile
from pareta_plan.project.project import Project

_PLAN = "Run `pareta-plan plan`."


def lockfile_of(project: Project, name: str = "") -> Lockfile:
    """The project's lockfile. Raises StaleError without one; `name` may have meant a folder."""
    lockfile = project.read_lockfile()
    if lockfile is None:
        said = f"there is no lockfile yet{meant_folder(name) if name else ''}"
        raise StaleError(said, hint=_PLAN)
    return lockfile


def entry_of(project: Project, lockfile: Lockfile, name: str) -> Entry:
    """What the lockfile has of a workload. Raises StaleError or UsageError for one it hasn't."""
    entry = lockfile.workloads.get(name)
    if entry is not None:
        return entry
    if name in project.located:
        raise StaleError(f"{name!r} isn't locked yet", hint=_PLAN)
    raise UsageError(
        f"no workload {name!r} in the lockfile{meant_name(name, lockfile.workloads)}",
        hint=f"Workloads: {listed(sorted(lockfile.workloads), 10) or 'none'}.",
    )
