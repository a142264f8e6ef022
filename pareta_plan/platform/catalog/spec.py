"""A task's definition: the contents of `task.yaml` and `frontier.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pareta_plan.errors import meant
from pareta_plan.platform.catalog.runtimes import RUNTIMES
from pareta_plan.platform.data import Data
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.registry import KINDS
from pareta_plan.platform.sources.source import Source

_ALIAS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*-[1-9][0-9]*")
Runtime = Annotated[
    str,
    AfterValidator(RUNTIMES.known),
    WithJsonSchema({"type": "string", "enum": sorted(RUNTIMES)}),
]
"""A name in the table of runtimes."""
KindName = Annotated[
    str, AfterValidator(KINDS.known), WithJsonSchema({"type": "string", "enum": sorted(KINDS)})
]


class Problem(NamedTuple):
    """What doesn't fit together in a `task.yaml`, at the keys that lead there."""

    keys: tuple[str | int, ...]
    words: str


class ModelSpec(Data):
    """An open model: its public alias, and the runtime that serves it (never on the wire)."""

    alias: str
    """A family and a rank, such as linear-1: what manifests, endpoints and reports call it."""
    runtime: Runtime
    options: dict[str, Any] = Field(default_factory=dict)
    """What its runtime is told; see docs/platform.md."""

    @property
    def secrets(self) -> list[str]:
        """What would tell which model the alias stands for."""
        return [self.runtime, *_strings(self.options)]


class OwnModelSpec(ModelSpec):
    """A project's open model: its provider bears a name that the project gave it."""

    @property
    def secrets(self) -> list[str]:
        provider = self.options["provider"]
        return [self.options["model"], provider["base_url"] or ""]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _strings(member)


class FrontierSpec(Data):
    """A baseline under its real id and vendor, and the runtime that serves it here."""

    id: str
    vendor: str
    vision: bool = False
    documents_only: bool = False  # it can't be given plain text
    context_k: int
    runtime: Runtime
    options: dict[str, Any] = Field(default_factory=dict)


class TaskFile(Data):
    """The contents of `task.yaml`, each value by itself."""

    id: str
    """The task's name, which its folder bears too."""
    title: str
    description: str
    """What comes in, what is to come out, and what the labels or fields turn on."""
    keywords: list[str]
    """Words and phrases of intents that mean this task, for the matcher."""
    kind: KindName
    scorer: str
    """One of its kind's: `accuracy` or `macro-f1` of labels, `field-f1` of fields."""
    labels: dict[str, str] | None = None
    """Of a classification: each label, and what it means."""
    fields: dict[str, FieldSpec] | None = None
    """Of an extraction: each field, its type, and what belongs into it."""
    answer_schema: dict[str, Any] | None = None
    """Of a structure: the JSON Schema of an answer."""
    blob_field: str | None = None
    """The input's field that holds a document, on tasks that read documents."""
    rows: Literal["real", "synthetic"] | None = None
    """Whether its rows came up in use or were written for it; None where nobody said."""
    prompt: str
    """What a language model is told to do with a row."""
    models: list[ModelSpec]
    """The open models that compete."""
    frontier: list[str]
    """The ids of the baselines that are measured too."""
    recommended: str | None = None
    """The alias to recommend, where it isn't the top-ranked one."""

    def problems(self) -> Iterator[Problem]:
        """All that doesn't fit together, in the order of the keys."""
        yield from self._unfit_answers()
        yield from self._unfit_models()
        if self.recommended is not None and self.recommended not in self._aliases:
            near = meant(self.recommended, self._aliases)
            yield Problem(
                ("recommended",),
                f"the recommended model {self.recommended!r} isn't one of its models{near}",
            )

    def _unfit_answers(self) -> Iterator[Problem]:
        for misfit in KINDS[self.kind].problems(self.parts, self.scorer):
            yield Problem(misfit.keys, misfit.words)

    @property
    def parts(self) -> Parts:
        """What its answers are made of."""
        return Parts(self.labels, self.fields, self.answer_schema)

    def _unfit_models(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for n, model in enumerate(self.models):
            if not _ALIAS.fullmatch(model.alias):
                yield Problem(
                    ("models", n, "alias"),
                    f"the alias {model.alias!r} isn't of the form family-rank, as linear-1",
                )
            if model.alias in seen:
                yield Problem(("models", n, "alias"), f"the model {model.alias!r} is named twice")
            seen.add(model.alias)
        for n, id in enumerate(self.frontier):
            if id in seen:
                yield Problem(("frontier", n), f"the model {id!r} is named twice")
            seen.add(id)

    @property
    def _aliases(self) -> list[str]:
        return [model.alias for model in self.models]


class TaskSpec(TaskFile):
    """The contents of `task.yaml`, which fit together."""

    source: Source | None = None
    """Of tasks that are shipped: the package that the rows come from. Such rows are real."""

    @property
    def origin(self) -> Literal["real", "synthetic"] | None:
        """What its rows are, as far as anybody said."""
        return "real" if self.source else self.rows

    @cached_property
    def answers(self) -> Kind:
        """What its kind makes of this: how answers look and are scored."""
        return KINDS[self.kind](self.parts, self.scorer)

    @model_validator(mode="after")
    def _fits_together(self) -> TaskSpec:
        if problem := next(self.problems(), None):
            raise ValueError(problem.words)
        return self
