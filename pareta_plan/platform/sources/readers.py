"""The readers of packages that rows come from, each by its name in `task.yaml`.

A reader is a module with `wants(name)`, whether it reads the file of an archive that has this
path, and `read(files)`, the rows in the paths and the bytes of those files. It parses data and runs
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol, cast

from pareta_plan.platform.data import Registry
from pareta_plan.platform.sources.found import Found

_FOLDER = "pareta_plan.platform.sources"
_OURS = ("addresses", "interface_messages", "mail", "rated_reviews")

READERS = Registry[str]("reader", {name: f"{_FOLDER}.{name}" for name in _OURS})

File = tuple[str, bytes]
"""A file of an archive: its path there, and its bytes."""


class Reader(Protocol):
    """What the module of a reader offers."""

    def wants(self, name: str) -> bool:
        """Whether it reads the file of this path."""

    def read(self, files: Iterable[File]) -> Iterator[Found]:
        """The rows that the files hold, in any order."""


def reader(name: str) -> Reader:
    """The reader of this name. Raises UnknownName."""
    return cast(Reader, import_module(READERS[name]))
