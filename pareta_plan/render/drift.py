"""What moved away from the lockfile, a line a thing, and how much did."""

from __future__ import annotations

from collections.abc import Sequence

from pareta_plan.plan.drift import Drift, Kind
from pareta_plan.words import WIDTH, count, laid_out, wrapped


def drift_text(found: Sequence[Drift], width: int = WIDTH) -> str:
    """Every thing that moved, then how many did."""
    moved = f"{count(len(found), 'thing')} moved." if found else "No drift."
    lines = [line for one in found for line in _lines(one, width)]
    return laid_out([*lines, moved, *_remedies(found)])


def _remedies(found: Sequence[Drift]) -> list[str]:
    """What to run where figures are of something else than what is served now."""
    names = {one.workload: None for one in found if one.kind is Kind.SERVED_CHANGED}
    return [f"`pareta-plan apply --no-reuse --target {name}` measures it anew." for name in names]


def _lines(drift: Drift, width: int) -> list[str]:
    if drift.workload is None:
        said = f"{drift.subject}  {drift.kind}" + (f": {drift.now}" if drift.now else "")
    else:
        moved = f"{drift.locked or 'nothing'} -> {drift.now or 'nothing'}"
        subject = "" if drift.subject in (drift.locked, drift.now) else f" {drift.subject}"
        said = f"{drift.workload}  {drift.kind}{subject}: {moved}"
    return wrapped(said, "    ", width)
