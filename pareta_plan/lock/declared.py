"""The project's own models as a lockfile binds them: which model, on which provider, where."""

from __future__ import annotations

from collections.abc import Mapping

from pareta_plan.manifest.providers import Baseline, Declared, OwnModel
from pareta_plan.project.lockfile import LockedServed
from pareta_plan.project.project import Project

NOTHING: Mapping[str, LockedServed] = {}


def served(project: Project) -> Mapping[str, LockedServed]:
    """What each alias and baseline id that the project declares stands for."""
    if project.settings is None:
        return NOTHING
    declared = project.settings.declared
    every: list[OwnModel | Baseline] = [*declared.models.values(), *declared.frontier.values()]
    return {one.name: _served(one, declared) for one in every}


def contents(project: Project) -> Mapping[str, str]:
    """The digests of the project's own tasks, by their ids."""
    return {id: task.digest for id, task in project.tasks.items()}


def _served(one: OwnModel | Baseline, declared: Declared) -> LockedServed:
    from pareta_plan.hosts.vendors import VENDORS

    provider = declared.used[one.provider]
    vendor = VENDORS.get(one.provider)
    return LockedServed(
        provider=one.provider,
        address=provider.base_url or (vendor.base_url if vendor else ""),
        protocol=provider.protocol or (vendor.protocol if vendor else "openai"),
        model=one.served_model,
        shots=one.shots or None,
        vision=one.vision or None,
        max_output_tokens=one.max_output_tokens,
    )
