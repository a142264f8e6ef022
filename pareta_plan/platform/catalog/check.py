"""A task's folder held against all that a task must be, before anything is made of it.

Every mistake is told at once, with its place. What trains, measures or serves a team's task
refuses one that doesn't check, with the same words.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pareta_plan.errors import Location, ManifestError, ParetaError, ProjectError, nearest
from pareta_plan.platform.catalog import task_file, task_rows
from pareta_plan.platform.catalog.board import Board
from pareta_plan.platform.catalog.spec import TaskFile
from pareta_plan.platform.catalog.task_rows import LEAST_HELD_OUT, LEAST_OF_EACH, SPLITS, Row
from pareta_plan.platform.kinds.kind import Kind
from pareta_plan.platform.kinds.registry import KINDS
from pareta_plan.written.yaml_source import Document

TASK_FILE = "task.yaml"
_FILES = {TASK_FILE, "leaderboard.json", *(f"{split}.jsonl" for split in SPLITS)}
Splits = dict[str, list[Row]]


class Checked(NamedTuple):
    """What a task's folder holds, as far as it is good, and all that is wrong with it."""

    file: TaskFile | None
    rows: dict[str, int]
    """How many rows each of its files has."""
    errors: list[ParetaError]
    outdated: tuple[str, ...] = ()
    """Models whose figures on the task's own board are of other rows."""


def check(folder: Path, shown: str, baselines: Iterable[str]) -> Checked:
    """Look a task's folder through; `shown` is its path in messages.

    `baselines` are the ids that there are.
    """
    data = _bytes(folder, shown, TASK_FILE)
    if isinstance(data, ParetaError):
        return Checked(None, {}, [data])
    file, document, errors = task_file.read(data, f"{shown}/{TASK_FILE}", baselines)
    answers = _answers(file) if file else None
    if file is None or document is None or answers is None:
        return Checked(file, {}, errors)  # nobody can tell what rows must be
    splits, wrong = _rows(folder, shown, file, answers)
    wrong = wrong or [*_too_few(splits, shown, file, answers, document)]
    rows = {split: len(found) for split, found in splits.items()}
    return Checked(file, rows, [*errors, *wrong], _outdated(folder) if not errors else ())


def _outdated(folder: Path) -> tuple[str, ...]:
    """The models of the folder's board that were measured on other rows than it has."""
    try:
        held_out = hashlib.sha256((folder / "heldout.jsonl").read_bytes()).hexdigest()
        board = Board.model_validate_json((folder / "leaderboard.json").read_bytes())
    except (OSError, ValueError):  # there is none, or reading the catalog will say what is wrong
        return ()
    digest = f"sha256:{held_out}"
    return tuple(e.name for e in board.entries if e.provenance.data_digest != digest)


def _answers(file: TaskFile) -> Kind | None:
    """What answers are, where the file says that rightly."""
    try:
        return KINDS[file.kind](file.parts, file.scorer)
    except ValueError:
        return None


def _rows(
    folder: Path, shown: str, file: TaskFile, answers: Kind
) -> tuple[Splits, list[ParetaError]]:
    """The good rows of both splits, and what is wrong with the others."""
    splits: Splits = {split: [] for split in SPLITS}
    errors: list[ParetaError] = []
    for split in SPLITS:
        name = f"{split}.jsonl"
        data = _bytes(folder, shown, name)
        if isinstance(data, ParetaError):
            errors.append(data)
            continue
        found = task_rows.read(data, f"{shown}/{name}", folder, file, answers)
        splits[split] = found.rows
        errors += found.errors
    return splits, [*errors, *task_rows.together(splits, answers)]


def _too_few(
    splits: Splits, shown: str, file: TaskFile, answers: Kind, document: Document
) -> Iterator[ParetaError]:
    """What there are too few rows of, once all rows are good."""
    held_out = len(splits["heldout"])
    if held_out < LEAST_HELD_OUT:
        yield ProjectError(
            f"{held_out} held-out rows; fewer than {LEAST_HELD_OUT} tell nothing of a model",
            location=Location(f"{shown}/heldout.jsonl", 1),
            hint="Fifty rows, in both files together, are a beginning.",
        )
    made_of = KINDS[file.kind].made_of or ""
    for split, least in LEAST_OF_EACH.items():
        times = Counter(n for row in splits[split] for n in answers.shows(row.value["expected"]))
        for name in file.labels or file.fields or {}:
            if times[name] < least:
                yield ManifestError(
                    f"the {made_of[:-1]} {name!r} is in {times[name]} of the {len(splits[split])} "
                    f"rows of {split}.jsonl; at least {least} are needed",
                    location=document.location((made_of, name), key=True),
                )


def _bytes(folder: Path, shown: str, name: str) -> bytes | ParetaError:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        others = {path.name for path in folder.iterdir()} - _FILES if folder.is_dir() else ()
        near = nearest(name, others)
        words = f"there is no {name}" + (f"; is it what {near!r} was meant to be?" if near else "")
        return ProjectError(words, location=Location(shown))
    except OSError as bad:
        place = Location(f"{shown}/{name}")
        return ProjectError(f"the file can't be read: {bad.strerror}", location=place)
