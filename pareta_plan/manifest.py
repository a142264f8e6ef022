"""Manifests: what a team wants, as YAML, one document a workload.

The models below are the whole format; the published JSON Schema is generated from them.
`parse` reads the documents of one file and reports every error with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from pareta_plan.canonical import digest_json
from pareta_plan.errors import Location, ManifestError, ManyErrors, ParetaError
from pareta_plan.wire import PROMPT_CHARACTERS
from pareta_plan.yaml_source import Document, Path, read_documents, remembered

VERSION = 1

_NAME, _TEXT, _ID = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", r"\S", r"^\S+$"
Name = Annotated[str, StringConstraints(pattern=_NAME, max_length=50)]
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but for tabs and line feeds


def _printable(text: str) -> str:
    if found := _CONTROL.search(text):
        raise ValueError(f"the text holds a control character, {found[0]!r}; take it out")
    return text


_Printable = AfterValidator(_printable)
Text = Annotated[str, StringConstraints(pattern=_TEXT, max_length=2000), _Printable]
Id = Annotated[str, StringConstraints(pattern=_ID, max_length=200), _Printable]
Label = Annotated[str, _Printable]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Usd = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
FrontierKeyword = Literal["none", "all", "benchmarked"]
Frontier = Annotated[
    Annotated[FrontierKeyword, Tag("keyword")] | Annotated[list[Id], Tag("ids")],
    Discriminator(lambda value: "ids" if isinstance(value, list) else "keyword"),
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _given(key: str, kind: str) -> dict[str, Any]:
    return {"properties": {key: {"type": kind}}, "required": [key]}


class Deploy(_Section):
    """What to keep deployed."""

    name: Name | None = None
    """Stem of the endpoint's id; the workload's name when absent."""
    state: Literal["live", "stopped"] = "live"
    import_: Id | None = Field(default=None, alias="import")
    """An endpoint that exists, to be adopted instead of made when nothing is deployed yet."""


class Documents(_Section):
    """Where the documents of a document task's rows are."""

    field: Id
    """The input field that takes the document."""
    path: Text
    """Path in the project, with `{id}` or any other field of the row."""


class Gates(_Section):
    """Conditions that an eval's result must meet before anything is deployed."""

    min_quality: Share | None = None
    max_gap_to_frontier: Share | None = None
    """How far below the best baseline the quality may be (non-inferiority margin)."""
    max_cost_per_request_usd: Usd | None = None
    min_savings: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Baseline's cost divided by the model's cost, at least."""
    max_error_rate: Share | None = None
    on_inconclusive: Literal["fail", "warn"] = "fail"


class Eval(_Section):
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


class Manifest(_Section):
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

    __slots__ = ("_document", "manifest", "path")

    def __init__(self, manifest: Manifest, document: Document) -> None:
        self.manifest = manifest
        self.path = document.path
        self._document = document

    @property
    def source(self) -> Any:
        """The document as plain data, as it was written."""
        return self._document.data

    def at(self, *keys: str | int) -> Location:
        """The place of a key, or of the nearest one around it."""
        return self._document.location(keys)


def parse(data: bytes, path: str, known: Sequence[Any] | None = None) -> list[Located]:
    """The manifests in one file's bytes; `path` is what errors show.

    `known` is what its documents hold, when that is known without reading them. Raises
    ManifestError, or ManyErrors with one for each thing wrong.
    """
    errors: list[ParetaError] = []
    found: list[Located] = []
    documents = read_documents(data, path) if known is None else remembered(known, data, path)
    for document in documents:
        try:
            found.append(Located(Manifest.model_validate(document.data), document))
        except ValidationError as invalid:
            errors.extend(_explain(invalid, document))
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return found


def check_names(located: list[Located]) -> None:
    """Refuse a name used twice in the project, or what only one workload can have."""
    for what, keys in _UNIQUE.items():
        seen: dict[str, Located] = {}
        for item in located:
            name = _named(item.manifest, what)
            if name is None:
                continue
            if (first := seen.setdefault(name, item)) is not item:
                raise ManifestError(
                    f"{what} {name!r} is used twice; the first is at {first.at(*keys)}",
                    location=item.at(*keys),
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


def _explain(invalid: ValidationError, document: Document) -> Iterator[ManifestError]:
    for error in invalid.errors(include_url=False):
        keys = document.known_part([k for k in error["loc"] if k not in ("keyword", "ids")])
        message = _message(error, keys)
        on_key = error["type"] == "extra_forbidden"
        yield ManifestError(
            message, location=document.location(keys, key=on_key), hint=_hint(error)
        )


def _message(error: Mapping[str, Any], keys: Path) -> str:
    where = ".".join(str(k) for k in keys)
    got = shown(error["input"])
    match error["type"]:
        case "extra_forbidden":
            close = get_close_matches(str(keys[-1]), _known_keys(keys[:-1]), n=1)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            return f"unknown key {keys[-1]!r}{meant}"
        case "missing":
            return f"{error['loc'][-1]!r} is missing" + (f" in {where!r}" if where else "")
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error":
            expected = error["ctx"]["expected"]
            if keys == ("frontier",):
                expected += ", or a list of vendor ids"
            return f"{where}: expected {expected}, got {got}{_meant(error)}"
        case "bool_type":
            return f"{where}: expected true or false, got {got}"
        case "model_type" | "dict_type":
            return f"{where}: expected `key: value` lines, got {got}"
        case "string_pattern_mismatch":
            rule = _PATTERNS[error["ctx"]["pattern"]]
            return f"{where}: expected {rule}, got {got}"
        case "string_type":
            quotable = isinstance(error["input"], bool | int | float)
            advice = "; put quotes around it" if quotable else ""
            return f"{where}: expected text, got {got}{advice}"
        case _:
            said = _PREFIX.sub("", error["msg"])
            return f"{where}: expected {said}, got {got}"


def _meant(error: Mapping[str, Any]) -> str:
    words = error["ctx"]["expected"].split("'")[1::2]
    said = error["input"]
    close = get_close_matches(said, words, n=1) if isinstance(said, str) else []
    return f"; did you mean {close[0]!r}?" if close and close[0] != said else ""


_PREFIX = re.compile("^(Input should be|String should have) ")
_PATTERNS = {
    _NAME: "lower-case letters, digits and inner dashes",
    _TEXT: "words",
    _ID: "one word without spaces",
}


def _hint(error: Mapping[str, Any]) -> str | None:
    if error["loc"] == ("version",) and error["type"] == "literal_error":
        newer = isinstance(error["input"], int) and error["input"] > VERSION
        return "Install a newer pareta-plan." if newer else None
    if error["type"] == "missing" and error["loc"][-1] in ("model", "frontier"):
        usual = {"model": "recommended", "frontier": "benchmarked"}[error["loc"][-1]]
        return f"The usual choice is `{error['loc'][-1]}: {usual}`."
    if error["type"] == "missing" and error["loc"][-1] == "version":
        return "Begin the manifest with `version: 1`."
    return None


def shown(value: object) -> str:
    """A value as YAML writes it, cut when it is long."""
    match value:
        case None:
            return "nothing"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case bool():
            return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(keys: Path) -> list[str]:
    model: type[_Section] = Manifest
    sections: dict[str, type[_Section]] = {
        "deploy": Deploy,
        "eval": Eval,
        "documents": Documents,
        "gates": Gates,
    }
    for key in keys:
        model = sections.get(str(key), model)
    return [field.alias or name for name, field in model.model_fields.items()]
