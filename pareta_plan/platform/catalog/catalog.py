"""Benchmark tasks as folders of data.

A task's folder holds `task.yaml` (what the task is and which models compete on it),
`dev.jsonl` and `heldout.jsonl` (rows: `{"id", "input", "expected"}`), and
`leaderboard.json`, written by `pareta-plan catalog bench` and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from pareta_plan.errors import Location, ParetaError
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec, TaskSpec
from pareta_plan.platform.data import Data
from pareta_plan.platform.kinds.kind import SCORER_VERSION
from pareta_plan.wire import (
    AUTO,
    MICRO,
    PICO_PER_MICRO,
    ExactUsd,
    FrontierModel,
    Leaderboard,
    LeaderboardEntry,
    Task,
    exact_usd,
)

BUILT_IN = Path(__file__).parents[1] / "tasks"
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SHOWN = {"name", "kind", "quality", "cost_per_request_micro_usd", "context_k"}

T = TypeVar("T")


class Provenance(Data):
    """Where a board's entry comes from."""

    model: str  # name and version of what really ran
    rows: int
    errors: int
    data_digest: str  # of the held-out rows
    date: str
    cpu_seconds: float  # the mean of its rows
    usd_per_cpu_hour: float
    deterministic: bool
    labels: dict[str, int] | None = None  # how often each label was the answer


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class BoardEntry(Data):
    """One measured model."""

    name: str
    kind: Literal["open", "frontier"]
    quality: Share
    quality_ci_low: Share
    quality_ci_high: Share
    cost_per_request_micro_usd: Annotated[int, Field(ge=0)]
    context_k: int
    provenance: Provenance
    cost_per_request_usd: ExactUsd | None = None

    @property
    def exact_cost_usd(self) -> str | None:
        """The cost of a request in dollars; where no figure is kept, that of its CPU time.

        None where the CPU time doesn't come to the whole micro-dollars that are listed.
        """
        if self.cost_per_request_usd is not None:
            return self.cost_per_request_usd
        hours = Fraction(str(self.provenance.cpu_seconds)) / 3600
        micro = hours * Fraction(str(self.provenance.usd_per_cpu_hour)) * MICRO
        is_that = max(1, ceil(micro)) == self.cost_per_request_micro_usd
        return exact_usd(micro * PICO_PER_MICRO) if is_that else None


class Board(Data):
    """The contents of `leaderboard.json`, best quality first."""

    task_id: str
    metric: str
    cost_unit: str = "per_request"
    entries: list[BoardEntry] = Field(default_factory=list)


class CatalogTask:
    """One task's folder, read when needed."""

    def __init__(self, folder: Path, spec: TaskSpec) -> None:
        self.folder = folder
        self.spec = spec

    @property
    def id(self) -> str:
        """The task's id."""
        return self.spec.id

    def rows(self, split: Literal["dev", "heldout"]) -> list[dict[str, Any]]:
        """The rows of a split."""
        text = (self.folder / f"{split}.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def digest(self, split: Literal["dev", "heldout"]) -> str:
        """SHA-256 of a split's bytes."""
        return "sha256:" + hashlib.sha256((self.folder / f"{split}.jsonl").read_bytes()).hexdigest()

    @cached_property
    def board(self) -> Board:
        """The measured leaderboard; empty when nothing was measured yet."""
        path = self.folder / "leaderboard.json"
        if not path.exists():
            return Board(task_id=self.id, metric=self.spec.scorer)
        return _read(path, TypeAdapter(Board))  # JSON is YAML too

    def model(self, alias: str) -> ModelSpec | None:
        """The open model with this alias, or None."""
        return next((model for model in self.spec.models if model.alias == alias), None)

    def task_wire(self, examples_n: int = 0) -> Task:
        """The task as clients see it, with at most `examples_n` of its dev rows."""
        values: dict[str, Any] = {
            "id": self.id,
            "default_scorer": self.spec.scorer,
            "scorer_version": SCORER_VERSION,
            "has_blob_input": self.spec.blob_field is not None,
            "title": self.spec.title,
            "description": self.spec.description,
            "input_schema": self._input_schema(),
            "output_schema": self.spec.answers.schema(),
            "development_rows": self._development_rows,
        }
        if examples_n > 0:  # a document is attached, never part of the row
            blank = {"input": {self.spec.blob_field: None}} if self.spec.blob_field else {}
            values["examples"] = [row | blank for row in self.rows("dev")[:examples_n]]
        return Task.model_validate(values)

    @cached_property
    def _development_rows(self) -> int:
        return (self.folder / "dev.jsonl").read_bytes().count(b"\n")

    def _input_schema(self) -> dict[str, Any]:
        """Of a text, or of an object whose document is attached later."""
        if self.spec.blob_field is None:
            return {"type": "string"}
        document = {
            "type": ["string", "null"],
            "description": "A PDF or an image, attached to the row after its upload.",
        }
        return {"type": "object", "properties": {self.spec.blob_field: document}}

    @property
    def routed(self) -> ModelSpec | None:
        """The open model that `auto` stands for; None when nothing is ranked."""
        alias = self.leaderboard().recommended
        return self.model(alias) if alias else None

    def price(self, model_id: str) -> int | None:
        """What a request to the model usually costs, in micro-USD; None if it isn't measured."""
        name = self.routed.alias if model_id == AUTO and self.routed else model_id
        found = (e for e in self.board.entries if e.name == name)
        return next((entry.cost_per_request_micro_usd for entry in found), None)

    def leaderboard(self) -> Leaderboard:
        """The measured models that still compete, best first, without their provenance."""
        competing = {model.alias for model in self.spec.models} | {*self.spec.frontier}
        measured = (e for e in ranked(self.board.entries) if e.name in competing)
        entries = [
            LeaderboardEntry(**e.model_dump(include=_SHOWN), cost_per_request_usd=e.exact_cost_usd)
            for e in measured
        ]
        best_open = next((e.name for e in entries if e.kind == "open"), None)
        return Leaderboard(
            task_id=self.id,
            metric=self.board.metric,
            cost_unit=self.board.cost_unit,
            recommended=best_open and (self.spec.recommended or best_open),
            models=entries,
            frontier=next((e for e in entries if e.kind == "frontier"), None),
        )


def ranked(entries: Iterable[BoardEntry]) -> list[BoardEntry]:
    """Best quality first, then the cheaper, then by name."""
    return sorted(entries, key=lambda e: (-e.quality, e.cost_per_request_micro_usd, e.name))


class Catalog:
    """The built-in tasks and those of further folders, read when first asked for.

    A folder holds task folders and, optionally, `frontier.yaml` with further baselines.
    Everything but the constructor raises ParetaError, with the file's path, for a `task.yaml`,
    `leaderboard.json` or `frontier.yaml` that can't be used and for an id that occurs twice.
    """

    def __init__(
        self, folders: Iterable[Path] = (), generation: Generation = Generation.V0
    ) -> None:
        self._folders = (BUILT_IN, *folders)
        self.generation = generation

    def check(self) -> None:
        """Read all that a user wrote; the built-in leaderboards are read when asked for."""
        for task in self.tasks():
            if task.folder.parent != BUILT_IN:
                task.board  # noqa: B018 - reading is checking

    def get(self, task_id: str) -> CatalogTask | None:
        """The task with this id, or None."""
        return self._tasks.get(task_id)

    def tasks(self) -> list[CatalogTask]:
        """All tasks by id."""
        return sorted(self._tasks.values(), key=lambda task: task.id)

    def roster(self, task: CatalogTask | None = None) -> list[FrontierModel]:
        """The baselines: all, or those that can do `task`, with `benchmarked` saying which were."""
        return [
            FrontierModel(
                id=spec.id,
                vendor=spec.vendor,
                vision=spec.vision,
                benchmarked=task is not None and spec.id in task.spec.frontier,
            )
            for spec in self._frontier.values()
            if task is None or _can_do(spec, task)
        ]

    def candidate(self, task: CatalogTask, model_id: str) -> ModelSpec | FrontierSpec | None:
        """What `model_id` means on `task`: an open model of its, a baseline, or nothing.

        Where there is a router, `auto` is the one name of open models.
        """
        baseline = self._frontier.get(model_id)
        if baseline is not None and not _can_do(baseline, task):
            baseline = None
        if self.generation.routes:
            return task.routed if model_id == AUTO else baseline
        return task.model(model_id) or baseline

    def candidates(self, task: CatalogTask) -> list[str]:
        """Every name that `candidate` knows on `task`."""
        own = [AUTO] if self.generation.routes else [spec.alias for spec in task.spec.models]
        return own + [model.id for model in self.roster(task)]

    @cached_property
    def _tasks(self) -> dict[str, CatalogTask]:
        tasks: dict[str, CatalogTask] = {}
        for path in (path for root in self._folders for path in sorted(root.glob("*/task.yaml"))):
            task = CatalogTask(path.parent, _read(path, TypeAdapter(TaskSpec)))
            if task.id in tasks:
                other = tasks[task.id].folder
                raise _refused(path, f"the task {task.id!r} is in {other} too")
            for unknown in {*task.spec.frontier} - self._frontier.keys():
                raise _refused(path, f"there is no baseline {unknown!r}")
            tasks[task.id] = task
        return tasks

    @cached_property
    def _frontier(self) -> dict[str, FrontierSpec]:
        roster: dict[str, FrontierSpec] = {}
        for path in (root / "frontier.yaml" for root in self._folders):
            for spec in _read(path, TypeAdapter(list[FrontierSpec])) if path.exists() else []:
                if spec.id in roster:
                    raise _refused(path, f"the baseline {spec.id!r} occurs twice")
                roster[spec.id] = spec
        return roster


def _can_do(spec: FrontierSpec, task: CatalogTask) -> bool:
    return not spec.documents_only if task.spec.blob_field is None else spec.vision


def _refused(path: Path, words: str, line: int = 0, column: int = 0) -> ParetaError:
    return ParetaError(words, location=Location(str(path), line, column))


def _read(path: Path, adapter: TypeAdapter[T]) -> T:
    try:
        return adapter.validate_python(yaml.load(path.read_bytes(), _YAML_LOADER))  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = (mark.line + 1, mark.column + 1) if mark else ()
        raise _refused(path, f"not valid YAML: {error.problem}", *at) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        words = f"{place}: {first['msg']}" if place else first["msg"]
        raise _refused(path, words) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _refused(path, str(error)) from None
