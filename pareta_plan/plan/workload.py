"""A workload: its manifest beside its lockfile entry, and what both together want."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pareta_plan.canonical import digest_json
from pareta_plan.manifest.manifest import Deploy, Manifest
from pareta_plan.manifest.scope import NAMELESS, Scope
from pareta_plan.project.lockfile import (
    Basis,
    Deployment,
    Entry,
    LockedServed,
    Lockfile,
)
from pareta_plan.wire import STOPPED, Endpoint


@dataclass(frozen=True)
class Workload:
    """A manifest beside its lockfile entry; no manifest when it was taken out of the project."""

    name: str
    manifest: Manifest | None
    entry: Entry
    scope: Scope = NAMELESS

    @property
    def deploy(self) -> Deploy | None:
        """What the manifest says of a deployment; None when none is wanted."""
        return self.manifest.deploy if self.manifest else None

    @property
    def labels(self) -> Mapping[str, str]:
        """The manifest's labels."""
        return self.manifest.labels if self.manifest else {}

    @property
    def stem(self) -> str:
        """What the id of a new endpoint begins with."""
        return (self.deploy and self.deploy.name) or self.name

    @property
    def state(self) -> Literal["live", "stopped"]:
        """The state that is wanted of its endpoint."""
        return self.deploy.state if self.deploy else STOPPED

    @property
    def recorded(self) -> str | None:
        """The id of the endpoint that the lockfile says serves it."""
        return self.entry.deployment.endpoint if self.entry.deployment else None

    @cached_property
    def own_endpoint(self) -> str:
        """The id that an endpoint made for the entry gets."""
        entry = self.entry
        model = entry.model.resolved
        return endpoint_name(self.stem, entry.task.id, model.id, self.scope, _key(model.served))

    @cached_property
    def endpoint(self) -> str:
        """The id of the endpoint that the entry wants: the recorded one as long as it fits."""
        made, entry = self.entry.deployment, self.entry
        if made is None or made.stem != self.stem:
            return self.own_endpoint
        wanted = entry.model.resolved
        fits = (made.task, made.model, made.served) == (entry.task.id, wanted.id, wanted.served)
        return made.endpoint if fits else self.own_endpoint

    def is_served_by(self, found: Endpoint) -> bool:
        """Whether an endpoint serves what the entry wants, as far as the platform says."""
        wanted = self.entry.model.resolved
        same_task = found.task in (None, self.entry.task.id)
        same_model = found.model in (None, wanted.id)
        return same_task and same_model and found.declared in (None, _key(wanted.served))

    def is_uncalled(self, endpoint: str) -> bool:
        """Whether one that is up was adopted, or brought up by an apply that was killed."""
        made = self.entry.deployment
        started = bool(made and made.state == STOPPED) and self.state != STOPPED
        return self.recorded != endpoint or started

    @property
    def stable_name(self) -> str:
        """What applications call: the deploy name, in an environment followed by its name."""
        env = self.scope.env
        return f"{self.stem}.{env}" if env else self.stem

    def deployment(self, endpoint: str, name: str | None = None) -> Deployment:
        """What the lockfile records once `endpoint` serves it, under a stable name if any."""
        model = self.entry.model.resolved
        return Deployment(
            endpoint=endpoint,
            task=self.entry.task.id,
            model=model.id,
            stem=self.stem,
            state=self.state,
            quality=model.quality,
            cost_per_request_micro_usd=model.cost_per_request_micro_usd,
            served=model.served,
            name=name,
            content=self.entry.task.content,
        )

    @cached_property
    def basis(self) -> Basis | None:
        """What a reusable eval result must rest on; None without an eval."""
        return self.entry.basis(self.manifest.prompt) if self.manifest else None

    @property
    def lost_eval(self) -> bool:
        """Whether it was measured, and its manifest has no eval any more."""
        return bool(self.manifest and self.manifest.eval is None and self.entry.evidence)

    @property
    def has_evidence(self) -> bool:
        """Whether an eval of it, of these rows or of others, is kept."""
        return self.entry.evidence is not None and not self.lost_eval

    @property
    def rows(self) -> int:
        """How many rows its eval has."""
        return self.entry.data.rows if self.entry.data else 0

    @property
    def gates(self) -> dict[str, float | str]:
        """The gates that are set."""
        found = self.manifest.eval.gates if self.manifest and self.manifest.eval else None
        return found.model_dump(exclude_defaults=True) if found else {}


def workloads(manifests: Iterable[Manifest], lockfile: Lockfile) -> list[Workload]:
    """Every workload of the project or the lockfile, by name."""
    by_name = {m.name: m for m in manifests}
    return [
        Workload(name, by_name.get(name), entry, lockfile.scope)
        for name, entry in sorted(lockfile.workloads.items())
    ]


def _key(served: LockedServed | None) -> str | None:
    return served.key if served else None


def endpoint_name(
    stem: str, task: str, model: str, scope: str = "", declared: str | None = None
) -> str:
    """The endpoint id of a deployment: the stem and six digits for what is deployed and for whom.

    `declared` is the digest of what a project's own model stands for.
    Another model gets another id, so it can come up beside the one it replaces; the same
    decision always gets the same id, so a killed apply finds what it made. Two projects, or
    two environments of one, share no ids once they have a scope.
    """
    what = digest_json([task, model, *(part for part in (scope, declared) if part)])
    return f"{stem}-{what.removeprefix('sha256:')[:6]}"
