"""What a user should know of a lockfile's resolutions that is no error."""

from __future__ import annotations

from collections.abc import Iterator

from pareta_plan.project.lockfile import Entry, Lockfile


def remarks(lockfile: Lockfile) -> list[str]:
    """A line for each workload whose intent fits two tasks, or whose models have no figures."""
    every = sorted(lockfile.workloads.items())
    ambiguous = [line for name, entry in every for line in _ambiguous(name, entry)]
    return ambiguous + [line for name, entry in every for line in _unmeasured(name, entry)]


def _ambiguous(name: str, entry: Entry) -> Iterator[str]:
    if entry.task.ambiguous_with:
        yield (
            f"{name}: the intent fits {entry.task.id} and {entry.task.ambiguous_with} about "
            f"equally well; {entry.task.id} was taken. Settle it with a line `task: ID`."
        )


def _unmeasured(name: str, entry: Entry) -> Iterator[str]:
    """That models were chosen by no figure of this task."""
    lacking = [one for one in entry.candidates() if one.figures]
    if lacking:
        said = ", ".join(f"{one.id} is {one.figures}" for one in lacking)
        named = " ".join(f"--model {one.id}" for one in lacking)
        task = entry.task.id
        yield (
            f"{name}: {said} on {task}; `pareta-plan catalog bench {task} {named}` measures, "
            f"and `pareta-plan lock --upgrade-workload {name}` takes that in"
        )
