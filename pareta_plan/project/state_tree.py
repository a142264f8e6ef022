"""The folder for local state, looked through before it is used: a stranger's checkout may hold it.

Nothing there is a link, a pipe, a device or a folder that isn't ours: to write through a link would
be to write elsewhere, and a pipe is waited for without end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pareta_plan.errors import ProjectError
from pareta_plan.files import inside, reason, shown

FOLDERS = frozenset({"platform", "platform/locks"})
"""All other entries are files."""


def check(state: Path, root: Path) -> None:
    """Refuse a state folder of the project at `root` that can't be used.

    Raises ProjectError that names the entry and says what to do.
    """
    if state.is_symlink():
        inside(root, shown(state, root))
    try:
        if state.is_dir():
            for entry, kind in _entries(state, state):
                _check(entry, kind, state, root)
        elif state.exists():
            raise _refusal(state, root, "is no folder")
    except OSError as bad:
        raise ProjectError(f"{shown(state, root)!r} can't be read: {reason(bad)}") from None


def _entries(folder: Path, state: Path) -> Iterator[tuple[Path, int]]:
    """All below, with what `lstat` says that they are; what goes meanwhile is left out."""
    with os.scandir(folder) as found:
        for entry in found:
            try:
                kind = entry.stat(follow_symlinks=False).st_mode
            except FileNotFoundError:
                continue
            path = Path(entry.path)
            yield path, kind
            if path.relative_to(state).as_posix() in FOLDERS and stat.S_ISDIR(kind):
                yield from _entries(path, state)


def _check(entry: Path, kind: int, state: Path, root: Path) -> None:
    name = entry.relative_to(state).as_posix()
    if stat.S_ISLNK(kind):
        inside(root, shown(entry, root))
        raise _refusal(entry, root, "is a link")
    if name in FOLDERS:
        if not stat.S_ISDIR(kind):
            raise _refusal(entry, root, "is no folder")
    elif not stat.S_ISREG(kind):
        raise _refusal(entry, root, "is not a regular file")


def _refusal(entry: Path, root: Path, why: str) -> ProjectError:
    return ProjectError(
        f"{shown(entry, root)!r} {why}, so the state can't be used",
        hint="Move it away, then run the same command again.",
    )
