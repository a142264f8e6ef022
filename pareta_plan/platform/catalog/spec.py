"""A task's definition: the contents of `task.yaml` and `frontier.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

FieldType = Literal["text", "name", "date", "money", "number", "list"]


_ALIAS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*-[1-9][0-9]*")


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class FieldSpec(Data):
    """One field of an extraction: its type decides how values are normalised and compared."""

    type: FieldType
    description: str
    fields: dict[str, FieldSpec] | None = None  # of a list's objects

    @model_validator(mode="after")
    def _only_lists_have_fields(self) -> FieldSpec:
        if self.fields is not None and self.type != "list":
            raise ValueError(f"a field of type {self.type} can't have fields of its own")
        return self


class ModelSpec(Data):
    """An open model: its public alias, and the runtime that serves it (never on the wire)."""

    alias: str
    runtime: str
    options: dict[str, Any] = {}


class FrontierSpec(Data):
    """A baseline under its real id and vendor, and the runtime that serves it here."""

    id: str
    vendor: str
    vision: bool = False
    documents_only: bool = False  # it can't be given plain text
    context_k: int
    runtime: str
    options: dict[str, Any] = {}


class TaskSpec(Data):
    """The contents of `task.yaml`."""

    id: str
    title: str
    description: str
    keywords: list[str]  # words and phrases of intents, for the matcher
    kind: Literal["classification", "extraction"]
    scorer: Literal["accuracy", "macro-f1", "field-f1"]
    labels: dict[str, str] | None = None  # label -> what it means
    fields: dict[str, FieldSpec] | None = None
    blob_field: str | None = None  # the input's document field, on document tasks
    prompt: str  # what a language model is told to do with a row
    models: list[ModelSpec]
    frontier: list[str]  # ids of benchmarked baselines
    recommended: str | None = None  # the curated pick, where it isn't the top-ranked

    @model_validator(mode="after")
    def _fits_together(self) -> TaskSpec:
        problem = next(self._problems(), None)
        if problem is not None:
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        if self.kind == "classification" and not (self.labels and not self.fields):
            yield "a classification needs labels and can't have fields"
        if self.kind == "extraction" and not (self.fields and not self.labels):
            yield "an extraction needs fields and can't have labels"
        if (self.scorer == "field-f1") != (self.kind == "extraction"):
            yield f"the scorer {self.scorer} doesn't fit the kind {self.kind}"
        aliases = [model.alias for model in self.models]
        for alias in aliases:
            if not _ALIAS.fullmatch(alias):
                yield f"the alias {alias!r} isn't of the form family-rank, as linear-1"
        if len({*aliases, *self.frontier}) < len(aliases) + len(self.frontier):
            yield "a model is named twice"
        if self.recommended is not None and self.recommended not in aliases:
            yield f"the recommended model {self.recommended!r} isn't one of its models"
