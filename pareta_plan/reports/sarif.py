"""Findings as a SARIF 2.1.0 log, which code scanning takes.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", errata 01. What
has no place in a file is no result but a notification of the run (3.58): code scanning refuses
results without a location.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pareta_plan.canonical import digest_json
from pareta_plan.escapes import json_visible, visible
from pareta_plan.reports.finding import RULES, Finding, Rule, Severity, findings
from pareta_plan.reports.report import Report
from pareta_plan.version import __version__
from pareta_plan.words import block

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "paretaPlan/v1"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_UNESCAPED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


def render(report: Report) -> str:
    """The log, two spaces a level."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json_visible(json.dumps(log, indent=2, ensure_ascii=False))


def _run(report: Report) -> dict[str, Any]:
    found = findings(report)
    placed = [one for one in found if one.location]
    rules = [rule for rule in Rule if rule in {one.rule for one in found}]
    driver = {
        "name": "pareta-plan",
        "version": __version__,
        "rules": [{"id": rule, **_rule(rule)} for rule in rules],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"pareta-plan/{report.kind}/"},
        "invocations": [_invocation(report, [one for one in found if not one.location])],
        "columnKind": "unicodeCodePoints",
        "results": _results(placed, rules),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    severity, said = RULES[rule]
    return {
        "shortDescription": {"text": said},
        "defaultConfiguration": {"level": LEVELS[severity]},
    }


def _invocation(report: Report, found: Sequence[Finding]) -> dict[str, Any]:
    return {
        "executionSuccessful": not report.errors,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [
            {
                "descriptor": {"id": one.rule},
                "level": LEVELS[one.severity],
                "message": {"text": block(one.message, "")},
            }
            for one in found
        ],
    }


def _results(found: Sequence[Finding], rules: Sequence[Rule]) -> list[dict[str, Any]]:
    seen = Counter[str]()
    results = []
    for one in found:
        path = one.location.path if one.location else ""
        key = digest_json([visible(part) for part in (one.rule, path, *one.about)])
        seen[key] += 1
        results.append(
            {
                "ruleId": one.rule,
                "ruleIndex": rules.index(one.rule),
                "level": LEVELS[one.severity],
                "message": {"text": block(f"{one.title}\n{one.message}", "")},
                "locations": [{"physicalLocation": _place(one)}],
                "partialFingerprints": {FINGERPRINT: f"{key.removeprefix('sha256:')}:{seen[key]}"},
            }
        )
    return results


def _place(one: Finding) -> dict[str, Any]:
    if one.location is None:
        raise AssertionError("a result has a place")
    path, line, column = one.location
    where: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if line:
        where["region"] = {"startLine": line, **({"startColumn": column} if column else {})}
    return where


def _artifact(path: str) -> dict[str, str]:
    """A file as a URI reference, from the root of the repository where it isn't absolute."""
    escaped = "".join(
        chr(b) if b in _UNESCAPED else f"%{b:02X}" for b in path.encode(errors="backslashreplace")
    )
    if path.startswith("/"):
        return {"uri": f"file://{escaped}"}
    return {"uri": escaped, "uriBaseId": "%SRCROOT%"}
