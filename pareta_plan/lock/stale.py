"""Whether a lockfile still fits its project, platform and manifests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pareta_plan.client.remote import EMBEDDED
from pareta_plan.errors import StaleError
from pareta_plan.lock.declared import contents, served
from pareta_plan.lock.resolve import PINNED
from pareta_plan.manifest.reading import Located
from pareta_plan.manifest.scope import Scope
from pareta_plan.project.layout import lockfile_name
from pareta_plan.project.lockfile import Entry, LockedServed, Lockfile
from pareta_plan.project.project import Project


class LockMode(StrEnum):
    """What may happen to the lockfile."""

    WRITE = "write"
    LOCKED = "locked"  # must be current already
    FROZEN = "frozen"  # taken as it is


@dataclass(frozen=True)
class Locking:
    """How to lock: `strict` refuses an ambiguous intent, `upgrade` names what to resolve anew.

    With the alias that stands for `recommended` from then on, or None for the platform's pick.
    """

    mode: LockMode = LockMode.WRITE
    strict: bool = False
    upgrade: Mapping[str, str | None] = field(default_factory=dict)
    upgrade_all: bool = False
    renamed: bool = False  # what another project's name has deployed is this one's
    move: bool = False  # from another platform or environment, forgetting what is deployed there
    applying: bool = False  # this process holds the folder's lock, under which it is written


class Stale(NamedTuple):
    """Why a lockfile no longer fits; `workload` is the one of which that is said, None of none."""

    why: str
    workload: str | None = None

    def __str__(self) -> str:
        return f"{self.workload}: {self.why}" if self.workload else self.why


class Own(NamedTuple):
    """What the project has of its own: what its models stand for, and its tasks' digests."""

    models: Mapping[str, LockedServed]
    tasks: Mapping[str, str]

    @classmethod
    def of(cls, project: Project) -> Own:
        return cls(served(project), contents(project))

    def changed(self, entry: Entry) -> str | None:
        """What an entry rests on that is of the project's own and no longer as it was."""
        task = entry.task
        if task.content != (now := self.tasks.get(task.id)):
            return f"the task {task.id} {'changed' if now else 'is not in the catalog any more'}"
        for candidate in entry.candidates():
            if candidate.served != self.models.get(candidate.id):
                return f"{candidate.id} is declared otherwise"
        return None


def stale(project: Project, lockfile: Lockfile | None, platform: str | None) -> list[Stale]:
    """Why the lockfile no longer fits the project, a reason a workload; empty when it fits."""
    if lockfile is None:
        return [Stale("there is no lockfile yet")]
    if platform is not None and lockfile.platform != platform:
        return [Stale(f"it was resolved on {lockfile.platform}, not on {platform}")]
    if lockfile.scope != project.scope:
        return [Stale(f"it is of {lockfile.scope or 'a project without a name'}")]
    own = Own.of(project)
    reasons = (_stale_entry(project, item, lockfile, own) for item in project.located.values())
    gone = (
        Stale("the manifest is gone", name)
        for name, entry in lockfile.workloads.items()
        if name not in project.located and entry.deployment is None
    )
    return [*(reason for reason in reasons if reason), *gone]


def _stale_entry(project: Project, item: Located, lockfile: Lockfile, own: Own) -> Stale | None:
    name = item.manifest.name
    entry, data = lockfile.workloads.get(name), project.data.get(name)
    if entry is None:
        return Stale("not in the lockfile", name)
    if entry.manifest != item.manifest.digest():
        return Stale("the manifest changed", name)
    if entry.data != (data.locked if data else None):
        return Stale("the eval data changed", name)
    if changed := own.changed(entry):
        return Stale(changed, name)
    answers = keeps(item, entry, Locking(), own)
    return None if answers else Stale("its entry answers another manifest", name)


def check_lock(project: Project, current: Lockfile | None) -> None:
    """Refuse a lockfile that no longer fits the project; asks no platform. Raises StaleError."""
    refuse_stale(stale(project, current, None))


def refuse_stale(reasons: list[Stale]) -> None:
    if reasons:
        raise StaleError(
            "the lockfile is stale: " + "; ".join(map(str, reasons)), hint="Run `pareta-plan lock`."
        )


def _deployed(lockfile: Lockfile) -> str:
    names = lockfile.deployed
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} deployed"


def _way_back(platform: str) -> str:
    if platform == EMBEDDED:
        return "Go back to the embedded platform (unset PARETA_API_KEY and PARETA_BASE_URL)"
    return "Go back to that platform (PARETA_BASE_URL)"


def is_copy(project: Project, current: Lockfile) -> bool:
    """Whether it is another environment's, and that one has its own still: not a renamed one."""
    other = current.scope.env
    return other != project.env and (project.root / lockfile_name(other)).exists()


def other_project(project: Project, current: Lockfile) -> str | None:
    """The name of the project that a lockfile is of, when it isn't this one's."""
    before = current.scope.project
    return before if before != project.scope.project and before else None


def _named(scope: Scope) -> str:
    words = [f"the environment {scope.env}" if scope.env else "no environment"]
    return " of ".join([*words, f"project {scope.project}"] if scope.project else words)


def refuse_copy(
    project: Project, current: Lockfile, platform: str | None = None, *, renamed: bool = False
) -> None:
    """Refuse a lockfile that knows the deployments of another platform, environment or project.

    `renamed` is whether that project is this one, under another name. Raises StaleError.
    """
    if not current.deployed:
        return
    if platform is not None and current.platform != platform:
        raise StaleError(
            f"the lockfile is of {current.platform}, where {_deployed(current)}; "
            f"this is {platform}",
            hint=f"{_way_back(current.platform)}, or `pareta-plan lock --move` to forget what is "
            "deployed there.",
        )
    other = other_project(project, current)
    if other and not renamed:
        this = project.scope.project or "without a name"
        raise StaleError(
            f"{project.lockfile_name} is of the project {other}, where {_deployed(current)}; "
            f"this is {this}",
            hint="If the project was renamed: `pareta-plan lock --renamed`. If it is a copy: "
            "`pareta-plan lock --move` forgets what is deployed there.",
        )
    if is_copy(project, current):
        raise StaleError(
            f"{project.lockfile_name} is a copy from {_named(current.scope)}, where "
            f"{_deployed(current)}",
            hint="`pareta-plan lock --move` keeps what was resolved and measured, and forgets what "
            "is deployed there.",
        )


def frozen(
    project: Project, current: Lockfile | None, platform: str | None, *, whole: bool = True
) -> Lockfile:
    """The lockfile as it is. Raises StaleError when it isn't of this platform and project.

    It has to know every workload, unless it needn't be `whole`.

    Without a platform, that of the lockfile is taken to be the one.
    """
    if current is None:
        raise StaleError("there is no lockfile yet", hint="Run `pareta-plan lock`.")
    if platform is not None and current.platform != platform:
        raise StaleError(
            f"the lockfile is of {current.platform}; this is {platform}",
            hint=f"{_way_back(current.platform)}, or resolve anew without --frozen.",
        )
    refuse_copy(project, current)
    missing = [name for name in project.located if name not in current.workloads]
    if missing and whole:
        raise StaleError(
            f"not in the lockfile: {', '.join(missing)}", hint="Run `pareta-plan lock`."
        )
    return current


def asks_for_task(item: Located, entry: Entry) -> bool:
    """Whether an entry's task still is what the manifest asks for."""
    manifest, pinned = item.manifest, entry.task.matcher == PINNED
    if manifest.task:
        return pinned and manifest.task == entry.task.id
    return not pinned and manifest.intent == entry.intent


def keeps(
    item: Located,
    entry: Entry | None,
    how: Locking,
    own: Own,
) -> bool:
    """Whether an entry's resolution still answers what the manifest asks."""
    manifest = item.manifest
    if entry is None or how.upgrade_all or manifest.name in how.upgrade:
        return False
    compare = manifest.eval.models if manifest.eval else []
    return (
        asks_for_task(item, entry)
        and entry.model.requested == manifest.model
        and entry.frontier.requested == manifest.frontier
        and [c.id for c in entry.compare] == compare
        and own.changed(entry) is None
    )
