"""Files of the project: paths that stay inside it, atomic writes."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pareta_plan.errors import Location, ProjectError

MANIFEST = "pareta.yaml"
PROJECT_FILE = "pareta-project.yaml"
LOCKFILE = "pareta.lock"
STATE_DIR = ".pareta"

_FULL = "Make room, then run the same command again."
_CLOSED = "Make its folder writable, then run the same command again."
_IN_THE_WAY = "A file stands where a folder has to be: move it away."
_REMEDIES: dict[int | None, str] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _CLOSED,
    errno.EACCES: _CLOSED,
    errno.EPERM: _CLOSED,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
}


def manifest_files(root: Path) -> list[Path]:
    """`pareta.yaml` if there is one, else every `*.yaml` and `*.yml` below.

    Hidden folders and the project file are left out. Raises ProjectError when the folder is
    missing or can't be read.
    """
    single = root / MANIFEST
    try:
        check_folder(root)
        return [single] if single.is_file() else _all_below(root)
    except OSError as bad:
        raise ProjectError(f"the folder {root}: {_reason(bad)}") from None


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


def _all_below(root: Path) -> list[Path]:
    return sorted(path for path in _yaml_below(root) if path != root / PROJECT_FILE)


def _refuse_unread(bad: OSError) -> None:
    """A folder that can't be read is no folder without manifests: what they deployed would go."""
    if isinstance(bad, FileNotFoundError):  # it went while the others were read
        return
    raise ProjectError(
        f"the folder {bad.filename}: {_reason(bad)}",
        hint="It may hold manifests: make it readable, or keep the manifests in a folder of their "
        "own: -C FOLDER.",
    ) from None


def _yaml_below(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=_refuse_unread):
        names[:] = [n for n in names if not n.startswith(".") and n != "node_modules"]
        yield from (Path(folder, f) for f in files if f.endswith((".yaml", ".yml")))


def inside(root: Path, relative: str, location: Location | None = None) -> Path:
    """The file `relative` to the project; refuses what leaves it, through links too.

    Raises ProjectError, also for what no file system can name: a NUL, links in a circle.
    """
    base = root.resolve()
    try:
        path = (base / relative).resolve()
    except (OSError, RuntimeError, ValueError) as bad:
        raise ProjectError(
            f"{relative!r} is no path to a file: {_reason(bad)}", location=location
        ) from None
    if not path.is_relative_to(base):
        raise ProjectError(
            f"{relative!r} is outside the project",
            location=location,
            hint="Only files in the project's folder are read; copy it there.",
        )
    return path


def shown(path: Path, root: Path) -> str:
    """The path as messages and the lockfile show it: from the project's folder, with slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def read_bytes(
    path: Path,
    *,
    limit: int,
    what: str,
    name: str | None = None,
    location: Location | None = None,
) -> bytes:
    """A file's bytes; `name` is what errors call it, the path when absent.

    Raises ProjectError when it is missing, unreadable, a pipe or device, or over `limit` bytes.
    """
    called = f"{what} {name or str(path)!r}"
    try:
        found = path.stat()
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise ProjectError(f"{called} is not a regular file", location=location)
        if found.st_size > limit:
            raise ProjectError(
                f"{called} has {found.st_size:,} bytes; at most {limit:,} are read",
                location=location,
            )
        return path.read_bytes()
    except OSError as bad:
        raise ProjectError(f"{called} can't be read: {_reason(bad)}", location=location) from None


def first_bytes(path: Path, count: int = 100) -> bytes:
    """What a file begins with. Raises ProjectError when it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as bad:
        raise ProjectError(f"file {str(path)!r} can't be read: {_reason(bad)}") from None


def writable_file(path: Path) -> Path:
    """The file that `path` names for writing, behind links: a regular one, or none as yet.

    Raises ProjectError for anything else, and when its folder is missing.
    """
    with _writing(path):
        target = path.resolve()
        if path.exists() and not path.is_file():
            raise ProjectError(f"can't write {str(path)!r}: it is not a regular file")
        if not target.parent.is_dir():
            raise ProjectError(
                f"can't write {str(path)!r}: no folder {_folder(path, target)!r}",
                hint="Make the folder first.",
            )
    return target


def _folder(path: Path, target: Path) -> str:
    """The folder that `path` is written to, as `path` says it if it is no link."""
    return str((target if path.is_symlink() else path).parent)


def write_atomic(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Replace a file as one step: readers see the old bytes or the new ones, never a part.

    Raises ProjectError when it can't be written.
    """
    with _writing(path):
        _replace(path, data)


def _replace(path: Path, data: bytes | Iterable[bytes]) -> None:
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode if path.exists() else 0o644
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def ignore_state(state_dir: Path) -> None:
    """Make the folder for local state, and keep it out of version control.

    Raises ProjectError when it can't be made.
    """
    with _writing(state_dir):
        state_dir.mkdir(parents=True, exist_ok=True)
    ignore = state_dir / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as bad:
        raise unwritable(path, bad) from None


def unwritable(path: Path, bad: Exception) -> ProjectError:
    """The error that says that `path` can't be written, and what helps."""
    number = bad.errno if isinstance(bad, OSError) else None
    return ProjectError(f"can't write {str(path)!r}: {_reason(bad)}", hint=_REMEDIES.get(number))


def _reason(bad: Exception) -> str:
    """What the system says, without the number and the path around it."""
    if isinstance(bad, RuntimeError):  # what pathlib makes of links that lead to themselves
        return os.strerror(errno.ELOOP)
    return (isinstance(bad, OSError) and bad.strerror) or str(bad)
