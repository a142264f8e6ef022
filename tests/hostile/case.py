"""One hostile thing, and the commands that meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """What is put into a project, and what is run there."""

    kind: str
    name: str
    files: Mapping[str, bytes]
    commands: Sequence[str]
    prepare: Callable[[Path, Path], None] = lambda _root, _outside: None
    """Makes links and pipes: given the project and the folder outside of it."""
    answer: tuple[int, Mapping[str, str], bytes] | None = None
    """What the platform answers to everything: status, headers, body."""
    env: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"
