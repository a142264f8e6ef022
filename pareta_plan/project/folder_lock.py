"""One apply at a time in a project's folder: a file lock that says who holds it.

The system gives the lock back when its process ends, however it ends. The lockfile is written
under it: while an apply runs, nothing else writes there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pareta_plan.canonical import digest_bytes
from pareta_plan.errors import ProjectError, StaleError, UsageError
from pareta_plan.files import read_bytes, unwritable, write_atomic
from pareta_plan.project.layout import ignore_state
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project
from pareta_plan.project.who import now, whoami

LOCK = "apply.lock"
HOLDER = "apply.holder.json"
SAYS_SECONDS = 0.2
MOST_SAID = 10_000


@contextmanager
def hold(project: Project, timeout: float, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the project's lock, waiting for it at most `timeout` seconds; `tell` hears for whom.

    Raises UsageError that says whose it is when another apply runs all the while, ProjectError in
    a folder that can't be written.
    """
    ignore_state(project.state_dir)
    guard = FileLock(project.state_dir / LOCK)
    if not _acquire(guard) and timeout > 0:
        tell(f"waiting for another apply in this project: {_said(project)}")
        _acquire(guard, timeout)
    if not guard.is_locked:
        raise UsageError(
            f"another apply is running in this project: {_said(project)}",
            hint="Wait for it to end (--lock-timeout SECONDS), or stop it.",
        )
    said = project.state_dir / HOLDER
    try:
        with suppress(ProjectError):  # it only informs
            mine = {"pid": os.getpid(), "who": whoami(), "since": now()}
            write_atomic(said, json.dumps(mine).encode())
        yield
    finally:
        with suppress(OSError):
            said.unlink()
        guard.release()


def holder(project: Project) -> str | None:
    """Who holds the project's lock, in words; None when it is free."""
    path = project.state_dir / LOCK
    guard = FileLock(path)
    try:
        if path.exists() and not _acquire(guard):
            return _said(project)
    except ProjectError:  # what can't be written holds no apply
        return None
    guard.release()
    return None


def _said(project: Project) -> str:
    for pause in (SAYS_SECONDS, 0):  # who just took the lock is about to say so
        try:
            path = project.state_dir / HOLDER
            said = json.loads(read_bytes(path, limit=MOST_SAID, what="file"))
            return f"process {said['pid']} of {said['who']}, since {said['since']}"
        except (ProjectError, ValueError, KeyError, TypeError):
            time.sleep(pause)
    return "a process that doesn't say which"


def _acquire(guard: FileLock, timeout: float = 0.0) -> bool:
    """Whether the lock could be had. Raises ProjectError where its file can't be written."""
    try:
        guard.acquire(timeout=timeout)
    except Timeout:
        return False
    except OSError as bad:
        raise unwritable(Path(guard.lock_file), bad) from None
    return True


def replace_lockfile(
    project: Project, read: Lockfile | None, fresh: Lockfile, *, held: bool = False
) -> None:
    """Write the lockfile that `read` became, losing nothing that others wrote meanwhile.

    `held` is whether the caller holds the lock. Raises UsageError while an apply of another process
    runs, StaleError when `read` is no longer what is there.
    """
    guard = FileLock(project.state_dir / LOCK)
    applied = project.state_dir.is_dir()  # else there is nothing to lock
    if applied and not held and not _acquire(guard):
        raise UsageError(
            "an apply is running in this project, and records in the lockfile what it achieves: "
            f"{_said(project)}",
            hint="Wait for it to end, or take the lockfile as it is with --frozen.",
        )
    try:
        if not held:
            refuse_changed(project, read)
        project.write_lockfile(fresh)
    finally:
        guard.release()


def refuse_changed(project: Project, read: Lockfile | None) -> None:
    """Refuse to go on when the lockfile is no longer what was read. Raises StaleError."""
    path = project.lockfile_path
    there = digest_bytes(path.read_bytes()) if path.exists() else None
    if there != (read.digest if read else None):
        raise StaleError(
            "another process wrote the lockfile meanwhile", hint="Run the same command again."
        )
