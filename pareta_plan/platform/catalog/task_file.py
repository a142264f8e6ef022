"""A `task.yaml` as a team writes it: all that is wrong in it, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from pareta_plan.errors import ManifestError, ParetaError, meant
from pareta_plan.platform.catalog.spec import ModelSpec, Problem, TaskFile
from pareta_plan.written.explain import explain
from pareta_plan.written.yaml_source import Document, read_documents

NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_ONE_LABEL, _LABELS, _FIELDS = ("classification",), ("classification", "labelling"), ("extraction",)
_DOES = {
    "bayes": _ONE_LABEL, "embed": _LABELS, "langid": _ONE_LABEL, "lexical": ("ranking",),
    "linear": _ONE_LABEL, "neighbours": _LABELS, "ranker": _FIELDS, "retriever": ("ranking",),
    "rules": _FIELDS, "tagger": _FIELDS,
}  # fmt: skip
"""The kinds of runtimes that can't do all kinds."""

_LEAST = (
    "A task says at least `id`, `title`, `description`, `keywords`, `kind`, `scorer`, `prompt`, "
    "`models` and `frontier`."
)


class Written(NamedTuple):
    """What a `task.yaml` says, as far as each value can be read, and what is wrong in it."""

    file: TaskFile | None
    document: Document | None
    errors: list[ParetaError]


def read(data: bytes, shown: str, baselines: Iterable[str]) -> Written:
    """Read the bytes of a `task.yaml`; `shown` is its path in errors, whose folder names it."""
    try:
        documents = [*read_documents(data, shown, _LEAST)]
    except ManifestError as bad:
        return Written(None, None, [bad])
    document, *more = documents
    errors: list[ParetaError] = [
        ManifestError("a task is one YAML document", location=one.location(())) for one in more[:1]
    ]
    try:
        file = TaskFile.model_validate(document.data)
    except ValidationError as invalid:
        return Written(None, document, [*errors, *explain(invalid, document, TaskFile)])
    found = [*_misnamed(file, shown), *_empty(file), *_unfit_labels(file.labels or {})]
    found += [*file.problems(), *_unfit(file), *_unknown(file, baselines)]
    places = ((document.location(problem.keys), problem.words) for problem in found)
    told = sorted(places, key=lambda one: (one[0].line, one[0].column))
    errors += [ManifestError(words, location=place) for place, words in told]
    return Written(file, document, errors)


def _misnamed(file: TaskFile, shown: str) -> Iterator[Problem]:
    folder = Path(shown).parent.name
    if not NAME.fullmatch(file.id):
        words = f"id: expected lower-case letters, digits and inner dashes, got {file.id!r}"
        yield Problem(("id",), words)
    if folder and file.id != folder:
        yield Problem(("id",), f"the task {file.id!r} is in a folder called {folder!r}")


def _empty(file: TaskFile) -> Iterator[Problem]:
    for key in ("title", "description", "prompt"):
        if not getattr(file, key).strip():
            yield Problem((key,), f"{key}: expected words, got nothing")
    if not file.keywords:
        words = "keywords: expected words of intents, got none: no intent would match"
        yield Problem(("keywords",), words)


def _unfit_labels(labels: Mapping[str, str]) -> Iterator[Problem]:
    if len(labels) == 1:
        yield Problem(("labels",), "labels: expected two or more, got one: there is no choice")
    folded: dict[str, str] = {}
    for label in labels:
        same = folded.setdefault(" ".join(label.split()).casefold(), label)
        if not label.strip():
            yield Problem(("labels", label), "labels: a label has no letters")
        elif same != label:
            words = f"the labels {same!r} and {label!r} differ in case or blanks only"
            yield Problem(("labels", label), words)


def _unknown(file: TaskFile, baselines: Iterable[str]) -> Iterator[Problem]:
    known = [*baselines]
    for n, id in enumerate(file.frontier):
        if id not in known:
            yield Problem(("frontier", n), f"there is no baseline {id!r}{meant(id, known)}")


def _unfit(file: TaskFile) -> Iterator[Problem]:
    """Models that can't give the task's answers, or read what it reads."""
    for n, model in enumerate(file.models):
        yield from _unfit_runtime(file, model, ("models", n))
        if _inner(model) == "ranker" and file.fields:
            yield from _unranked(file, model, ("models", n, "options"))


def _unfit_runtime(
    file: TaskFile, model: ModelSpec, keys: tuple[str | int, ...]
) -> Iterator[Problem]:
    place, reads_documents = (*keys, "runtime"), file.blob_field is not None
    inner = _inner(model)
    if model.runtime == "documents" and not reads_documents:
        yield Problem(place, "the runtime documents reads documents, and there is no `blob_field`")
    elif reads_documents and model.runtime in _DOES:
        yield Problem(
            place,
            f"the runtime {inner} reads text, and the task's input is a document: write `runtime: "
            f"documents, options: {{inner: {inner}}}`",
        )
    if file.kind not in (does := _DOES.get(inner, (file.kind,))):
        words = f"the runtime {inner} does {' and '.join(does)}, not {file.kind}"
        yield Problem(place, words)


def _unranked(file: TaskFile, model: ModelSpec, keys: tuple[str | int, ...]) -> Iterator[Problem]:
    candidates, fields = model.options.get("candidates"), file.fields or {}
    if not isinstance(candidates, dict):
        yield Problem(keys, "the runtime ranker needs `candidates`, a kind of them for each field")
        return
    for name in candidates.keys() - fields.keys():
        yield Problem(
            (*keys, "candidates", name), f"there is no field {name!r}{meant(name, fields)}"
        )


def _inner(model: ModelSpec) -> str:
    """The runtime that gives the answers."""
    return str(model.options.get("inner")) if model.runtime == "documents" else model.runtime
