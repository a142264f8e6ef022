"""The lockfile: what every manifest was resolved to, in bytes that only change with a decision.

JSON with sorted keys, two-space indent and LF, no timestamps, one entry a workload. An entry
is stale when its manifest or its eval data changed, never because the catalog moved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pareta_plan.canonical import canonical_json, digest_bytes, digest_json
from pareta_plan.errors import Location, LockfileError

VERSION = 1
MicroUsd = int
Share = Annotated[float, Field(ge=0, le=1)]
Kind = Literal["open", "frontier"]

_CONFLICT = re.compile(rb"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class LockedTask(_Record):
    """The benchmark task a workload stands for, and how it was found."""

    id: str
    matcher: str
    """`keyword`, `semantic`, ... as the platform says, or `pinned`."""
    confidence: str | None = None
    score: float | None = None
    ambiguous_with: str | None = None
    """The task that the intent fits about as well."""
    scorer: str | None = None
    has_blob_input: bool = False


class LockedCandidate(_Record):
    """A model as the leaderboard showed it when it was chosen."""

    id: str
    kind: Kind
    quality: float | None = None
    cost_per_request_micro_usd: MicroUsd | None = None


class LockedModel(_Record):
    """The open model to deploy."""

    requested: str
    resolved: LockedCandidate
    reason: str


class LockedFrontier(_Record):
    """The baselines to measure against."""

    requested: str | list[str]
    resolved: list[LockedCandidate] = []


class LockedData(_Record):
    """The eval's rows and documents."""

    digest: str
    rows: int


class Measured(_Record):
    """One model's outcome in a run: quality with its 95% interval, mean cost a request."""

    kind: Kind
    quality: Share | None = None
    low: Share | None = None
    high: Share | None = None
    cost_per_request_micro_usd: MicroUsd | None = None
    scored: int = 0
    errors: int = 0
    usual_answer: str | None = None
    """The answer given on nine in ten rows or more: such a model may not look at the row."""


class Gap(_Record):
    """Baseline's quality minus the model's, with bounds that leave out at most 5% at each side."""

    gap: float
    low: float
    high: float
    paired: bool


class Evidence(_Record):
    """What an eval run showed; reusable while `key` is the same."""

    key: str
    run_id: str
    results: dict[str, Measured]
    gaps: dict[str, Gap] = {}
    billed_micro_usd: MicroUsd = 0


class Deployment(_Record):
    """The endpoint that serves a workload."""

    endpoint: str
    task: str
    model: str


class Entry(_Record):
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

    def candidates(self) -> list[LockedCandidate]:
        """Everything an eval measures: the model, further open ones, then the baselines."""
        every = [self.model.resolved, *self.compare, *self.frontier.resolved]
        return list({candidate.id: candidate for candidate in every}.values())

    def evidence_key(self, prompt: str) -> str | None:
        """The digest of all that decides an eval's result; None without eval data."""
        if self.data is None:
            return None
        return digest_json(
            {
                "rows": self.data.digest,
                "task": [self.task.id, self.task.scorer],
                "candidates": [c.model_dump() for c in self.candidates()],
                "prompt": prompt,
            }
        )


class Lockfile(_Record):
    """All resolutions of a project on one platform."""

    version: Literal[1] = 1
    platform: str
    workloads: dict[str, Entry] = {}

    def to_bytes(self) -> bytes:
        """The canonical bytes: the same content gives the same bytes."""
        return canonical_json(self.model_dump(exclude_none=True))

    @cached_property
    def digest(self) -> str:
        """The digest of the bytes it was read from, or would be written as."""
        return digest_bytes(self.to_bytes())

    def remarks(self) -> list[str]:
        """What a user should know of the resolutions that is no error."""
        return [
            f"{name}: the intent fits {entry.task.id} and {entry.task.ambiguous_with} about "
            f"equally well; {entry.task.id} was taken. Settle it with a line `task: ID`."
            for name, entry in self.workloads.items()
            if entry.task.ambiguous_with
        ]

    def with_entry(self, name: str, entry: Entry) -> Lockfile:
        """A copy in which `name` has `entry`."""
        return Lockfile(platform=self.platform, workloads={**self.workloads, name: entry})

    def without(self, name: str) -> Lockfile:
        """A copy that no longer knows `name`."""
        rest = {n: e for n, e in self.workloads.items() if n != name}
        return Lockfile(platform=self.platform, workloads=rest)


def parse(data: bytes, path: str) -> Lockfile:
    """Read a lockfile's bytes. Raises LockfileError that says how to get a good one."""
    if conflict := _CONFLICT.search(data):
        line = data[: conflict.start()].count(b"\n") + 1
        raise LockfileError(
            "the lockfile has unresolved merge conflicts",
            location=Location(path, line, 1),
            hint="Take either side (`git checkout --ours` or `--theirs`), then `pareta-plan lock`.",
        )
    try:
        lockfile = Lockfile.model_validate_json(data)
    except ValidationError as invalid:
        raise _unreadable(invalid, path) from None
    vars(lockfile)["digest"] = digest_bytes(data)
    return lockfile


def _unreadable(invalid: ValidationError, path: str) -> LockfileError:
    first: Mapping[str, Any] = invalid.errors(include_url=False)[0]
    if first["loc"] == ("version",) and isinstance(first["input"], int):
        return LockfileError(
            f"the lockfile is of version {first['input']}; this pareta-plan reads {VERSION}",
            location=Location(path),
            hint="Install a newer pareta-plan.",
        )
    where = ".".join(str(k) for k in first["loc"])
    return LockfileError(
        f"the lockfile is damaged{f' at {where}' if where else ''}: {first['msg']}",
        location=Location(path),
        hint="Restore it from version control, or delete it and run `pareta-plan lock`.",
    )


def endpoint_name(stem: str, entry: Entry) -> str:
    """The endpoint id of a deployment: the stem and six digits for what is deployed.

    Another model gets another id, so it can come up beside the one it replaces; the same
    decision always gets the same id, so a killed apply finds what it made.
    """
    what = digest_json([entry.task.id, entry.model.resolved.id])
    return f"{stem}-{what.removeprefix('sha256:')[:6]}"
