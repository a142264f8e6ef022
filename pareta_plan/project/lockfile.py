"""The lockfile: what every manifest was resolved to, in bytes that only change with a decision.

JSON with sorted keys, two-space indent and LF, no timestamps, one entry a workload. An entry
is stale when its manifest or its eval data changed, never because the catalog moved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pareta_plan.canonical import canonical_json, digest_bytes, digest_json, refuse_half_characters
from pareta_plan.errors import Location, LockfileError
from pareta_plan.manifest.fields import Name, Share
from pareta_plan.wire import MicroUsd

VERSION = 1
Count = Annotated[int, Field(ge=0, le=10**9)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Kind = Literal["open", "frontier"]
R = TypeVar("R", bound=BaseModel)

_ENTRY = re.compile(rb'    "([^"]+)": \{$')
_CONFLICT = re.compile(rb"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


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


class LockedCandidate(FrozenRecord):
    """A model as the leaderboard showed it when it was chosen."""

    id: str
    kind: Kind
    quality: float | None = None
    cost_per_request_micro_usd: MicroUsd | None = None
    vendor: str | None = None
    """Who makes a baseline, as the roster said."""

    @property
    def standing(self) -> LockedCandidate:
        """What the leaderboard says of it, and nothing else."""
        return self if self.vendor is None else self.model_copy(update={"vendor": None})


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


class Measured(FrozenRecord):
    """One model's outcome in a run: quality with its bounds, mean cost a request."""

    kind: Kind
    quality: Share | None = None
    low: Share | None = None
    """Each bound is wrong at most 5% of the time: they are the ends of a 90% interval."""
    high: Share | None = None
    bounds: Literal["rows", "platform"] | None = None
    """Computed from the rows' scores, or the platform's own (those of a 95% interval)."""
    cost_per_request_micro_usd: MicroUsd | None = None
    scored: Count = 0
    errors: Count = 0
    usual_answer: str | None = None
    """The answer given on nine in ten rows or more: such a model may not look at the row."""


class Gap(FrozenRecord):
    """Baseline's quality minus the model's, with bounds that leave out at most 5% at each side."""

    gap: float
    low: float
    high: float
    paired: bool
    rows: Count = 0
    """Rows that both scored; of an unpaired gap, the fewer of the two."""


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

    @property
    def key(self) -> str:
        """The digest under which a result is kept."""
        return digest_json(self.model_dump(exclude={"candidates": {"__all__": {"vendor"}}}))


class Evidence(FrozenRecord):
    """What an eval run showed; reusable while `basis` is the same."""

    basis: Basis
    run_id: str
    gates: dict[str, float | str] = {}
    """The gates that the result was last held against."""
    results: dict[str, Measured]
    gaps: dict[str, Gap] = {}
    billed_micro_usd: MicroUsd = 0


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
    deployment: Deployment | None = None
    prevent_destroy: Literal[True] | None = None
    moved_from: str | None = None
    """The workload's name before a rename that was not applied yet."""

    @property
    def resolution(self) -> Resolution:
        """What the manifest was resolved to, without what was done since."""
        return Resolution(
            intent=self.intent, task=self.task, model=self.model, frontier=self.frontier
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
        )


class Lockfile(FrozenRecord):
    """All resolutions of a project on one platform."""

    version: Literal[1] = 1
    platform: str
    scope: str = ""
    """The project's name and environment; part of its endpoints' ids."""
    workloads: dict[Name, Entry] = {}

    def to_bytes(self) -> bytes:
        """The canonical bytes: the same content gives the same bytes."""
        values = {"version": self.version, "platform": self.platform, "workloads": self.workloads}
        if self.scope:
            values["scope"] = self.scope
        return canonical_json(values, exclude_none=True)

    @cached_property
    def digest(self) -> str:
        """The digest of the bytes it was read from, or would be written as."""
        return digest_bytes(self.to_bytes())

    @property
    def deployed(self) -> dict[str, str]:
        """The ids of the endpoints that serve workloads, by the workload's name."""
        every = self.workloads.items()
        return {name: entry.deployment.endpoint for name, entry in every if entry.deployment}

    def remarks(self) -> list[str]:
        """What a user should know of the resolutions that is no error."""
        return [
            f"{name}: the intent fits {entry.task.id} and {entry.task.ambiguous_with} about "
            f"equally well; {entry.task.id} was taken. Settle it with a line `task: ID`."
            for name, entry in self.workloads.items()
            if entry.task.ambiguous_with
        ]

    def changed(self, entries: Mapping[str, Entry | None]) -> Lockfile:
        """A copy with these entries; None takes one out."""
        merged = {**self.workloads, **entries}
        kept = {name: entry for name, entry in merged.items() if entry is not None}
        return Lockfile(platform=self.platform, scope=self.scope, workloads=kept)


def split_scope(scope: str) -> tuple[str, str | None]:
    """The project's name, empty without one, and the environment, None without one."""
    project, _, env = scope.partition("/")
    return project, env or None


def parse(data: bytes, path: str) -> Lockfile:
    """Read a lockfile's bytes. Raises LockfileError that says how to get a good one."""
    if b"<<<<<<<" in data and (conflict := _CONFLICT.search(data)):
        names = ", ".join(_in_conflict(data)) or "its head"
        raise LockfileError(
            f"the lockfile has unresolved merge conflicts, in {names}",
            location=Location(path, data[: conflict.start()].count(b"\n") + 1, 1),
            hint=f"Take either side (`git checkout --ours {path}`, or `--theirs`), then "
            "`pareta-plan lock`: it resolves what the merged manifests ask.",
        )
    try:
        refuse_half_characters(data)
        lockfile = Lockfile.model_validate(json.loads(data, object_hook=_entries_as_records()))
    except ValidationError as invalid:
        raise _unreadable(invalid, path) from None
    except json.JSONDecodeError as bad:
        place = Location(path, bad.lineno, bad.colno)
        raise _damaged(f": no JSON, {bad.msg.lower()}", place) from None
    except RecursionError:
        raise _damaged(": nested too deeply", Location(path)) from None
    except ValueError as bad:
        raise _damaged(f": {bad}", Location(path)) from None
    vars(lockfile)["digest"] = digest_bytes(data)
    return lockfile


def _in_conflict(data: bytes) -> list[str]:
    """The workloads that both sides changed, as the canonical layout shows them."""
    found: dict[str, None] = {}
    name, inside = None, False
    for line in data.splitlines():
        if begun := _ENTRY.match(line):
            name = begun[1].decode(errors="replace")
        if _CONFLICT.match(line):
            inside = line.startswith(b"<") or (inside and not line.startswith(b">"))
        if inside and name:
            found[name] = None
    return list(found)


_ALIKE: dict[str, type[FrozenRecord]] = {
    "task": LockedTask,
    "model": LockedModel,
    "frontier": LockedFrontier,
}
"""The parts of entries that are the same in many of them."""


class Shared:
    """Equal records as one: in a large project most are alike."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def one(self, record: R) -> R:
        """The first record that is equal to this one."""
        first: R = self._known.setdefault(record.model_dump_json(), record)
        return first


def _entries_as_records() -> Callable[[dict[str, Any]], Any]:
    """What makes records of entries as soon as they are read, a part that several have as one.

    So no more than one entry's JSON is there at a time: there may be ten thousand.
    """
    known: dict[tuple[str, str], Any] = {}

    def made(value: dict[str, Any]) -> Any:
        if not _ALIKE.keys() <= value.keys():
            return value
        for part, kind in _ALIKE.items():
            key = part, repr(value[part])  # thrice as fast as JSON, and as good for a key
            if key not in known:
                known[key] = _record_or_json(kind, value[part])
            value[part] = known[key]
        return _record_or_json(Entry, value)

    return made


def _record_or_json(kind: type[FrozenRecord], value: Any) -> Any:
    """What isn't valid stays as it is, for an error that says where it stands."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        return value


def _unreadable(invalid: ValidationError, path: str) -> LockfileError:
    first: Mapping[str, Any] = invalid.errors(include_url=False)[0]
    if first["loc"] == ("version",) and isinstance(first["input"], int):
        return LockfileError(
            f"the lockfile is of version {first['input']}; this pareta-plan reads {VERSION}",
            location=Location(path),
            hint="Install a newer pareta-plan.",
        )
    where = ".".join(str(k) for k in first["loc"])
    return _damaged(f"{f' at {where}' if where else ''}: {first['msg']}", Location(path))


def _damaged(why: str, place: Location) -> LockfileError:
    return LockfileError(
        f"the lockfile is damaged{why}",
        location=place,
        hint="Restore it from version control, or delete it and run `pareta-plan lock`.",
    )


def endpoint_name(stem: str, task: str, model: str, scope: str = "") -> str:
    """The endpoint id of a deployment: the stem and six digits for what is deployed and for whom.

    Another model gets another id, so it can come up beside the one it replaces; the same
    decision always gets the same id, so a killed apply finds what it made. Two projects, or
    two environments of one, share no ids once they have a scope.
    """
    what = digest_json([task, model, scope] if scope else [task, model])
    return f"{stem}-{what.removeprefix('sha256:')[:6]}"
