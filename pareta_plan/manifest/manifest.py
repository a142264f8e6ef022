"""Manifests: what a team wants, as YAML, one document a workload.

The models below are the whole format; the published JSON Schema is generated from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from pareta_plan.canonical import digest_json
from pareta_plan.manifest.fields import Id, Label, Name, Section, Share, Text, Usd

FrontierKeyword = Literal["none", "all", "benchmarked"]
Frontier = Annotated[
    Annotated[FrontierKeyword, Tag("keyword")] | Annotated[list[Id], Tag("ids")],
    Discriminator(lambda value: "ids" if isinstance(value, list) else "keyword"),
]

RowsKeyword = Literal["as-needed", "all"]
Rows = Annotated[
    Annotated[list[dict[str, Any]], Tag("written")] | Annotated[RowsKeyword, Tag("keyword")],
    Discriminator(lambda value: "keyword" if isinstance(value, str) else "written"),
]
AS_NEEDED_FROM = 100
"""From so many rows on they are bought as needed unless the manifest says otherwise."""

AGAINST_BASELINES = "against baselines"
"""Marks the gates that can't be met without a baseline."""
_Times = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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
    max_gap_to_frontier: Annotated[Share | None, AGAINST_BASELINES] = None
    """How far below the best baseline the quality may be (non-inferiority margin)."""
    max_cost_per_request_usd: Usd | None = None
    min_savings: Annotated[_Times | None, AGAINST_BASELINES] = None
    """Baseline's cost divided by the model's cost, at least."""
    max_error_rate: Share | None = None
    on_inconclusive: Literal["fail", "warn"] = "fail"

    @property
    def limits(self) -> dict[str, float]:
        """The gates that are set, and what each demands."""
        every = {gate: getattr(self, gate) for gate in GATES}
        return {gate: limit for gate, limit in every.items() if limit is not None}

    @property
    def against_baselines(self) -> list[str]:
        """The keys of those that hold the model against baselines, and fail without one."""
        fields = type(self).model_fields
        return [gate for gate in self.limits if AGAINST_BASELINES in fields[gate].metadata]


GATES = tuple(name for name in Gates.model_fields if name != "on_inconclusive")


class Eval(Section):
    """The team's own rows, and what they must show."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [_given("items", "string"), _given("rows", "array")]}
    )
    items: Text | None = None
    """JSONL, JSON, CSV or YAML file of rows, in the project."""
    rows: Rows | None = None
    """Rows written in the manifest, instead of `items`; or, of `items`, whether all are bought, or
    as many as decide the gates. As needed from 100 rows on when absent."""
    at_least: Annotated[int, Field(ge=1, le=10**6)] = 50
    """Rows of the first batch, where they are bought as needed."""
    batch: Annotated[int, Field(ge=1, le=10**6)] = 10
    """The least rows of each further batch; it is a quarter of those before if that is more."""
    documents: Documents | None = None
    models: list[Id] = []
    """Further open candidates to compare with."""
    max_cost_usd: Usd | None = None
    gates: Gates = Gates()

    @model_validator(mode="after")
    def _one_source(self) -> Eval:
        if (self.items is None) == (self.written is None):
            raise ValueError("give the rows once: either `items: FILE` or `rows: [...]`")
        return self

    @property
    def written(self) -> list[dict[str, Any]] | None:
        """The rows that the manifest itself has."""
        return self.rows if isinstance(self.rows, list) else None

    def as_needed(self, rows: int, *, begun: bool = False) -> bool:
        """Whether of so many rows as many are bought as decide the gates.

        `begun` is whether some of them were bought already, before others were added.
        """
        if self.gates.min_quality is None and self.gates.max_gap_to_frontier is None:
            return False  # nothing that fewer rows could decide
        many = begun or rows >= AS_NEEDED_FROM
        return self.rows == "as-needed" or (self.rows != "all" and many)


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
        from pareta_plan.wire import PROMPT_CHARACTERS

        return (self.intent or f"Do the task {self.task}.")[:PROMPT_CHARACTERS]

    def digest(self) -> str:
        """SHA-256 of the meaning: comments, order and layout don't count."""
        return digest_json(self.model_dump(exclude_defaults=True, by_alias=True))
