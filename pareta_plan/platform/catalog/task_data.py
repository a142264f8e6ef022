"""A task's rows: files of its folder, or those of a source with their digests beside the task."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field, ValidationError

from pareta_plan.errors import Location, ParetaError
from pareta_plan.platform.data import Data
from pareta_plan.platform.sources import kept
from pareta_plan.platform.sources.source import Source

Split = Literal["dev", "heldout", "apart"]
Told = kept.Told
ROWS_FILE = "rows.json"


class SplitRecord(Data):
    """What is told of a split without its rows."""

    rows: int = Field(ge=0)
    sha256: str
    answers: dict[str, int] | None = None
    """How often each label is expected, where answers are labels."""


class RowsRecord(Data):
    """The contents of `rows.json`: what a source's rows were when the task was made of them."""

    dev: SplitRecord
    heldout: SplitRecord
    apart: SplitRecord

    def of(self, split: Split) -> SplitRecord:
        """What is told of a split."""
        return {"dev": self.dev, "heldout": self.heldout, "apart": self.apart}[split]


class TaskRows(Protocol):
    """The rows of a task, wherever they are."""

    def data(self, split: Split, progress: Told) -> bytes:
        """A split as JSON lines. Raises ParetaError where it can't be had."""

    def digest(self, split: Split) -> str:
        """SHA-256 of a split, in hexadecimal; nothing is fetched for it."""

    def count(self, split: Split) -> int:
        """How many rows a split has."""

    def answers(self) -> Sequence[Any] | None:
        """What the held-out rows expect, where that is known without fetching them."""

    def exists(self, split: Split) -> bool:
        """Whether there is such a split: of some tasks only the board is kept."""

    def is_at_hand(self, split: Split) -> bool:
        """Whether nothing is fetched to read a split."""


class FolderRows:
    """The files of a task's folder; what is learnt from is read once, or given."""

    def __init__(self, folder: Path, learnt: str | None) -> None:
        self._folder = folder
        self._learnt = None if learnt is None else learnt.encode()

    def data(self, split: Split, _progress: Told) -> bytes:
        """A file's bytes. Raises ParetaError where it can't be read."""
        if split != "dev":
            return self._bytes(split)
        if self._learnt is None:
            self._learnt = self._bytes(split)
        return self._learnt

    def _bytes(self, split: Split) -> bytes:
        path = self._folder / f"{split}.jsonl"
        try:
            return path.read_bytes()
        except OSError as error:
            words = f"the task's rows can't be read: {error.strerror}"
            raise ParetaError(words, location=Location(str(path))) from None

    def digest(self, split: Split) -> str:
        """SHA-256 of a file's bytes."""
        return hashlib.sha256(self.data(split, unheard)).hexdigest()

    def count(self, split: Split) -> int:
        """The file's lines."""
        return self.data(split, unheard).count(b"\n")

    def answers(self) -> Sequence[Any] | None:
        """Those of the file, None where there is none: some boards come from elsewhere."""
        if not self.exists("heldout"):
            return None
        return [json.loads(line)["expected"] for line in self.data("heldout", unheard).splitlines()]

    def exists(self, split: Split) -> bool:
        """Whether there is a file."""
        return (self._folder / f"{split}.jsonl").is_file()

    is_at_hand = exists


class SourcedRows:
    """The rows of a source, fetched when they are first read."""

    def __init__(self, task_id: str, folder: Path, source: Source) -> None:
        self._task_id = task_id
        self._path = folder / ROWS_FILE
        self._source = source

    @cached_property
    def _record(self) -> RowsRecord:
        try:
            return RowsRecord.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError) as error:
            words = f"the record of the task's rows can't be read: {error}"
            raise ParetaError(words, location=Location(str(self._path))) from None

    def data(self, split: Split, progress: Told) -> bytes:
        """The rows from the user's cache. Raises ParetaError where they can't be fetched."""
        return kept.rows(self._task_id, self._source, split, self.digest(split), progress)

    def digest(self, split: Split) -> str:
        """SHA-256 of the rows that the record means."""
        return self._record.of(split).sha256

    def count(self, split: Split) -> int:
        """How many rows the record tells of."""
        return self._record.of(split).rows

    def answers(self) -> Sequence[Any] | None:
        """The labels that the record counted."""
        counted = self._record.heldout.answers
        return None if counted is None else [*Counter(counted).elements()]

    def exists(self, _split: Split) -> bool:
        """A source has them all."""
        return True

    def is_at_hand(self, split: Split) -> bool:
        """Whether the rows are in the user's cache."""
        return kept.is_kept(self.digest(split))


def unheard(_stage: str, _label: str, _share: float | None) -> None:
    """Files need no time."""
