"""What is wrong, or to be looked at, one by one with its place: for annotations and SARIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pareta_plan import errors
from pareta_plan.errors import Location, ParetaError, PolicyError
from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.drift import Drift
from pareta_plan.plan.drift import Kind as Moving
from pareta_plan.plan.result import Status
from pareta_plan.plan.steps import Delete
from pareta_plan.policy.violation import Violation
from pareta_plan.project.layout import lockfile_name
from pareta_plan.reports.report import Moved, Performed, Proposed, Report, place
from pareta_plan.reports.review import Gate, Problem, Review, Row
from pareta_plan.reports.reviewing import review
from pareta_plan.words import UNPROVEN

if TYPE_CHECKING:
    from pareta_plan.manifest.reading import Located


class Severity(StrEnum):
    """How bad it is; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Rule(StrEnum):
    """What a finding is of: the ids that SARIF and annotations have, which stay as they are."""

    USAGE = "usage"
    PROJECT = "project"
    MANIFEST = "manifest"
    ROWS = "rows"
    LOCKFILE = "lockfile"
    RESOLUTION = "resolution"
    ATTESTATION = "attestation"
    STALE = "stale"
    COST_CAP = "cost-cap"
    PLATFORM = "platform"
    ERROR = "error"
    POLICY = "policy"
    POLICY_WAIVED = "policy-waived"
    GATE_FAILED = "gate-failed"
    GATE_INCONCLUSIVE = "gate-inconclusive"
    UNPROVEN = "unproven"
    DELETION = "deletion"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    DRIFT = "drift"
    UNMANAGED = "unmanaged"


RULES: Mapping[Rule, tuple[Severity, str]] = {
    Rule.USAGE: (Severity.ERROR, "The command line or the environment asks for the impossible."),
    Rule.PROJECT: (Severity.ERROR, "Something in the project's files is wrong."),
    Rule.MANIFEST: (Severity.ERROR, "A manifest is not well formed, or not valid."),
    Rule.ROWS: (Severity.ERROR, "A row of an eval file, or its document, can't be used."),
    Rule.LOCKFILE: (Severity.ERROR, "The lockfile can't be read."),
    Rule.RESOLUTION: (Severity.ERROR, "The catalog can't give what a manifest asks for."),
    Rule.ATTESTATION: (Severity.ERROR, "The attestation of a lockfile can't be verified."),
    Rule.STALE: (Severity.ERROR, "The lockfile or a saved plan no longer fits."),
    Rule.COST_CAP: (Severity.ERROR, "Going on would cost more than a cap allows."),
    Rule.PLATFORM: (Severity.ERROR, "The platform failed, refused, or can't be reached."),
    Rule.ERROR: (Severity.ERROR, "Something else went wrong."),
    Rule.POLICY: (Severity.ERROR, "The plan breaks a rule of the project's policy."),
    Rule.POLICY_WAIVED: (Severity.NOTICE, "The plan breaks a rule, and a waiver allows it."),
    Rule.GATE_FAILED: (Severity.ERROR, "A gate failed: the model isn't deployed."),
    Rule.GATE_INCONCLUSIVE: (Severity.WARNING, "The evidence can't decide a gate."),
    Rule.UNPROVEN: (Severity.NOTICE, "A model is deployed that nobody measured on your rows."),
    Rule.DELETION: (Severity.WARNING, "An endpoint is deleted, with nothing in its place."),
    Rule.REFUSED: (Severity.WARNING, "Apply will refuse the plan as it is."),
    Rule.FAILED: (Severity.ERROR, "A change failed."),
    Rule.SKIPPED: (Severity.WARNING, "A change was not begun, or not gone on with."),
    Rule.STOPPED: (Severity.WARNING, "A signal stopped a change, or came before it."),
    Rule.DRIFT: (Severity.WARNING, "The platform moved away from the lockfile."),
    Rule.UNMANAGED: (Severity.NOTICE, "An endpoint belongs to no workload of the project."),
}
"""How bad a finding of a rule is by itself, and what the rule says."""

_KINDS: tuple[tuple[type[ParetaError], Rule], ...] = (
    (errors.UsageError, Rule.USAGE),
    (errors.ManifestError, Rule.MANIFEST),
    (errors.RowsError, Rule.ROWS),
    (errors.LockfileError, Rule.LOCKFILE),
    (errors.ProjectError, Rule.PROJECT),
    (errors.ResolutionError, Rule.RESOLUTION),
    (errors.AttestationError, Rule.ATTESTATION),
    (errors.StaleError, Rule.STALE),
    (errors.PolicyError, Rule.POLICY),
    (errors.CostCapError, Rule.COST_CAP),
    (errors.PlatformError, Rule.PLATFORM),
    (errors.APIConnectionError, Rule.PLATFORM),
    (errors.APIStatusError, Rule.PLATFORM),
)

_MOVING: Mapping[Moving, str] = {
    Moving.TASK_GONE: "task",
    Moving.SCORING_CHANGED: "task",
    Moving.ROSTER_CHANGED: "frontier",
    Moving.ENDPOINT_MISSING: "deploy",
    Moving.ENDPOINT_DIFFERS: "deploy",
    Moving.ENDPOINT_STOPPED: "deploy",
}
"""The field of a manifest by which a thing that moved stands, where it isn't the model."""


_ENDED: Mapping[Status | None, Rule] = {
    Status.FAILED: Rule.FAILED,
    Status.SKIPPED: Rule.SKIPPED,
    Status.STOPPED: Rule.STOPPED,
    Status.NOT_STARTED: Rule.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `about` tells it from others of its rule, whatever its line."""

    rule: Rule
    severity: Severity
    title: str
    message: str
    location: Location | None = None
    about: tuple[str, ...] = ()


def findings(report: Report) -> list[Finding]:
    """All of a report, the worst first, with places as the repository names them."""
    found = [*map(_error, _untold(report)), *_subject(report)]
    order = list(Severity)
    found.sort(key=lambda one: (order.index(one.severity), one.location or ("",)))
    return [
        replace(one, location=place(report, one.location)) if one.location else one for one in found
    ]


def _untold(report: Report) -> Iterator[ParetaError]:
    """The errors that the subject doesn't tell itself, as violations tell a policy's."""
    match report.subject:
        case Proposed() as proposed:
            told: Sequence[object] = proposed.violations
        case Performed(proposed, applied):
            told = proposed.violations
            yield from (applied.unrecorded,) if applied.unrecorded else ()
        case _:
            told = ()
    yield from (one for one in report.errors if not (told and isinstance(one, PolicyError)))


def rule_of(error: BaseException) -> Rule:
    """Which rule an error is of."""
    return next((rule for kind, rule in _KINDS if isinstance(error, kind)), Rule.ERROR)


def _finding(
    rule: Rule, title: str, message: str, location: Location | None, *about: str
) -> Finding:
    return Finding(rule, RULES[rule][0], title, message, location, about)


def _error(error: ParetaError) -> Finding:
    rule = rule_of(error)
    title = RULES[rule][1].rstrip(".")
    return _finding(rule, title, _said(error), error.location, error.message)


def _said(error: ParetaError) -> str:
    return f"{error.message}\n{error.hint}" if error.hint else error.message


def _subject(report: Report) -> Iterator[Finding]:
    match report.subject:
        case Proposed() as proposed:
            yield from _Places(proposed).of(proposed, review(report))
        case Performed(proposed):
            yield from _Places(proposed).of(proposed, review(report))
        case Moved() as moved:
            yield from (_moved(one, moved) for one in moved.found)
        case _:
            return


class _Places:
    """Finds where in the project each thing that a plan says is decided."""

    def __init__(self, proposed: Proposed) -> None:
        self._manifests = proposed.manifests
        self._lockfile = lockfile_name(proposed.plan.scope.env)

    def of(self, proposed: Proposed, seen: Review) -> Iterator[Finding]:
        """What is to be said of a plan, or of an apply of it."""
        yield from map(_violation, seen.violations)
        if refused := seen.refusal and proposed.refusal:
            yield self._refused(refused)
        for row in seen.rows:
            yield from self._row(row)

    def _refused(self, refused: ParetaError) -> Finding:
        at = refused.location or Location(self._lockfile)
        return _finding(Rule.REFUSED, "Apply will refuse this", _said(refused), at, refused.message)

    def _row(self, row: Row) -> Iterator[Finding]:
        name = row.workload
        for gate in row.gates:
            yield from self._gate(name, gate)
        if row.unproven:
            yield _finding(Rule.UNPROVEN, f"{name}: unproven", UNPROVEN, self._at(name), name)
        if row.deletes and row.status is None:
            yield self._deletion(row)
        if rule := _ENDED.get(row.status):
            said = row.problem or Problem(RULES[rule][1])
            text = "\n".join(part for part in (said.message, said.hint) if part)
            yield _finding(rule, f"{name}: {row.status}", text, self._at(name), name)

    def _deletion(self, row: Row) -> Finding:
        gone = ", ".join(step.endpoint for step in row.change.steps if isinstance(step, Delete))
        title = f"{row.workload}: {gone} is deleted"
        at = self._at(row.workload, "deploy")
        return _finding(Rule.DELETION, title, row.change.why, at, row.workload)

    def _gate(self, name: str, gate: Gate) -> Iterator[Finding]:
        if gate.outcome in (None, Outcome.PASS):
            return
        failed = gate.outcome is Outcome.FAIL
        rule = Rule.GATE_FAILED if failed else Rule.GATE_INCONCLUSIVE
        title = f"{name}: the gate {gate.name} {'failed' if failed else 'is inconclusive'}"
        at = self._at(name, "eval", "gates", gate.name)
        found = _finding(rule, title, gate.said or title, at, name, gate.name)
        yield replace(found, severity=Severity.ERROR) if gate.blocks else found

    def _at(self, workload: str, *keys: str) -> Location:
        return _at(self._manifests, workload, self._lockfile, *keys)


def _at(
    manifests: Mapping[str, Located], workload: str | None, lockfile: str, *keys: str
) -> Location:
    """A field of a workload's manifest; the lockfile for one that has none."""
    found = manifests.get(workload) if workload else None
    return found.at(*(keys or ("name",))) if found else Location(lockfile)


def _violation(violation: Violation) -> Finding:
    rule = Rule.POLICY_WAIVED if violation.waiver else Rule.POLICY
    whose = violation.workload or "the project"
    said = f"{violation.found}\nAllowed: {violation.allowed} ({violation.rule_at})"
    if violation.waiver:
        said += f"\nWaived until {violation.waiver.expires}: {violation.waiver.reason}"
    elif violation.hint:
        said += f"\n{violation.hint}"
    at = violation.manifest_at or violation.rule_at
    return _finding(rule, f"{whose}: {violation.rule}", said, at, whose, violation.rule)


def _moved(one: Drift, moved: Moved) -> Finding:
    at = _at(moved.manifests, one.workload, moved.lockfile, _MOVING.get(one.kind, "model"))
    whose = one.workload or one.subject
    said = f"{one.subject}: {one.locked or 'nothing'} -> {one.now or 'nothing'}"
    rule = Rule.UNMANAGED if one.kind is Moving.UNMANAGED else Rule.DRIFT
    return _finding(rule, f"{whose}: {one.kind}", said, at, whose, one.kind, one.subject)
