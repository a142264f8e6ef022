"""The files of an archive, read one after the other; nothing is unpacked to disk."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pareta_plan.errors import ParetaError


def files(path: Path, wants: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of the files that are wanted. Raises ParetaError for a broken archive."""
    try:
        yield from (_of_zip if path.suffix in (".whl", ".zip") else _of_tar)(path, wants)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise ParetaError(f"{path.name} can't be read: {error}") from None


def _of_zip(path: Path, wants: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if wants(name):
                yield name, archive.read(name)


def _of_tar(path: Path, wants: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and wants(member.name) and (file := archive.extractfile(member)):
                yield member.name, file.read()
