"""Benchmark tasks as folders of data.

A task's folder holds `task.yaml` (what the task is and which models compete on it),
`dev.jsonl` and `heldout.jsonl` (rows: `{"id", "input", "expected"}`), and
`leaderboard.json`, written by `pareta-plan catalog bench` and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog import changed
from pareta_plan.platform.catalog.board import Board, BoardEntry, ranked, recommended
from pareta_plan.platform.catalog.content import Content, content
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.catalog.own import NOTHING, Own
from pareta_plan.platform.catalog.reading import definition, read, refused
from pareta_plan.platform.catalog.roster import roster
from pareta_plan.platform.catalog.spec import FrontierSpec, ModelSpec, TaskSpec
from pareta_plan.platform.catalog.task_data import (
    FolderRows,
    SourcedRows,
    Split,
    TaskRows,
    Told,
    unheard,
)
from pareta_plan.platform.catalog.told import told
from pareta_plan.platform.kinds.kind import SCORER_VERSION
from pareta_plan.wire import (
    AUTO,
    FrontierModel,
    Leaderboard,
    LeaderboardEntry,
    Majority,
    Task,
)

log = logging.getLogger(__name__)
BUILT_IN = Path(__file__).parents[1] / "tasks"

BASIS = ("provider", "model", "shots", "max_output_tokens", "vision")
"""The options of a project's model that its answers follow from: not its price."""
_SHOWN = {"name", "kind", "quality", "cost_per_request_micro_usd", "context_k"}


class CatalogTask:
    """One task's folder, read when needed, with the models of a project.

    Its dev rows are read once, or given: all that this task is asked follows from the same ones.
    """

    def __init__(
        self,
        folder: Path,
        spec: TaskSpec,
        own: Own = NOTHING,
        learnt: str | None = None,
        progress: Told = unheard,
    ) -> None:
        self.folder = folder
        self.spec = spec
        self._own = own
        self._learnt = learnt
        self._told = progress

    def telling(self, progress: Told) -> CatalogTask:
        """The same task, that tells `progress` when it fetches rows."""
        return CatalogTask(self.folder, self.spec, self._own, self._learnt, progress)

    @property
    def id(self) -> str:
        """The task's id."""
        return self.spec.id

    def rows(self, split: Split) -> list[dict[str, Any]]:
        """The rows of a split, fetched where they come from a source and aren't at hand."""
        lines = self.data.data(split, self._told).decode().split("\n")
        return [json.loads(line) for line in lines if line]

    def digest(self, split: Split) -> str:
        """SHA-256 of a split's bytes."""
        return f"sha256:{self.data.digest(split)}"

    @cached_property
    def content(self) -> Content:
        """What its models answer by. Raises ParetaError where its rows can't be read."""
        is_far = self.spec.source is not None
        learnt = self.data.digest("dev") if is_far else self.data.data("dev", self._told).decode()
        return content(self.spec.model_dump_json(), learnt)

    @cached_property
    def data(self) -> TaskRows:
        """Its rows as bytes, and what is known of them."""
        if self.spec.source is None:
            return FolderRows(self.folder, self._learnt)
        return SourcedRows(self.id, self.folder, self.spec.source)

    @cached_property
    def board(self) -> Board:
        """What was measured of its models and baselines; empty when nothing was yet."""
        entries = [entry for entry in self.shipped_board.entries if self._is_of_its_rows(entry)]
        own = {entry.name: entry for entry in self.own_board.entries if self.is_current(entry)}
        kept = [entry for entry in entries if entry.name not in own]
        return self._empty.model_copy(update={"entries": ranked([*kept, *own.values()])})

    @cached_property
    def shipped_board(self) -> Board:
        """What the task's folder says was measured, of whatever rows there were then."""
        return self._read_board(self.folder / "leaderboard.json")

    @property
    def outdated(self) -> list[str]:
        """The task's own models and baselines whose figures are of other rows than today's."""
        names = {*(spec.alias for spec in self.spec.models), *self.spec.frontier}
        entries = self.shipped_board.entries
        return [e.name for e in entries if e.name in names and not self._is_of_its_rows(e)]

    def _is_of_its_rows(self, entry: BoardEntry) -> bool:
        """Whether it was measured on today's rows; taken on trust where there are none."""
        return self._rows_digest in (None, entry.provenance.data_digest)

    @cached_property
    def _rows_digest(self) -> str | None:
        return self.digest("heldout") if self.data.exists("heldout") else None

    @cached_property
    def own_board(self) -> Board:
        """What the project measured, of whatever was declared then."""
        return self._read_board(self.own_path) if self.own_path else self._empty

    @property
    def own_path(self) -> Path | None:
        """The file of the project's board, None without a project."""
        return self._own.boards / f"{self.id}.json" if self._own.boards else None

    @property
    def _empty(self) -> Board:
        return Board(task_id=self.id, metric=self.spec.scorer)

    def _read_board(self, path: Path) -> Board:
        return read(path, TypeAdapter(Board)) if path.exists() else self._empty  # JSON is YAML

    def own(self, name: str) -> ModelSpec | FrontierSpec | None:
        """The project's model or baseline of this name, None where it has none."""
        return self._own.find(name)

    def is_current(self, entry: BoardEntry) -> bool:
        """Whether an entry of the project's board is of what is declared and asked today."""
        spec = self.own(entry.name)
        return spec is not None and entry.provenance.basis == self.basis(spec)

    def basis(self, spec: ModelSpec | FrontierSpec) -> str:
        """The digest of all that a model's measured answers follow from."""
        options = {key: value for key, value in spec.options.items() if key in BASIS}
        asked = [self.digest("heldout"), self.spec.prompt, self.spec.scorer, SCORER_VERSION]
        schema = self.spec.answers.schema()
        parts = [asked, schema, self.digest("dev") if options.get("shots") else None, options]
        return "sha256:" + hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def models(self) -> list[ModelSpec]:
        """The open models that compete: the task's own and the project's."""
        return [*self.spec.models, *self._own.models]

    @property
    def benchmarked(self) -> list[str]:
        """The baselines that were measured: the project's, where it has any."""
        if not self._own.baselines:
            return self.spec.frontier
        return [spec.id for spec in self._own.baselines if self.board.entry(spec.id)]

    def model(self, alias: str) -> ModelSpec | None:
        """The open model with this alias, or None."""
        return next((model for model in self.models if model.alias == alias), None)

    def task_wire(self, examples_n: int = 0) -> Task:
        """The task as clients see it, with at most `examples_n` of its dev rows at hand."""
        has_rows = examples_n > 0 and self.data.is_at_hand("dev")
        shown = self.rows("dev")[:examples_n] if has_rows else None
        return told(self.spec, self.data.count("dev"), shown)

    @property
    def routed(self) -> ModelSpec | None:
        """The open model that `auto` stands for; None when nothing is ranked."""
        alias = self.leaderboard().recommended
        return self.model(alias) if alias else None

    def price(self, model_id: str) -> int | None:
        """What a request to the model usually costs, in micro-USD; None if it isn't measured."""
        name = self.routed.alias if model_id == AUTO and self.routed else model_id
        entry = self.board.entry(name)
        return entry.cost_per_request_micro_usd if entry else None

    def leaderboard(self) -> Leaderboard:
        """The measured models that still compete, best first, without their provenance.

        Those of the project that aren't measured, or not as they are today, stand last.
        """
        names = [*(model.alias for model in self.models), *self.spec.frontier]
        competing = {*names, *(spec.id for spec in self._own.baselines)}
        measured = [entry for entry in self.board.entries if entry.name in competing]
        entries = [self._shown(entry) for entry in measured]
        others = [*self._without_figures()]
        rule = self._own.recommend.words
        is_outdated = any(entry.standing == "outdated" for entry in others)
        return Leaderboard(
            task_id=self.id,
            metric=self.board.metric,
            cost_unit=self.board.cost_unit,
            recommended=None if is_outdated else self._recommended(measured),
            **({"rule": rule} if rule else {}),
            models=[*entries, *others],
            frontier=next((e for e in entries if e.kind == "frontier"), None),
            majority=self._majority,
            rows=self.spec.origin,
            source=str(self.spec.source) if self.spec.source else None,
        )

    @cached_property
    def _majority(self) -> Majority | None:
        expected = self.data.answers() if self.spec.answers.one_of else None
        return None if expected is None else self.spec.answers.majority(expected)

    def _shown(self, entry: BoardEntry) -> LeaderboardEntry:
        values = entry.model_dump(include=_SHOWN)
        told = {"cost_per_request_usd": entry.exact_cost_usd, **self._declared(entry.name)}
        known = {name: value for name, value in told.items() if value is not None}
        return LeaderboardEntry.model_validate({**values, **known})

    def _declared(self, name: str) -> dict[str, Any]:
        """What a model of the project stands for, as a digest, and its price, as members."""
        spec = self.own(name)
        if spec is None:
            return {}
        price = self._own.price(spec.options)
        return {"declared": spec.options["declared"], **({"price": price} if price else {})}

    def _recommended(self, measured: list[BoardEntry]) -> str | None:
        best = recommended(measured, self._own.recommend)
        curated = self.spec.recommended if self._own is NOTHING else None
        return best and (curated or best)

    def _without_figures(self) -> Iterator[LeaderboardEntry]:
        """The models of which no figure holds as they are declared and asked today."""
        for name in self.outdated:
            kind = "open" if self.model(name) else "frontier"
            yield LeaderboardEntry(name=name, kind=kind, standing="outdated")
        own = [("open", spec.alias) for spec in self._own.models]
        own += [("frontier", spec.id) for spec in self._own.baselines]
        for kind, name in own:
            if self.board.entry(name) is None:
                standing = "outdated" if self.own_board.entry(name) else "unmeasured"
                yield LeaderboardEntry.model_validate(
                    {"name": name, "kind": kind, "standing": standing} | self._declared(name)
                )


class Catalog:
    """The built-in tasks and those of further folders, read when first asked for.

    A folder holds task folders and, optionally, `frontier.yaml` with further baselines.
    Everything but the constructor raises ParetaError, with the file's path, for a `task.yaml`,
    `leaderboard.json` or `frontier.yaml` that can't be used and for an id that occurs twice.
    """

    def __init__(
        self,
        folders: Iterable[Path] = (),
        generation: Generation = Generation.V0,
        own: Own = NOTHING,
    ) -> None:
        self._folders = (BUILT_IN, *folders)
        self.generation = generation
        self._own = own
        self._files = changed.files(self._folders[1:], own.boards)

    def refresh(self) -> bool:
        """Read all tasks anew where files changed; whether they did.

        A task that doesn't check stays as it was, or away where it is new. Of files that can't be
        read together nothing is taken.
        """
        files = changed.files(self._folders[1:], self._own.boards)
        if files == self._files:
            return False
        before, self._files = self._files, files
        fresh = Catalog(self._folders[1:], self.generation, self._own)
        try:
            fresh.check()
            tasks = {id: self._taken(task, before) for id, task in fresh._tasks.items()}
        except ParetaError as error:
            log.warning("the tasks stay as they were: %s", error)
            return False
        self._frontier = fresh._frontier
        self._tasks = {id: task for id, task in tasks.items() if task}
        return True

    def _taken(self, task: CatalogTask, before: changed.Files) -> CatalogTask | None:
        """The task as it is now, or as it was where it doesn't check."""
        why = changed.refused(task.folder, before, self._files, self._frontier)
        if why is None:
            return task
        log.warning("the task %s stays as it was: %s", task.id, why)
        return self.get(task.id)

    def check(self) -> None:
        """Read all that a user wrote; the built-in leaderboards are read when asked for."""
        for task in self.tasks():
            if task.folder.parent != BUILT_IN:
                task.board, task.content  # noqa: B018 - reading is checking
            if task.own_path and task.own_path.exists():
                task.own_board  # noqa: B018

    def get(self, task_id: str) -> CatalogTask | None:
        """The task with this id, or None."""
        return self._tasks.get(task_id)

    def pinned(self, before: Content) -> CatalogTask:
        """A task as it was, maybe in no folder any more, with today's models of the project.

        Raises ValueError for a definition of another version.
        """
        spec = TaskSpec.model_validate_json(before.definition)
        now = self.get(spec.id)
        folder = now.folder if now else self._folders[-1] / spec.id
        return CatalogTask(folder, spec, self._own, before.learnt)

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
                benchmarked=task is not None and spec.id in task.benchmarked,
                declared=spec.options.get("declared"),
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
        own = [AUTO] if self.generation.routes else [spec.alias for spec in task.models]
        return own + [model.id for model in self.roster(task)]

    @cached_property
    def _tasks(self) -> dict[str, CatalogTask]:
        tasks: dict[str, CatalogTask] = {}
        for path in (path for root in self._folders for path in sorted(root.glob("*/task.yaml"))):
            task = CatalogTask(path.parent, definition(path), self._own)
            if task.id in tasks:
                first = tasks[task.id].folder
                other = "shipped with pareta-plan" if first.parent == BUILT_IN else f"in {first}"
                raise refused(path, f"the task {task.id!r} is {other} too")
            if task.spec.source and path.parent.parent != BUILT_IN:
                raise refused(path, "only a task that is shipped has a source")
            for unknown in {*task.spec.frontier} - self._frontier.keys():
                raise refused(path, f"there is no baseline {unknown!r}")
            if taken := {m.alias for m in task.spec.models} & {m.alias for m in self._own.models}:
                raise ParetaError(
                    f"the alias {min(taken)!r} is one of {task.id} already",
                    hint="Give the project's model another alias.",
                )
            tasks[task.id] = task
        return tasks

    @cached_property
    def _frontier(self) -> dict[str, FrontierSpec]:
        return roster(self._folders, self._own)


def _can_do(spec: FrontierSpec, task: CatalogTask) -> bool:
    return not spec.documents_only if task.spec.blob_field is None else spec.vision
