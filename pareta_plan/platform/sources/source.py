"""Where a task's rows come from: which part of which package, under which licence."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pareta_plan.platform.packages import Package
from pareta_plan.platform.sources.readers import READERS


class Source(Package):
    """What a `task.yaml` says of rows that others published."""

    licence: str
    """What the package says of the rows: an SPDX expression."""
    part: str
    """Which part of the package, in words, and what people made of it."""
    reader: Annotated[str, AfterValidator(READERS.known)]
    """The reader of the package's files."""
    development: Annotated[int, Field(gt=0)]
    """How many rows to learn from, at most."""
    held_out: Annotated[int, Field(gt=0)]
    """How many to measure on, and as many again that nothing is made or measured with."""

    def __str__(self) -> str:
        return f"{' '.join(self.part.split())} ({self.title}, {self.licence})"
