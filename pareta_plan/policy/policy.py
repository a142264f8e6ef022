"""A plan against the project's policy: which rules it breaks, and which of that is waived.

A pure function of the rules, the manifests, the lockfile, the plan and the day. What a rule can't
be held against, because a figure is unknown, breaks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pareta_plan.errors import Location
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.project_file import Settings
from pareta_plan.manifest.reading import Located
from pareta_plan.manifest.rules import Rule, Waiver
from pareta_plan.manifest.selection import closest, matches
from pareta_plan.plan.model import Plan
from pareta_plan.plan.plan import Planned
from pareta_plan.policy.budget import over_budget
from pareta_plan.policy.checks import CHECKS, Case, Finding
from pareta_plan.policy.violation import Violation
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project


def violations(
    settings: Settings, located: Mapping[str, Located], lockfile: Lockfile, plan: Plan, today: str
) -> list[Violation]:
    """Every rule that the plan, or a workload that it is about, breaks; by rule and by workload.

    `today` is a day as 2031-12-31. A budget is of the whole project, whatever is selected. To
    destroy everything breaks no rule.
    """
    if plan.destroy:
        return []
    before = {change.workload: change.before for change in plan.changes}
    attempts = {change.workload: change.attempt for change in plan.changes}
    every = [
        Case(item, lockfile.workloads[name], before.get(name), attempts.get(name))
        for name, item in sorted(located.items())
    ]
    policy = settings.file.policy
    found = [
        _violation(rule, case, finding, settings.at("policy", "rules", index))
        for index, rule in enumerate(policy.rules)
        for case, finding in _findings(rule, every, plan)
    ]
    return [_waived(violation, policy.waivers, located, today) for violation in found]


def remarks(
    settings: Settings, located: Mapping[str, Located], found: Iterable[Violation], plan: Plan
) -> list[str]:
    """What of the policy does nothing: a rule that judges no workload, a waiver without use."""
    if plan.selection or plan.destroy:
        return []
    policy, violations = settings.file.policy, list(found)
    known = {name: item.manifest.labels for name, item in located.items()}
    said = []
    for i, rule in enumerate(policy.rules):
        for selector in rule.where:
            if not any(matches(selector, *item) for item in known.items()):
                at = settings.at("policy", "rules", i, "where")
                why = f"{selector!r} selects no workload{closest(selector, known)}"
                said.append(f"{at}: of the rule {rule.id!r}, {why}")
    used = {id(waiver) for v in violations for waiver in (v.waiver, v.expired)}
    for i, waiver in enumerate(policy.waivers):
        if id(waiver) not in used:
            at = settings.at("policy", "waivers", i)
            what = f"the waiver of {waiver.rule!r} for {waiver.workload!r}"
            said.append(f"{at}: {what} waives nothing; take it out")
    return said


def _is_meant(selectors: Iterable[str], manifest: Manifest) -> bool:
    return any(matches(selector, manifest.name, manifest.labels) for selector in selectors)


def _findings(
    rule: Rule, every: Iterable[Case], plan: Plan
) -> Iterator[tuple[Case | None, Finding]]:
    where = [case for case in every if _is_meant(rule.where, case.manifest)]
    if rule.budget_per_month_usd is not None:
        yield from over_budget(rule.budget_per_month_usd, where, plan)
        return
    for case in where:
        if plan.selection.holds(case.manifest.name, case.manifest.labels):
            for finding in CHECKS[rule.kind](getattr(rule, rule.kind), case):
                yield case, finding


def _violation(rule: Rule, case: Case | None, finding: Finding, place: Location) -> Violation:
    return Violation(
        rule=rule.id,
        workload=case.manifest.name if case else None,
        found=finding.found,
        allowed=finding.allowed,
        rule_at=place,
        manifest_at=case.located.at(*finding.keys) if case else None,
        hint=finding.hint,
    )


def _waived(
    violation: Violation, waivers: Iterable[Waiver], located: Mapping[str, Located], today: str
) -> Violation:
    """The violation with the waiver of it that holds longest, or held last."""
    item = located[violation.workload] if violation.workload else None
    fitting = [
        waiver
        for waiver in waivers
        if waiver.rule == violation.rule
        and (_is_meant([waiver.workload], item.manifest) if item else waiver.workload == "*")
    ]
    if not fitting:
        return violation
    last = max(fitting, key=lambda waiver: waiver.expires)
    holds = today <= last.expires
    return replace(violation, waiver=last) if holds else replace(violation, expired=last)


def judge_policy(
    project: Project, planned: Planned, today: str
) -> tuple[list[Violation], list[str]]:
    """What a plan breaks of the project's policy, and what of the policy does nothing.

    `today` is a day as 2031-12-31.
    """
    if project.settings is None or not project.settings.file.policy.rules:
        return [], []
    settings, located, made = project.settings, project.located, planned.plan
    found = violations(settings, located, planned.lockfile, made, today)
    return found, remarks(settings, located, found, made)
