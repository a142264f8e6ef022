"""A task's definition: the contents of `task.yaml` and `frontier.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from pareta_plan.platform.catalog.runtimes import RUNTIMES
from pareta_plan.platform.data import Data
from pareta_plan.platform.kinds.fields import FieldSpec
from pareta_plan.platform.kinds.kind import Kind, Parts
from pareta_plan.platform.kinds.registry import KINDS

_ALIAS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*-[1-9][0-9]*")

Runtime = Annotated[str, AfterValidator(RUNTIMES.known)]
"""A name in the table of runtimes."""


class ModelSpec(Data):
    """An open model: its public alias, and the runtime that serves it (never on the wire)."""

    alias: str
    runtime: Runtime
    options: dict[str, Any] = Field(default_factory=dict)

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


class TaskSpec(Data):
    """The contents of `task.yaml`."""

    id: str
    title: str
    description: str
    keywords: list[str]  # words and phrases of intents, for the matcher
    kind: str
    scorer: str  # one of the kind's
    labels: dict[str, str] | None = None  # label -> what it means
    fields: dict[str, FieldSpec] | None = None
    answer_schema: dict[str, Any] | None = None  # a JSON Schema of a structure
    blob_field: str | None = None  # the input's document field, on document tasks
    prompt: str  # what a language model is told to do with a row
    models: list[ModelSpec]
    frontier: list[str]  # ids of benchmarked baselines
    recommended: str | None = None  # the curated pick, where it isn't the top-ranked

    @cached_property
    def answers(self) -> Kind:
        """What its kind makes of this: how answers look and are scored."""
        parts = Parts(self.labels, self.fields, self.answer_schema)
        return KINDS[self.kind](parts, self.scorer)

    @model_validator(mode="after")
    def _fits_together(self) -> TaskSpec:
        self.answers  # noqa: B018 - making it is checking it
        problem = next(self._problems(), None)
        if problem is not None:
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        aliases = [model.alias for model in self.models]
        for alias in aliases:
            if not _ALIAS.fullmatch(alias):
                yield f"the alias {alias!r} isn't of the form family-rank, as linear-1"
        if len({*aliases, *self.frontier}) < len(aliases) + len(self.frontier):
            yield "a model is named twice"
        if self.recommended is not None and self.recommended not in aliases:
            yield f"the recommended model {self.recommended!r} isn't one of its models"
