"""What a task's models answer by: its definition, and the rows that they learn from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, NamedTuple

from pareta_plan.platform.catalog.reading import refused


class Content(NamedTuple):
    """A task's definition as JSON and the lines of its dev rows, under the digest of both."""

    digest: str
    definition: str
    learnt: str


def content(definition: str, learnt: str) -> Content:
    """Both, with their digest."""
    digest = hashlib.sha256(f"{len(definition)}\n{definition}\n{learnt}".encode()).hexdigest()
    return Content(f"sha256:{digest}", definition, learnt)


class Splits:
    """The files of a task's rows; what is learnt from is read once, or given."""

    def __init__(self, folder: Path, learnt: str | None) -> None:
        self._folder = folder
        self._learnt = None if learnt is None else learnt.encode()

    def read(self, split: Literal["dev", "heldout"]) -> bytes:
        """A file's bytes. Raises ParetaError where it can't be read."""
        if split == "heldout":
            return self._bytes(split)
        if self._learnt is None:
            self._learnt = self._bytes(split)
        return self._learnt

    def _bytes(self, split: str) -> bytes:
        path = self._folder / f"{split}.jsonl"
        try:
            return path.read_bytes()
        except OSError as error:
            raise refused(path, f"the task's rows can't be read: {error.strerror}") from None
