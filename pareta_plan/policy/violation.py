"""What breaks a project's policy: light, as every plan is asked for it and most have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pareta_plan.errors import Location

if TYPE_CHECKING:
    from pareta_plan.manifest.rules import Waiver


@dataclass(frozen=True)
class Violation:
    """A rule that is broken; `workload` is None when the whole project breaks it."""

    rule: str
    workload: str | None
    found: str
    allowed: str
    rule_at: Location
    manifest_at: Location | None
    hint: str
    waiver: Waiver | None = None
    expired: Waiver | None = None
    """A waiver that no longer holds."""


def blocking(found: Iterable[Violation]) -> list[Violation]:
    """Those that aren't waived."""
    return [violation for violation in found if violation.waiver is None]
