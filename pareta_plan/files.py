"""Files of the project: paths that stay inside it, atomic writes."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pareta_plan.errors import Location, ProjectError, nearest

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


def inside(root: Path, relative: str, location: Location | None = None) -> Path:
    """The file `relative` to the project; refuses what leaves it, through links too.

    Raises ProjectError, also for what no file system can name: a NUL, links in a circle.
    """
    base = root.resolve()
    try:
        path = (base / relative).resolve()
    except (OSError, RuntimeError, ValueError) as bad:
        raise ProjectError(
            f"{relative!r} is no path to a file: {reason(bad)}", location=location
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
    typed: bool = False,
) -> bytes:
    """A file's bytes; `name` is what errors call it, the path when absent.

    Of a name that somebody `typed`, as against one of many, the nearest is told where it's missing.
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
    except FileNotFoundError as bad:
        near = meant_file(path, name) if typed else ""
        said = f"{called} can't be read: {reason(bad)}{near}"
        raise ProjectError(said, location=location) from None
    except OSError as bad:
        raise ProjectError(f"{called} can't be read: {reason(bad)}", location=location) from None


def meant_file(
    path: Path, name: str | None = None, fits: Callable[[Path], bool] = Path.is_file
) -> str:
    """The end of a sentence on a file that isn't there: which one was probably meant.

    `name` is what the sentence calls it, the path when absent; `fits` is what it has to be.
    """
    near = _nearest_file(path, fits)
    if near is None:
        return ""
    root = str(path).removesuffix(name or str(path))
    return f"; did you mean {str(near).removeprefix(root)!r}?"


def _nearest_file(path: Path, fits: Callable[[Path], bool]) -> Path | None:
    folder = path.parent
    if not folder.is_dir():
        other = _nearest_file(folder, Path.is_dir)
        if other is None or fits(other / path.name):
            return other and other / path.name
        folder = other
    try:
        close = nearest(path.name, (other.name for other in folder.iterdir() if fits(other)))
    except OSError:
        return None
    return folder / close if close else None


def first_bytes(path: Path, count: int = 100) -> bytes:
    """What a file begins with. Raises ProjectError when it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as bad:
        raise ProjectError(f"file {str(path)!r} can't be read: {reason(bad)}") from None


def writable_file(path: Path) -> Path:
    """The file that `path` names for writing, behind links: a regular one, or none as yet.

    Raises ProjectError for anything else, and when its folder is missing.
    """
    with writing(path):
        target = path.resolve()
        if path.exists() and not path.is_file():
            raise ProjectError(f"can't write {str(path)!r}: it is not a regular file")
        if not target.parent.is_dir():
            named = target if path.is_symlink() else path
            raise ProjectError(
                f"can't write {str(path)!r}: no folder {str(named.parent)!r}",
                hint="Make the folder first.",
            )
    return target


def write_atomic(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Replace a file as one step: readers see the old bytes or the new ones, never a part.

    Raises ProjectError when it can't be written.
    """
    with writing(path):
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


@contextmanager
def writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as bad:
        raise unwritable(path, bad) from None


def unwritable(path: Path, bad: Exception) -> ProjectError:
    """The error that says that `path` can't be written, and what helps."""
    number = bad.errno if isinstance(bad, OSError) else None
    return ProjectError(f"can't write {str(path)!r}: {reason(bad)}", hint=_REMEDIES.get(number))


def reason(bad: Exception) -> str:
    """What the system says, without the number and the path around it."""
    if isinstance(bad, RuntimeError):  # what pathlib makes of links that lead to themselves
        return os.strerror(errno.ELOOP)
    return (isinstance(bad, OSError) and bad.strerror) or str(bad)
