"""A report as JUnit XML: a workload a suite, a gate or a rule of the policy a case.

A gate that failed is a failure, what went wrong an error, and an inconclusive gate is skipped, as
is one that apply has yet to judge. Places and figures are in the messages.

Source: the schema that Jenkins' xUnit plugin publishes, which most readers of JUnit XML go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pareta_plan.gates.gates import Outcome
from pareta_plan.plan.drift import Drift
from pareta_plan.plan.result import ENDED, Status
from pareta_plan.policy.violation import Violation
from pareta_plan.reports.report import Moved, Report
from pareta_plan.reports.review import Gate, Problem, Row
from pareta_plan.reports.reviewing import review
from pareta_plan.words import block

TOOL = "pareta-plan"
"""The suite of what is of no workload."""


class End(StrEnum):
    """How a case ended; the words are JUnit's elements."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was held against something."""

    suite: str
    name: str
    end: End = End.PASSED
    said: str = ""


def render(report: Report) -> str:
    """The whole document."""
    suites: dict[str, list[Case]] = {}
    for case in _cases(report):
        suites.setdefault(case.suite, []).append(case)
    every = [case for cases in suites.values() for case in cases]
    root = Element("testsuites", {"name": f"{TOOL} {report.kind}", **_counts(every)})
    for name, cases in suites.items():
        _suite(root, name, cases)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode")


def _cases(report: Report) -> Iterator[Case]:
    """First whether the command itself came to its end."""
    seen = review(report)
    for problem in seen.problems:
        yield Case(TOOL, problem.place or report.kind, End.ERROR, _said(problem))
    if not seen.problems:
        yield Case(TOOL, report.kind)
    for row in seen.rows:
        yield _ended(row)
        yield from (_gate(row.workload, gate) for gate in row.gates)
    yield from map(_rule, seen.violations)
    if isinstance(report.subject, Moved):
        yield from map(_moved, report.subject.found)


def _ended(row: Row) -> Case:
    """How a workload's change ended; that of a plan is whether there is one."""
    if row.status in (None, *ENDED):
        return Case(row.workload, row.change.action)
    said = _said(row.problem) if row.problem else str(row.status)
    end = End.SKIPPED if row.status is Status.SKIPPED else End.ERROR
    return Case(row.workload, row.change.action, end, said)


def _rule(broken: Violation) -> Case:
    suite = broken.workload or TOOL
    said = f"{broken.found}\nallowed: {broken.allowed} ({broken.rule_at})"
    if waiver := broken.waiver:
        waived = f"waived until {waiver.expires}: {waiver.reason}\n"
        return Case(suite, broken.rule, End.SKIPPED, waived + said)
    return Case(suite, broken.rule, End.FAILURE, f"{said}\n{broken.hint}")


def _moved(one: Drift) -> Case:
    said = f"{one.locked or 'nothing'} -> {one.now or 'nothing'}"
    return Case(one.workload or TOOL, f"{one.kind}: {one.subject}", End.FAILURE, said)


def _gate(workload: str, gate: Gate) -> Case:
    match gate.outcome:
        case Outcome.PASS:
            return Case(workload, gate.name)
        case Outcome.FAIL:
            return Case(workload, gate.name, End.FAILURE, gate.said or "the gate failed")
        case Outcome.INCONCLUSIVE:
            return Case(workload, gate.name, End.SKIPPED, gate.said or "inconclusive")
        case None:
            return Case(workload, gate.name, End.SKIPPED, "judged by apply")


def _said(problem: Problem) -> str:
    return f"{problem.message}\n{problem.hint}" if problem.hint else problem.message


def _suite(root: Element, name: str, cases: list[Case]) -> None:
    suite = SubElement(root, "testsuite", {"name": _text(name), **_counts(cases)})
    for case in cases:
        made = SubElement(suite, "testcase", {"name": _text(case.name), "classname": _text(name)})
        if case.end is not End.PASSED:
            first, _, rest = case.said.partition("\n")
            told = SubElement(made, case.end, {"message": _text(first)})
            if case.end is not End.SKIPPED:
                told.set("type", _text(case.name))
            told.text = _text(rest)


def _counts(cases: Iterable[Case]) -> dict[str, str]:
    ends = [case.end for case in cases]
    return {
        "tests": str(len(ends)),
        "failures": str(ends.count(End.FAILURE)),
        "errors": str(ends.count(End.ERROR)),
        "skipped": str(ends.count(End.SKIPPED)),
    }


def _text(text: str) -> str:
    """Text that XML can hold: what it has no way to write is escaped, as on a terminal."""
    return block(text, "").replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
