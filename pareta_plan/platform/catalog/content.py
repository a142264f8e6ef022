"""What a task's models answer by: its definition, and the rows that they learn from."""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class Content(NamedTuple):
    """A task's definition as JSON and the lines of its dev rows, under the digest of both.

    Of rows that come from a source, their digest stands for them.
    """

    digest: str
    definition: str
    learnt: str


def content(definition: str, learnt: str) -> Content:
    """Both, with their digest."""
    digest = hashlib.sha256(f"{len(definition)}\n{definition}\n{learnt}".encode()).hexdigest()
    return Content(f"sha256:{digest}", definition, learnt)
