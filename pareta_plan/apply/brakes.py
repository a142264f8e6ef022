"""What keeps a plan from being applied: deletions that nobody allowed, and the project's policy."""

from __future__ import annotations

from dataclasses import dataclass

from pareta_plan.errors import PolicyError
from pareta_plan.plan.deletions import check_deletions
from pareta_plan.plan.plan import Planned
from pareta_plan.policy.policy import judge_policy
from pareta_plan.policy.violation import blocking
from pareta_plan.project.project import Project
from pareta_plan.project.who import today


@dataclass(frozen=True)
class Allowed:
    """Which deletions are allowed: any at all, and more than a third of what is managed."""

    destroy: bool = False
    mass_destroy: bool = False
    named: frozenset[str] = frozenset()
    """The workloads of which a deletion is allowed where not any is."""


def hold_back(project: Project, planned: Planned, allowed: Allowed) -> None:
    """Refuse a plan that must not be applied; it needs no platform.

    Raises UsageError for deletions that weren't allowed or are protected, PolicyError for rules of
    the project that are broken today and not waived.
    """
    if broken := blocking(judge_policy(project, planned, today())[0]):
        rules = dict.fromkeys(f"{one.rule} ({one.workload or 'the project'})" for one in broken)
        raise PolicyError(
            f"the plan violates the policy, so nothing was started: {', '.join(rules)}",
            hint="Mend that, or waive the rule in pareta-project.yaml for a reason and a time.",
        )
    check_deletions(
        planned.plan,
        planned.lockfile,
        allowed=allowed.destroy,
        mass=allowed.mass_destroy,
        named=allowed.named,
    )
