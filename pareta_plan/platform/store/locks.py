"""Claims on work, shared by threads and processes and given back by the system at death."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

DAY_SECONDS = 86_400.0


class Locks:
    """Named locks as files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Wait for the lock and hold it.

        A stream holds it between its chunks, each of which may come from another thread of the
        pool. A wait without end would be refused in the thread that took it, as a deadlock.
        """
        with self._lock(name).acquire(timeout=DAY_SECONDS):
            yield

    @contextmanager
    def claim(self, name: str) -> Iterator[bool]:
        """Hold the lock if it is free, and say whether it was."""
        lock = self._lock(name)
        with suppress(Timeout):
            lock.acquire(blocking=False)
        try:
            yield lock.is_locked
        finally:
            lock.release()

    def forget(self, name: str) -> None:
        """Remove the file of a lock that nobody needs again; the caller holds it."""
        with suppress(OSError):  # some systems keep a file that is open; it is empty
            self._file(name).unlink()

    def _lock(self, name: str) -> FileLock:
        return FileLock(self._file(name), thread_local=False)

    def _file(self, name: str) -> Path:
        kind, _, rest = name.partition(":")
        digest = f"-{hashlib.sha256(rest.encode()).hexdigest()[:24]}" if rest else ""
        return self._folder / f"{kind}{digest}.lock"
