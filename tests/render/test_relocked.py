"""What `lock` tells of what it changed."""

from __future__ import annotations

from pareta_plan.project.lockfile import Entry, Lockfile
from pareta_plan.render.lock import relocked
from tests.entries import entry


def locked(**workloads: Entry) -> Lockfile:
    return Lockfile(platform="embedded", workloads=workloads)


def told(old: Entry, new: Entry) -> list[str]:
    return [*relocked(locked(a=old), locked(a=new))]


def test_what_stays_is_not_told() -> None:
    assert told(entry(), entry(rows=9)) == []


def test_many_lines_end_with_how_many_more() -> None:
    many = locked(**{f"w{n:02}": entry() for n in range(25)})
    lines = [*relocked(None, many)]
    assert lines[0] == "w00: new: task parcel-status, model linear-1"
    assert len(lines) == 21
    assert lines[-1] == "and 5 more"


def test_a_change_without_other_models_or_figures_is_told_too() -> None:
    old = entry()
    scored = old.task.model_copy(update={"definition": "sha256:other"})
    assert told(old, old.model_copy(update={"task": scored})) == ["a: scoring"]
    pinned = old.task.model_copy(update={"matcher": "pinned"})
    assert told(old, old.model_copy(update={"task": pinned})) == ["a: how it was resolved"]


def test_a_name_that_a_new_workload_took_is_told() -> None:
    hired = entry().model_copy(update={"moved_from": "held"})
    lines = [*relocked(locked(held=entry()), locked(hired=hired, held=entry("bayes-1")))]
    assert lines == ["held: model linear-1 -> bayes-1", "hired: renamed from held"]
