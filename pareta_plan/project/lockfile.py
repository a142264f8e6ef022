"""The lockfile: what every manifest was resolved to, in bytes that only change with a decision.

JSON with sorted keys, two-space indent and LF, no timestamps, one entry a workload. An entry
is stale when its manifest or its eval data changed, never because the catalog moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pareta_plan.canonical import canonical_json, digest_bytes, digest_json
from pareta_plan.manifest.fields import Name, Share
from pareta_plan.manifest.scope import NAMELESS, Scope
from pareta_plan.wire import ExactUsd, MicroUsd

VERSION = 1
Count = Annotated[int, Field(ge=0, le=10**9)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Kind = Literal["open", "frontier"]


class FrozenRecord(BaseModel):
    """A value of a lockfile or a plan: it stays as it is, and holds nothing that isn't known."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)


class LockedTask(FrozenRecord):
    """The benchmark task a workload stands for, and how it was found."""

    id: str
    matcher: str
    """`keyword`, `semantic`, ... as the platform says, or `pinned`."""
    confidence: str | None = None
    score: float | None = None
    ambiguous_with: str | None = None
    """The task that the intent fits about as well."""
    scorer: str | None = None
    definition: str | None = None
    """Digest of all that makes its scores: scorer and its version, schemas of the rows."""
    has_blob_input: bool = False
    content: str | None = None
    """Digest of what decides in the folder of a task of the project's own."""


class LockedServed(FrozenRecord):
    """What a project's alias or baseline stands for: a model on a provider, and how it is asked.

    All that its answers follow from, and never a key.
    """

    provider: str
    address: str
    protocol: str
    model: str
    shots: Count | None = None
    vision: Literal[True] | None = None
    max_output_tokens: Count | None = None

    @property
    def key(self) -> str:
        """The digest that tells it from any other."""
        return digest_json(self.model_dump(exclude_none=True))

    def __str__(self) -> str:
        asked = [
            f"{self.shots} shots" if self.shots else "",
            "pictures" if self.vision else "",
            f"at most {self.max_output_tokens} tokens" if self.max_output_tokens else "",
        ]
        how = ", ".join(filter(None, asked))
        return f"{self.model} on {self.provider} ({self.address}){how and f', {how}'}"


class LockedCandidate(FrozenRecord):
    """A model as the leaderboard showed it when it was chosen."""

    id: str
    kind: Kind
    quality: float | None = None
    cost_per_request_micro_usd: MicroUsd | None = None
    vendor: str | None = None
    """Who makes a baseline, as the roster said."""
    served: LockedServed | None = None
    """What it stands for, where the project declares it."""
    price: str | None = None
    """What that costs, in words with the source."""
    figures: Literal["unmeasured", "outdated"] | None = None
    """Why the project's own model has no quality: never measured, or not as it is asked now."""

    @property
    def standing(self) -> LockedCandidate:
        """What the leaderboard says of it, and nothing else."""
        return self.model_copy(update={"vendor": None, "price": None, "figures": None})


class LockedModel(FrozenRecord):
    """The open model to deploy."""

    requested: str
    resolved: LockedCandidate
    reason: str


class LockedFrontier(FrozenRecord):
    """The baselines to measure against."""

    requested: str | list[str]
    resolved: list[LockedCandidate] = []


class Resolution(FrozenRecord):
    """What the catalog made of a manifest."""

    intent: str | None = None
    task: LockedTask
    model: LockedModel
    frontier: LockedFrontier


class LockedData(FrozenRecord):
    """The eval's rows and documents."""

    digest: str
    rows: Count


class Savings(FrozenRecord):
    """How many times a model's cost the cheapest baseline's is, with bounds as those of a `Gap`."""

    baseline: str
    times: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """None for a model that costs nothing, as far as is known."""
    low: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """None for a model that is known to cost nothing: savings have no end."""
    high: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """None where nothing bounds it."""
    rows: Count = 0
    """Rows that both answered."""
    bounds: Literal["rows", "rounding"]
    """From what the rows cost exactly, or from what whole micro-dollars leave open."""


class Measured(FrozenRecord):
    """One model's outcome in a run: quality with its bounds, mean cost a request."""

    kind: Kind
    quality: Share | None = None
    low: Share | None = None  # each bound is wrong at most 5% of the time
    high: Share | None = None
    bounds: Literal["rows", "sequence", "platform"] | None = None
    """By the rows' scores, for their number or every number; the platform's are of 95%."""
    cost_per_request_micro_usd: MicroUsd | None = None
    scored: Count = 0
    errors: Count = 0
    served: str | None = None
    """Digest of what the server of a project's own model said that it served."""
    usual_answer: str | None = None
    """The answer given on nine in ten rows or more: such a model may not look at the row."""
    cost_per_request_usd: ExactUsd | None = None
    """The mean cost as the platform told it before it was rounded to whole micro-dollars."""
    faults: dict[str, Count] | None = None
    """How many of the rows scored have an answer that isn't what was asked for, by its fault."""
    savings: Savings | None = None
    """Against the cheapest baseline; of open models."""


class Gap(FrozenRecord):
    """Baseline's quality minus the model's, with bounds that leave out at most 5% at each side."""

    gap: float
    low: float
    high: float
    paired: bool
    rows: Count = 0
    """Rows that both scored; of an unpaired gap, the fewer of the two."""
    bounds: Literal["sequence"] | None = None  # they hold for every number of rows at once


class Basis(FrozenRecord):
    """Everything that decides an eval's result; evidence is reused exactly while it is equal."""

    task: str
    definition: str | None = None
    rows: str
    """Digest of the rows and documents."""
    prompt: str
    """Digest of what the eval set says of its rows."""
    candidates: list[LockedCandidate]
    """The model to deploy, further open ones, the baselines, as the leaderboard showed them."""
    content: str | None = None
    """Digest of what decides in the folder of a task of the project's own."""

    def asks_as(self, other: Basis) -> bool:
        """Whether both ask how good the same model is at the same job, of whatever rows."""

        def question(basis: Basis) -> tuple[object, ...]:
            chosen = basis.candidates[0] if basis.candidates else None
            model = chosen and (chosen.id, chosen.served)
            return basis.task, basis.definition, basis.content, basis.prompt, model

        return question(self) == question(other)

    @property
    def key(self) -> str:
        """The digest under which a result is kept."""
        unknown = {"vendor", "price", "figures"}
        if not any(candidate.served for candidate in self.candidates):
            unknown.add("served")
        without: dict[str, Any] = {"candidates": {"__all__": unknown}}
        if self.content is None:
            without["content"] = True
        return digest_json(self.model_dump(exclude=without))


class LockedMajority(FrozenRecord):
    """The label that the rows expect most often, and the quality of always giving it."""

    answer: str
    quality: Share


class Batch(FrozenRecord):
    """A part of the rows that was bought by a run of its own."""

    run_id: str
    rows: Annotated[int, Field(ge=1, le=10**9)]
    as_filed: Literal[True] | None = None
    """Whether it was a run of all the rows there were, in the order in which they are written."""
    bounds: dict[str, Annotated[list[Finite], Field(min_length=2, max_length=2)]] | None = None
    """After it: of the chosen model's quality, and by baseline of the gap, the low and the high."""


class Evidence(FrozenRecord):
    """What an eval run showed; reusable while `basis` is the same."""

    basis: Basis
    run_id: str
    gates: dict[str, float | str] = {}
    """The gates that the result was last held against."""
    results: dict[str, Measured]
    gaps: dict[str, Gap] = {}
    billed_micro_usd: MicroUsd = 0
    majority: LockedMajority | None = None
    """None where answers are no labels, and of platforms that don't tell it."""
    development_rows: Count | None = None
    """How many of the rows were known to be development rows of the task; None when none was."""
    batches: Annotated[list[Batch], Field(min_length=1)] | None = None
    """What was bought as needed, in that order; None where one run had all rows."""
    of_rows: Count | None = None  # how many rows there were to buy as needed
    grown: list[Count] | None = None
    """How many rows there were each time before some were added."""
    attempt: Count | None = None
    """Which attempt at the same question it is; None of a first, which bought no row anew."""

    @property
    def rows(self) -> int:
        """How many rows it rests on."""
        return max((m.scored + m.errors for m in self.results.values()), default=0)

    @property
    def is_part(self) -> bool:
        """Whether there are rows that were not needed so far."""
        return self.of_rows is not None and self.rows < self.of_rows


@dataclass(frozen=True, slots=True)  # a model would take ten times the memory
class Deployment:
    """The endpoint that serves a workload, and the decision that put it there."""

    endpoint: str
    task: str
    model: str
    stem: str | None = None
    """What its id began with when it was wanted; an adopted or renamed endpoint keeps its id."""
    state: Literal["live", "stopped"] = "live"
    quality: Finite | None = None
    """The leaderboard's, when the decision was applied; so is the price."""
    cost_per_request_micro_usd: MicroUsd | None = None
    served: LockedServed | None = None
    """What its model stood for, where the project declared it."""
    name: str | None = None
    """The stable name that reaches it, on a platform that has such names."""
    content: str | None = None
    """Digest of the folder of its task, where that is the project's own."""


class Entry(FrozenRecord):
    """One workload's resolution, and what was measured and deployed since."""

    manifest: str
    """Digest of the manifest's meaning."""
    intent: str | None = None
    task: LockedTask
    model: LockedModel
    frontier: LockedFrontier
    compare: list[LockedCandidate] = []
    data: LockedData | None = None
    evidence: Evidence | None = None
    added: Count | None = None
    """How many of the rows come after those of the evidence, which are as they were."""
    deployment: Deployment | None = None
    prevent_destroy: Literal[True] | None = None
    moved_from: str | None = None
    """The workload's name before a rename that was not applied yet."""

    @property
    def unproven(self) -> bool:
        """Whether it is deployed without evidence: nobody measured it on the team's rows."""
        return self.deployment is not None and self.evidence is None

    @property
    def resolution(self) -> Resolution:
        """What the manifest was resolved to, without what was done since."""
        return Resolution(
            intent=self.intent, task=self.task, model=self.model, frontier=self.frontier
        )

    def serving(self, served: Mapping[str, LockedServed]) -> Entry:
        """The entry with what its models stand for, where that is declared."""

        def of(one: LockedCandidate) -> LockedCandidate:
            return one.model_copy(update={"served": served.get(one.id)})

        model, frontier = self.model, self.frontier
        return self.model_copy(
            update={
                "model": model.model_copy(update={"resolved": of(model.resolved)}),
                "frontier": frontier.model_copy(update={"resolved": [*map(of, frontier.resolved)]}),
                "compare": [*map(of, self.compare)],
            }
        )

    def candidates(self) -> list[LockedCandidate]:
        """Everything an eval measures: the model, further open ones, then the baselines."""
        every = [self.model.resolved, *self.compare, *self.frontier.resolved]
        return list({candidate.id: candidate for candidate in every}.values())

    def basis(self, prompt: str) -> Basis | None:
        """What decides an eval of this entry; None without eval data."""
        if self.data is None:
            return None
        return Basis(
            task=self.task.id,
            definition=self.task.definition,
            rows=self.data.digest,
            prompt=digest_bytes(prompt.encode()),
            candidates=[candidate.standing for candidate in self.candidates()],
            content=self.task.content,
        )


class Lockfile(FrozenRecord):
    """All resolutions of a project on one platform."""

    version: Literal[1] = 1
    platform: str
    scope: Scope = NAMELESS
    """The project's name and environment; part of its endpoints' ids."""
    workloads: dict[Name, Entry] = {}

    def to_bytes(self) -> bytes:
        """The canonical bytes: the same content gives the same bytes."""
        values = {"version": self.version, "platform": self.platform, "workloads": self.workloads}
        scope = {"scope": self.scope} if self.scope else {}
        return canonical_json({**values, **scope}, exclude_none=True)

    @cached_property
    def digest(self) -> str:
        """The digest of the bytes it was read from, or would be written as."""
        return digest_bytes(self.to_bytes())

    @property
    def deployed(self) -> dict[str, str]:
        """The ids of the endpoints that serve workloads, by the workload's name."""
        made = self.workloads.items()
        return {name: one.deployment.endpoint for name, one in made if one.deployment}

    @property
    def names(self) -> dict[str, str]:
        """The stable names that reach what is deployed, by the workload's name."""
        made = ((name, entry.deployment) for name, entry in self.workloads.items())
        return {name: one.name for name, one in made if one and one.name}

    @property
    def unproven(self) -> list[str]:
        """The names of the workloads that are deployed without evidence."""
        return [name for name, entry in self.workloads.items() if entry.unproven]

    def changed(self, entries: Mapping[str, Entry | None]) -> Lockfile:
        """A copy with these entries; None takes one out."""
        merged = {**self.workloads, **entries}
        kept = {name: entry for name, entry in merged.items() if entry is not None}
        return Lockfile(platform=self.platform, scope=self.scope, workloads=kept)
