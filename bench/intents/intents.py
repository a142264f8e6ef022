"""The intents of a file, each with its manner and the task that is right."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from pareta_plan.platform.catalog.spec import TaskSpec

FOLDER = Path(__file__).parent
GOLDEN = FOLDER.parents[1] / "tests" / "platform" / "intents.yaml"
AMBIGUOUS = "ambiguous"
GOLDEN_MANNER = "golden"
NONE = "none"


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
        return self.right.split()[0] == NONE

    def kind(self, kinds: dict[str, str]) -> str | None:
        """The kind of work that is asked for, where it is told."""
        return self.right.partition(" ")[2] or None if self.none else kinds.get(self.right)


def intents(path: Path, tasks: Collection[str]) -> list[Intent]:
    """Those of a file, by manner and by what is right; what isn't one of `tasks` is none."""
    return [
        Intent(manner, _right(right, tasks), text)
        for manner, groups in yaml.safe_load(path.read_text("utf-8")).items()
        for right, texts in groups.items()
        for text in texts
    ]


def _right(named: str, tasks: Collection[str]) -> str:
    if named in tasks or named == AMBIGUOUS:
        return named
    return named.replace(f"{NONE}-", f"{NONE} ") if named.startswith(NONE) else NONE


def learned_from(tasks: Collection[str]) -> list[Intent]:
    """All that the matcher may learn from, none of them twice."""
    files = sorted(FOLDER.glob("*.yaml"))
    read = [one for path in files for one in intents(path, tasks)]
    every = [*read, *golden("calibration"), *golden("heldout")]
    return list({one.text: one for one in every}.values())


def golden(split: str) -> Iterator[Intent]:
    """Those that the keyword matcher is tested on, where one task or none is right."""
    for group in yaml.safe_load(GOLDEN.read_text("utf-8")):
        if group["split"] == split and "task" in group:
            yield from (Intent(GOLDEN_MANNER, group["task"] or "none", t) for t in group["intents"])


def kinds(specs: tuple[TaskSpec, ...]) -> dict[str, str]:
    """The kind of work of each task."""
    return {spec.id: spec.kind for spec in specs}
