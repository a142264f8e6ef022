"""Generators of the built-in tasks' rows.

A generator is a module of this package with `TASK`, its task's id, and `rows(split)`, that
returns the split's rows as `{"id", "input", "expected"}`. It is pure: it reads nothing but
files beside it, and all chance comes from `random.Random(string)`, so the same code gives the
same bytes on every machine. Modules without `TASK` are helpers.

`python -m scripts.rows` writes the rows of all tasks; see `__main__`.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

Split = Literal["dev", "heldout"]


class Generator(Protocol):
    """What a generator module offers."""

    TASK: str

    def rows(self, split: Split) -> list[dict[str, Any]]:
        """The rows of a split, always the same ones."""
