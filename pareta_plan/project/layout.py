"""Which files make a project, by name and place."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pareta_plan.errors import ProjectError
from pareta_plan.files import meant_file, reason, write_atomic, writing

MANIFEST = "pareta.yaml"
PROJECT_FILE = "pareta-project.yaml"
LOCKFILE = "pareta.lock"
BOARDS = "leaderboards"
"""The folder of what the project measured of its own models."""
STATE_DIR = ".pareta"
_MARK = r"pareta(-project)?\.yaml|pareta(\..+)?\.lock"
"""What a folder has one of that is a project, beside manifests of any name."""
_KEY = re.compile(rb"""(?:^(?:- )?|[{,]\s*)["']?(\w+)["']?\s*:""", re.MULTILINE)
_VERSION = re.compile(rb"^version:[ ]*1\s*$", re.MULTILINE)
_HEAD = {b"name", b"task", b"model", b"frontier"}
"""What a manifest has at least two of, where both its intent and its version are missing."""


def manifest_files(
    root: Path,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    catalogs: Sequence[str] = (),
) -> list[Path]:
    """`pareta.yaml` if there is one, else every `*.yaml` and `*.yml` below.

    Hidden folders and the project file are left out, and what the globs `exclude` fit. Where there
    are globs to `include`, it is what they fit, whether there is a `pareta.yaml` or not. Folders of
    `catalogs` hold tasks, and no manifests. Raises ProjectError when the folder is missing or can't
    be read.
    """
    single, tasks = root / MANIFEST, {root / folder for folder in catalogs}

    def fits(path: Path, globs: Sequence[str]) -> bool:
        return any(_fits(glob, path.relative_to(root).as_posix()) for glob in globs)

    try:
        check_folder(root)
        if single.is_file() and not include:
            return [single]
        found = _yaml_below(root, lambda path: path in tasks or fits(path, exclude))
        return sorted(
            path
            for path in found
            if path != root / PROJECT_FILE and (not include or fits(path, include))
        )
    except OSError as bad:
        raise ProjectError(f"the folder {root}: {reason(bad)}") from None


def is_meant(data: bytes) -> bool:
    """Whether a YAML file is meant for a manifest, right or wrong: by keys that hardly another has.

    One of them alone, such as `model`, is in files of many tools.
    """
    keys = {*_KEY.findall(data)}
    return b"intent" in keys or len(keys & _HEAD) >= 2 or _VERSION.search(data) is not None


def project_around(folder: Path, home: Path) -> Path:
    """The nearest folder that is a project, from a folder upward; that folder itself without one.

    Never one above the root of the repository; without a repository, none above `home`, and none
    above the folder where that isn't below `home`: another user may have put it there.
    """
    above = [folder, *folder.parents]
    end = next((f for f in above if (f / ".git").exists()), home if home in above else folder)
    for around in above[: above.index(end) + 1]:
        if _is_project(around):
            return around
    return folder


def _is_project(folder: Path) -> bool:
    try:
        return any(re.fullmatch(_MARK, path.name) for path in folder.iterdir())
    except OSError:
        return False


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
    except OSError as bad:
        raise ProjectError(f"the folder {root}: {reason(bad)}") from None
    if not there:
        raise ProjectError(
            f"no folder {root}{meant_file(root, fits=Path.is_dir)}",
            hint="Name a folder with manifests: -C FOLDER.",
        )


def _refuse_unread(bad: OSError) -> None:
    """A folder that can't be read is no folder without manifests: what they deployed would go."""
    if isinstance(bad, FileNotFoundError):  # it went while the others were read
        return
    raise ProjectError(
        f"the folder {bad.filename}: {reason(bad)}",
        hint="It may hold manifests: make it readable, or keep the manifests in a folder of their "
        "own: -C FOLDER.",
    ) from None


def _yaml_below(root: Path, leave_out: Callable[[Path], bool]) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=_refuse_unread):
        names[:] = [
            n
            for n in names
            if not n.startswith(".") and n != "node_modules" and not leave_out(Path(folder, n))
        ]
        paths = (Path(folder, f) for f in files if f.endswith((".yaml", ".yml")))
        yield from (path for path in paths if not leave_out(path))


def _fits(glob: str, path: str) -> bool:
    """Whether a glob fits a path, as in a .gitignore: one that fits a folder fits all in it."""
    wanted = glob.removeprefix("./").rstrip("/")
    if "/" not in wanted:
        return any(fnmatchcase(part, wanted) for part in path.split("/"))
    anywhere = wanted.removeprefix("**/")
    return any(fnmatchcase(path, one + end) for one in (wanted, anywhere) for end in ("", "/*"))


def ignore_state(state_dir: Path) -> None:
    """Make the folder for local state, and keep it out of version control.

    Raises ProjectError when it can't be made.
    """
    with writing(state_dir):
        state_dir.mkdir(parents=True, exist_ok=True)
    ignore = state_dir / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n")
