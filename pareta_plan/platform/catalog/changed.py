"""Whether the files of tasks changed: what a platform that outlives them has to read anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pareta_plan.platform.catalog.check import check

_NAMES = ("task.yaml", "dev.jsonl", "heldout.jsonl", "leaderboard.json")
Files = Mapping[Path, tuple[int, ...]]
"""The files that are there, and what a write changes of them."""


def files(folders: Iterable[Path], boards: Path | None) -> Files:
    """Those of folders of tasks, and of a folder of boards."""
    found: dict[Path, tuple[int, ...]] = {}
    for path in _paths(folders, boards):
        with suppress(OSError):
            told = path.stat()
            found[path] = told.st_mtime_ns, told.st_size, told.st_ino
    return found


def _paths(folders: Iterable[Path], boards: Path | None) -> Iterator[Path]:
    for folder in folders:
        yield folder / "frontier.yaml"
        for task in sorted(folder.glob("*")):
            yield from (task / name for name in _NAMES)
    if boards:
        yield from sorted(boards.glob("*.json"))


def refused(folder: Path, before: Files, now: Files, baselines: Iterable[str]) -> str | None:
    """What is wrong with a task whose files changed; None where they didn't, or all is well."""
    if all(before.get(folder / name) == now.get(folder / name) for name in _NAMES):
        return None
    errors = check(folder, folder.name, baselines).errors
    return str(errors[0]) if errors else None
