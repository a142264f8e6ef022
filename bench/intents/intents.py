"""The intents of a file, each with its manner and the task that is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from pareta_plan.platform.catalog.spec import TaskSpec

DEVELOPMENT, HELD_OUT = "development", "held_out"
GOLDEN = Path(__file__).parents[2] / "tests" / "platform" / "intents.yaml"
AMBIGUOUS = "ambiguous"


class Intent(NamedTuple):
    """What somebody wrote.

    `right` is a task's id, AMBIGUOUS, or `none` with the kind of work after it where it is told.
    """

    manner: str
    right: str
    text: str

    @property
    def none(self) -> bool:
        """Whether no task of ours is meant."""
        return self.right.split()[0] == "none"

    def kind(self, kinds: dict[str, str]) -> str | None:
        """The kind of work that is asked for, where it is told."""
        return self.right.partition(" ")[2] or None if self.none else kinds.get(self.right)


def intents(name: str) -> list[Intent]:
    """Those of `development.yaml` or `held_out.yaml`."""
    read = yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))
    return [
        Intent(manner, right, text)
        for manner, groups in read.items()
        for right, texts in groups.items()
        for text in texts
    ]


def golden(split: str) -> Iterator[Intent]:
    """Those that the keyword matcher is tested on, where one task or none is right."""
    for group in yaml.safe_load(GOLDEN.read_text("utf-8")):
        if group["split"] == split and "task" in group:
            yield from (Intent("golden", group["task"] or "none", t) for t in group["intents"])


def kinds(specs: tuple[TaskSpec, ...]) -> dict[str, str]:
    """The kind of work of each task."""
    return {spec.id: spec.kind for spec in specs}
