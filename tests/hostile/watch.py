"""Watches what this process opens while a command runs: nothing outside of the project.

Python tells of each file before it is opened, whoever opens it (`sys.addaudithook`), SQLite and
other libraries of C apart.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import REPOSITORY

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DEVICES = ("/dev/", "/proc/", "/sys/")
CHANGES = {
    "os.remove": 1,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.chmod": 1,
}
"""Audit events of changes, and how many paths each begins with."""
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")


def _code() -> set[str]:
    """The folders that Python, its libraries and we are read from."""
    paths = {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, str(REPOSITORY)}
    return {os.path.realpath(path) for path in paths} | {"/usr", "/lib", "/etc"}


def _is_ours(given: tuple[object, ...]) -> bool:
    """Whether a process is a helper of ours, in which nothing of the project is imported."""
    command = given[1] if len(given) > 1 else None
    return isinstance(command, list) and command[:2] == [sys.executable, "-I"]


class Watch:
    """What a command may touch, and what else it did touch."""

    def __init__(self, cache: Path) -> None:
        self._read = _code()
        self._own: set[str] = {os.path.realpath(cache)}
        self._inside: str | None = None
        self._found: list[str] = []
        sys.addaudithook(self._heard)

    @contextmanager
    def project(self, root: Path) -> Iterator[list[str]]:
        """Note in the block what is touched outside of the project."""
        self._inside, self._found = os.path.realpath(root), []
        try:
            yield self._found
        finally:
            self._inside = None

    def _heard(self, event: str, given: tuple[object, ...]) -> None:
        if self._inside is None:
            return
        if event == "open":
            path, _, flags = given
            bits = flags if isinstance(flags, int) else 0
            self._touched(path, bool(bits & WRITES), follow=not bits & os.O_NOFOLLOW)
        elif event in CHANGES:
            for path in given[: CHANGES[event]]:
                self._touched(path, True, follow=False)
        elif event in STARTS and not _is_ours(given):
            self._found.append(f"started {given!r}")

    def _touched(self, path: object, writes: bool, *, follow: bool) -> None:
        if not isinstance(path, (str, bytes)):
            return  # a number of a file that is open already
        whole = os.path.join(self._inside or "", os.fsdecode(path))  # noqa: PTH118
        if "\0" in whole or whole.startswith(DEVICES):
            return
        head, name = os.path.split(whole)
        real = os.path.realpath(whole) if follow else f"{os.path.realpath(head)}/{name}"
        allowed = {self._inside or "", *self._own, *(set() if writes else self._read)}
        if real == tempfile.gettempdir() or any(
            real == root or real.startswith(f"{root}/") for root in allowed if root
        ):
            return
        self._found.append(f"{'wrote' if writes else 'read'} {real}")
