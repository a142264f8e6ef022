"""Manifests: what a team wants, as YAML, one document a workload.

The models below are the whole format; the published JSON Schema is generated from them.
`parse` reads the documents of one file and reports every error with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from pareta_plan.canonical import digest_json
from pareta_plan.errors import Location, ManifestError, ParetaError, refuse
from pareta_plan.manifest.fields import Id, Label, Name, Section, Share, Text, Usd, explain
from pareta_plan.manifest.layers import Layer, Layered
from pareta_plan.manifest.yaml_source import Document, read_documents, remembered
from pareta_plan.wire import PROMPT_CHARACTERS

FrontierKeyword = Literal["none", "all", "benchmarked"]
Frontier = Annotated[
    Annotated[FrontierKeyword, Tag("keyword")] | Annotated[list[Id], Tag("ids")],
    Discriminator(lambda value: "ids" if isinstance(value, list) else "keyword"),
]


def _given(key: str, kind: str) -> dict[str, Any]:
    return {"properties": {key: {"type": kind}}, "required": [key]}


class Deploy(Section):
    """What to keep deployed."""

    name: Name | None = None
    """Stem of the endpoint's id; the workload's name when absent."""
    state: Literal["live", "stopped"] = "live"
    import_: Id | None = Field(default=None, alias="import")
    """An endpoint that exists, to be adopted instead of made when nothing is deployed yet."""
    requests_per_month: Annotated[int, Field(ge=0, le=10**12)] | None = None
    """Requests expected a month, for the project's budget."""


class Documents(Section):
    """Where the documents of a document task's rows are."""

    field: Id
    """The input field that takes the document."""
    path: Text
    """Path in the project, with `{id}` or any other field of the row."""


class Gates(Section):
    """Conditions that an eval's result must meet before anything is deployed."""

    min_quality: Share | None = None
    max_gap_to_frontier: Share | None = None
    """How far below the best baseline the quality may be (non-inferiority margin)."""
    max_cost_per_request_usd: Usd | None = None
    min_savings: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Baseline's cost divided by the model's cost, at least."""
    max_error_rate: Share | None = None
    on_inconclusive: Literal["fail", "warn"] = "fail"

    @property
    def against_baselines(self) -> list[str]:
        """The keys of those that hold the model against baselines, and fail without one."""
        keys = ("max_gap_to_frontier", "min_savings")
        return [key for key in keys if getattr(self, key) is not None]


class Eval(Section):
    """The team's own rows, and what they must show."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [_given("items", "string"), _given("rows", "array")]}
    )
    items: Text | None = None
    """JSONL, JSON, CSV or YAML file of rows, in the project."""
    rows: list[dict[str, Any]] | None = None
    """Rows written in the manifest, instead of `items`."""
    documents: Documents | None = None
    models: list[Id] = []
    """Further open candidates to compare with."""
    max_cost_usd: Usd | None = None
    gates: Gates = Gates()

    @model_validator(mode="after")
    def _one_source(self) -> Eval:
        if (self.items is None) == (self.rows is None):
            raise ValueError("give the rows once: either `items: FILE` or `rows: [...]`")
        return self


class Manifest(Section):
    """One workload."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [_given("intent", "string"), _given("task", "string")]}
    )
    version: Literal[1]
    name: Name
    intent: Text | None = None
    """The job in plain words; matched to a benchmark task unless `task` pins one."""
    model: Id
    """`recommended`, or an alias of the task such as `qwen-1`."""
    frontier: Frontier
    """Baselines: none, all of the roster, those on the task's leaderboard, or vendor ids."""
    task: Id | None = None
    labels: dict[Label, Label] = {}
    deploy: Deploy | None = None
    eval: Eval | None = None
    prevent_destroy: bool = False
    moved_from: Name | None = None
    """The workload's former name; what it had deployed and measured goes with it."""

    @model_validator(mode="after")
    def _intent_or_task(self) -> Manifest:
        if self.intent is None and self.task is None:
            raise ValueError("say what the job is: add `intent: ...` (or pin a `task: ...`)")
        return self

    @property
    def prompt(self) -> str:
        """What an eval set says of its rows: at most 500 characters, as the contract wants."""
        return (self.intent or f"Do the task {self.task}.")[:PROMPT_CHARACTERS]

    def digest(self) -> str:
        """SHA-256 of the meaning: comments, order and layout don't count."""
        return digest_json(self.model_dump(exclude_defaults=True, by_alias=True))


class Located:
    """A manifest with the places it was read from."""

    __slots__ = ("_document", "_layers", "manifest", "path")

    def __init__(
        self, manifest: Manifest, document: Document, layers: Document | Layered | None = None
    ) -> None:
        self.manifest = manifest
        self.path = document.path
        self._document = document
        self._layers = layers or document

    @property
    def source(self) -> Any:
        """The document as plain data, as it was written."""
        return self._document.data

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What it was merged from, the lowest first; empty when it stands alone."""
        return self._layers.layers if isinstance(self._layers, Layered) else ()

    def at(self, *keys: str | int) -> Location:
        """The place of a key, or of the nearest one around it."""
        return self._layers.location(keys)


def parse(
    data: bytes,
    path: str,
    known: Sequence[Any] | None = None,
    layered: Callable[[Document], Document | Layered] = lambda document: document,
) -> list[Located]:
    """The manifests in one file's bytes; `path` is what errors show.

    `known` is what its documents hold, when that is known without reading them; `layered` puts
    what the project says under and over a document. Raises ManifestError, or ManyErrors with
    one for each thing wrong.
    """
    errors: list[ParetaError] = []
    found: list[Located] = []
    documents = read_documents(data, path) if known is None else remembered(known, data, path)
    for document in documents:
        source = layered(document)
        try:
            item = Located(Manifest.model_validate(source.data), document, source)
        except ValidationError as invalid:
            errors.extend(_named_where_shared(explain(invalid, source, Manifest), document))
            continue
        found.append(item)
        errors.extend(_unmeetable(item))
    refuse(errors)
    return found


def _named_where_shared(
    errors: Iterable[ManifestError], document: Document
) -> Iterator[ManifestError]:
    """The errors, with the workload's name where their place is several workloads'."""
    for error in errors:
        if error.location and error.location.path != document.path:
            message = f"{document.data.get('name')}: {error.message}"
            yield ManifestError(message, location=error.location, hint=error.hint)
        else:
            yield error


def _unmeetable(item: Located) -> Iterator[ManifestError]:
    """Gates that no model could pass, whatever the evaluation costs."""
    spec = item.manifest.eval
    if spec is None or item.manifest.frontier not in ("none", []):
        return
    for key in spec.gates.against_baselines:
        yield ManifestError(
            f"{item.manifest.name}: {key} needs a baseline, and the manifest asks for none",
            location=item.at("eval", "gates", key),
            hint="Name baselines (`frontier: benchmarked`, or a list of vendor ids), or take the "
            "gate out.",
        )


def check_names(located: list[Located]) -> None:
    """Refuse a name used twice in the project, or what only one workload can have."""
    for what, keys in _UNIQUE.items():
        seen: dict[str, Located] = {}
        for item in located:
            name = _named(item.manifest, what)
            if name is None:
                continue
            if (first := seen.setdefault(name, item)) is not item:
                one, other = first.at(*keys), item.at(*keys)
                both = f"by {first.manifest.name} and by {item.manifest.name}"
                raise ManifestError(
                    f"{what} {name!r} is used twice"
                    + (f", {both}" if one == other else f"; the first is at {one}"),
                    location=other,
                    hint=f"Give each workload its own {what}.",
                )
    _check_moves(located)


_UNIQUE = {
    "name": ("name",),
    "deploy name": ("deploy", "name"),
    "import": ("deploy", "import"),
    "moved_from": ("moved_from",),
}


def _named(manifest: Manifest, what: str) -> str | None:
    deploy = manifest.deploy
    match what:
        case "name":
            return manifest.name
        case "moved_from":
            return manifest.moved_from
        case "import":
            return deploy.import_ if deploy else None
        case _:
            return (deploy.name or manifest.name) if deploy else None


def _check_moves(located: list[Located]) -> None:
    """A name that was left can't be in use; nothing moves to where it is."""
    names = {item.manifest.name for item in located}
    for item in located:
        if (old := item.manifest.moved_from) in names:
            raise ManifestError(
                f"moved_from: {old!r} is still a workload of the project",
                location=item.at("moved_from"),
                hint="Take the old manifest away, or the line `moved_from`.",
            )
