"""Which files make a project, by name and place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pareta_plan.errors import ProjectError
from pareta_plan.files import reason, write_atomic, writing

MANIFEST = "pareta.yaml"
PROJECT_FILE = "pareta-project.yaml"
LOCKFILE = "pareta.lock"
STATE_DIR = ".pareta"


def manifest_files(root: Path) -> list[Path]:
    """`pareta.yaml` if there is one, else every `*.yaml` and `*.yml` below.

    Hidden folders and the project file are left out. Raises ProjectError when the folder is
    missing or can't be read.
    """
    single = root / MANIFEST
    try:
        check_folder(root)
        if single.is_file():
            return [single]
        return sorted(path for path in _yaml_below(root) if path != root / PROJECT_FILE)
    except OSError as bad:
        raise ProjectError(f"the folder {root}: {reason(bad)}") from None


def lockfile_name(env: str | None) -> str:
    """`pareta.lock`, or `pareta.prod.lock` of the environment prod."""
    if env is None:
        return LOCKFILE
    path = Path(LOCKFILE)
    return f"{path.stem}.{env}{path.suffix}"


def check_folder(root: Path) -> None:
    """Refuse a project that isn't there. Raises ProjectError."""
    try:
        there = stat.S_ISDIR(root.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        there = False
    if not there:
        raise ProjectError(f"no folder {root}", hint="Name a folder with manifests: -C FOLDER.")


def _refuse_unread(bad: OSError) -> None:
    """A folder that can't be read is no folder without manifests: what they deployed would go."""
    if isinstance(bad, FileNotFoundError):  # it went while the others were read
        return
    raise ProjectError(
        f"the folder {bad.filename}: {reason(bad)}",
        hint="It may hold manifests: make it readable, or keep the manifests in a folder of their "
        "own: -C FOLDER.",
    ) from None


def _yaml_below(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=_refuse_unread):
        names[:] = [n for n in names if not n.startswith(".") and n != "node_modules"]
        yield from (Path(folder, f) for f in files if f.endswith((".yaml", ".yml")))


def ignore_state(state_dir: Path) -> None:
    """Make the folder for local state, and keep it out of version control.

    Raises ProjectError when it can't be made.
    """
    with writing(state_dir):
        state_dir.mkdir(parents=True, exist_ok=True)
    ignore = state_dir / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n")
