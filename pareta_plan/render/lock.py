"""What locking changed, a line a workload."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pareta_plan.lock.resolve import HELD
from pareta_plan.project.lockfile import Entry, LockedCandidate, Lockfile, Resolution
from pareta_plan.words import quality, usd

MOST = 20


def relocked(before: Lockfile | None, after: Lockfile, most: int = MOST) -> Iterator[str]:
    """A line for each resolution that is new, changed or gone, and one for those over `most`."""
    lines = _lines(before.workloads if before else {}, after.workloads)
    yield from islice(lines, most)
    if more := sum(1 for _ in lines):
        yield f"and {more:,} more"


def _lines(before: dict[str, Entry], after: dict[str, Entry]) -> Iterator[str]:
    renamed = {entry.moved_from for entry in after.values()}
    for name in sorted({*after, *(before.keys() - renamed)}):
        if (new := after.get(name)) is None:
            yield f"{name}: no longer there"
        elif told := list(_told(before, name, new)):
            yield f"{name}: {', '.join(told)}"


def _told(before: dict[str, Entry], name: str, new: Entry) -> Iterator[str]:
    old, moved_from = before.get(name), new.moved_from
    if moved_from in before and (old is None or old.moved_from != moved_from):
        yield f"renamed from {moved_from}"
        old = before[moved_from]
    if old:
        yield from _changes(old.resolution, new.resolution)
    else:
        now = _facts(new.resolution)
        yield f"new: task {now['task']}, model {now['model']}"
        yield from (f"{id} price {one.price}" for id, one in _priced(new.resolution))


def _changes(old: Resolution, new: Resolution) -> list[str]:
    """What of a resolution is another than before, figures only of what is still the same."""
    was, now = _facts(old), _facts(new)
    found = [f"{name} {was[name]} -> {now[name]}" for name in was if was[name] != now[name]]
    if old.task.id == new.task.id:
        found += _figures(old, new)
        found += ["scoring"] if old.task.definition != new.task.definition else []
    found += ["intent"] if old.intent != new.intent else []
    return found or ([] if old == new else ["how it was resolved"])


def _facts(made: Resolution) -> dict[str, str]:
    ids = ", ".join(baseline.id for baseline in made.frontier.resolved)
    model = made.model.resolved.id + (" (held)" if made.model.reason == HELD else "")
    return {"task": made.task.id, "model": model, "baselines": ids or "none"}


def _figures(old: Resolution, new: Resolution) -> Iterator[str]:
    was, now = _candidates(old), _candidates(new)
    for id in (id for id in was if id in now):
        before, after = was[id], now[id]
        if before.quality != after.quality:
            yield f"{id} quality {quality(before.quality)} -> {quality(after.quality)}"
        old_price, price = before.cost_per_request_micro_usd, after.cost_per_request_micro_usd
        if old_price != price:
            yield f"{id} price {usd(old_price)} -> {usd(price)}"
        if before.price != after.price:
            yield f"{id} price {before.price or 'unknown'} -> {after.price or 'unknown'}"


def _priced(made: Resolution) -> Iterator[tuple[str, LockedCandidate]]:
    """The project's own models that have a price."""
    return ((id, one) for id, one in _candidates(made).items() if one.price)


def _candidates(made: Resolution) -> dict[str, LockedCandidate]:
    return {each.id: each for each in (made.model.resolved, *made.frontier.resolved)}
