"""What of a lockfile's deployments the checkout at hand has: of a new one, nothing.

The embedded platform's state is not committed. Where a checkout gets it with lockfiles at hand, a
mark beside it says of each that nothing was brought up from it here, until an apply does that.
"""

from __future__ import annotations

from pathlib import Path

from pareta_plan.files import writing
from pareta_plan.project import layout
from pareta_plan.project.project import Project

_PLATFORM = "platform"
_LOCKFILES = "pareta*.lock"


def platform_state(project: Project) -> Path:
    """The folder of the embedded platform's state."""
    return project.state_dir / _PLATFORM


def is_fresh(project: Project) -> bool:
    """Whether nothing was ever deployed here by this project's lockfile."""
    return not platform_state(project).is_dir() or _mark(project, project.lockfile_name).exists()


def keep_state(project: Project) -> Path:
    """Make room for the embedded platform's state; a fresh checkout is fresh after that too.

    Raises ProjectError when it can't be made.
    """
    layout.ignore_state(project.state_dir)
    state = platform_state(project)
    if not state.is_dir():
        for lockfile in project.root.glob(_LOCKFILES):
            mark = _mark(project, lockfile.name)
            with writing(mark):
                mark.touch()
    return state


def brought_up(project: Project) -> None:
    """From here on the lockfile's deployments are those of this checkout."""
    _mark(project, project.lockfile_name).unlink(missing_ok=True)


def _mark(project: Project, lockfile: str) -> Path:
    return project.state_dir / f"fresh-{lockfile}"
