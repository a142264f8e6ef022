"""What locking changed, as Markdown: models and figures before and after, a row a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pareta_plan.project.lockfile import Entry, LockedCandidate, Lockfile, Measured
from pareta_plan.render.lock import relocked
from pareta_plan.reports.fitting import Block
from pareta_plan.reports.markdown_other import alert
from pareta_plan.reports.markdown_text import cell, code, prose
from pareta_plan.reports.report import Locked, Report
from pareta_plan.words import count, quality, usd

COLUMNS = ("Workload", "Model", "Quality", "Best baseline", "Cost a request", "On your rows")
HEADER = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
NO = "none"
UNKNOWN = "unknown"
UNMEASURED = "not measured"


def lock_blocks(report: Report, locked: Locked) -> Iterator[Block]:
    """The verdict, a table of what changed, and all that moved in words."""
    before = locked.before.workloads if locked.before else {}
    names = _changed(before, locked.after)
    if not names:
        yield alert("TIP", report.kind, f"Nothing changed in {locked.name}.")
        return
    yield alert("NOTE", report.kind, f"{locked.name}: {count(len(names), 'workload')} changed.")
    rows = [_row(name, before.get(name), locked.after.workloads.get(name)) for name in names]
    yield Block(85, HEADER, rows, noun="table row")
    yield Block(80, ["Quality and cost are the leaderboard's, as the lockfile has them."])
    every = len(before) + len(locked.after.workloads)
    lines = [f"- {prose(line)}" for line in relocked(locked.before, locked.after, every)]
    head = ["<details>", "<summary>All that moved</summary>", ""]
    yield Block(50, head, lines, ["", "</details>"], "line")


def _changed(before: dict[str, Entry], after: Lockfile) -> list[str]:
    """The workloads that are new, gone, or resolved to something else, by name."""
    renamed = {entry.moved_from for entry in after.workloads.values()}

    def differs(name: str) -> bool:
        old, new = before.get(name), after.workloads.get(name)
        return old is None or new is None or old.resolution != new.resolution

    return sorted(filter(differs, {*after.workloads, *(before.keys() - renamed)}))


def _row(name: str, old: Entry | None, new: Entry | None) -> str:
    cells = (
        code(name),
        _moved(old, new, lambda entry: code(entry.model.resolved.id)),
        _moved(old, new, lambda entry: _quality(entry.model.resolved)),
        _moved(old, new, _baseline),
        _moved(old, new, lambda entry: _cost(entry.model.resolved)),
        _moved(old, new, lambda entry: _measured(entry, old or entry)),
    )
    return f"| {' | '.join(map(cell, cells))} |"


def _moved(old: Entry | None, new: Entry | None, tell: Callable[[Entry], str]) -> str:
    """What is told of an entry before and after, once where it is the same."""
    told = [tell(entry) if entry else NO for entry in (old, new)]
    return told[1] if told[0] == told[1] or old is None else f"{told[0]} \u2192<br>{told[1]}"


def _quality(candidate: LockedCandidate) -> str:
    return UNKNOWN if candidate.quality is None else quality(candidate.quality)


def _cost(candidate: LockedCandidate) -> str:
    price = candidate.cost_per_request_micro_usd
    return UNKNOWN if price is None else code(usd(price))


def _baseline(entry: Entry) -> str:
    """The baseline of the highest quality, with that."""
    found = entry.frontier.resolved
    best = max(found, key=lambda one: -1.0 if one.quality is None else one.quality, default=None)
    return f"{code(best.id)} {_quality(best)}" if best else NO


def _measured(entry: Entry, evaluated: Entry) -> str:
    """What the evidence at hand says of an entry's model: it may be of another one, too."""
    evidence = evaluated.evidence
    same = evidence is not None and entry.data and evidence.basis.rows == entry.data.digest
    if evidence is None or not same or evidence.basis.task != entry.task.id:
        return UNMEASURED
    found = evidence.results.get(entry.model.resolved.id)
    return _figures(found) if found else UNMEASURED


def _figures(measured: Measured) -> str:
    if measured.quality is None:
        return UNMEASURED
    shown = f"{quality(measured.quality)} ({count(measured.scored, 'row')})"
    if measured.low is None or measured.high is None:
        return shown
    return f"{shown}, {quality(measured.low)} to {quality(measured.high)}"
