"""Writes the lockfile as changes are achieved."""

from __future__ import annotations

import time
from threading import Lock

from pareta_plan.errors import ProjectError, StaleError
from pareta_plan.project.folder_lock import refuse_changed
from pareta_plan.project.lockfile import Entry, Lockfile
from pareta_plan.project.project import Project

RECORD_SECONDS = 1.0


class Recorder:
    """Writes the lockfile as changes are achieved, at most once a second: it may be large.

    What a killed apply had not yet written is found again through the journal. Shared
    between threads.
    """

    def __init__(self, project: Project, lockfile: Lockfile) -> None:
        self._project = project
        self._lockfile = lockfile
        self._achieved: dict[str, Entry | None] = {}
        self._written = time.monotonic()
        self._open = True
        self.broke: ProjectError | None = None
        """Why the last of it couldn't be written, once closed."""
        self.overwrote = False
        """Whether somebody else had written the lockfile meanwhile."""
        self._guard = Lock()

    def record(self, name: str, entry: Entry | None, *, now: bool = False) -> None:
        """Take what a workload has achieved; None takes it out of the lockfile.

        With `now` it is on disk when this returns.
        """
        with self._guard:
            if not self._open:  # a thread that was left has nothing to say any more
                return
            self._achieved[name] = entry
            if now or time.monotonic() - self._written > RECORD_SECONDS:
                self._write()

    def endpoints(self) -> set[str]:
        """Everything that is recorded as deployed, once closed."""
        return {*self._lockfile.deployed.values()}

    def close(self) -> None:
        """Write what was recorded, and take no more; `broke` says whether that failed."""
        with self._guard:
            self._open = False
            try:
                self._write()
            except ProjectError as unwritable:
                self.broke = unwritable

    @property
    def unwritten(self) -> set[str]:
        """The workloads of which the lockfile on disk doesn't tell all."""
        return set(self._achieved)

    def _write(self) -> None:
        if not self._achieved:
            return
        fresh = self._lockfile.changed(self._achieved)
        try:
            refuse_changed(self._project, self._lockfile)
        except StaleError:  # by an editor or git, which know no lock
            self.overwrote = True
        self._project.write_lockfile(fresh)
        self._lockfile = fresh
        self._achieved.clear()
        self._written = time.monotonic()
