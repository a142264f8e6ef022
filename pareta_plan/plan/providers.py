"""Which of the project's providers a plan would call that nothing before it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pareta_plan.plan.model import Change, ProviderChange
from pareta_plan.plan.steps import Call, Deploy, evaluates
from pareta_plan.project.lockfile import Entry, LockedServed, Lockfile


def changed(changes: Iterable[Change], lockfile: Lockfile) -> list[ProviderChange]:
    """The providers that are new to the lockfile's evidence and deployments, by name."""
    known = {
        (one.provider, one.address)
        for entry in lockfile.workloads.values()
        for one in _used_before(entry)
    }
    addresses: Mapping[str, str] = dict(known)
    called = {
        (one.provider, one.address)
        for change in changes
        for one in _called(change, lockfile.workloads.get(change.workload))
    }
    return [ProviderChange(name, at, addresses.get(name)) for name, at in sorted(called - known)]


def _used_before(entry: Entry) -> Iterator[LockedServed]:
    if entry.deployment and entry.deployment.served:
        yield entry.deployment.served
    for candidate in entry.evidence.basis.candidates if entry.evidence else ():
        if candidate.served:
            yield candidate.served


def _called(change: Change, entry: Entry | None) -> Iterator[LockedServed]:
    if entry is None:
        return
    candidates = entry.candidates() if evaluates(change.steps) else []
    if change.does(Deploy, Call):
        candidates = [*candidates, entry.model.resolved]
    for candidate in candidates:
        if candidate.served:
            yield candidate.served
