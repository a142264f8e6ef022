"""Where a workload's rows come from: its evidence in the lockfile, and the run on the platform."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pareta_plan import files
from pareta_plan.cli.console import Console
from pareta_plan.cli.locked import entry_of
from pareta_plan.client.remote import EMBEDDED, Reader
from pareta_plan.errors import (
    NotFoundError,
    ParetaError,
    PlatformError,
    StaleError,
    UsageError,
    refuse,
)
from pareta_plan.gates.compared import Compared, Wanted, compare, worst_first
from pareta_plan.gates.pooled import pooled, spans
from pareta_plan.gates.since import Since, since
from pareta_plan.manifest.selection import EVERYTHING, Labels, Selection
from pareta_plan.project import lockfile_bytes
from pareta_plan.project.lockfile import Evidence, Lockfile
from pareta_plan.project.project import MAX_FILE_BYTES, Project
from pareta_plan.project.rows import EvalData
from pareta_plan.render.rows import Shown
from pareta_plan.wire import EvalRun

GIT_SECONDS = 60.0


class Found(NamedTuple):
    """A workload's rows side by side, and what changed since earlier, if that is asked."""

    name: str
    compared: Compared
    since: Since | None = None


class Earlier(NamedTuple):
    """An earlier lockfile, and the words that name it."""

    lockfile: Lockfile
    said: str

    @classmethod
    def at(cls, project: Project, said: str) -> Earlier:
        """The lockfile in a file, or as a revision of git has it.

        Raises UsageError where it is neither, LockfileError for one that can't be read.
        """
        path = Path(said)
        if path.is_file():
            data = files.read_bytes(path, limit=MAX_FILE_BYTES, what="lockfile")
            return cls(lockfile_bytes.parse(data, said), said)
        name = f"{said}:{project.lockfile_name}"
        return cls(lockfile_bytes.parse(_from_git(project, said), name), said)


class Evaluated(NamedTuple):
    """A workload whose evidence is of the rows that it has now, or of the first of them."""

    name: str
    evidence: Evidence
    data: EvalData


def gather(
    console: Console,
    reader: Reader,
    lockfile: Lockfile,
    names: Sequence[str],
    earlier: Earlier | None = None,
    selection: Selection = EVERYTHING,
) -> list[Found]:
    """The named workloads' rows; without names those of all selected that have any.

    With a note of others.
    Raises what keeps a named one from being shown, or all of them.
    """
    refuse_other_platform(reader, lockfile)
    scored = [name for name, entry in lockfile.workloads.items() if entry.evidence]
    wanted = names or [name for name in scored if selection.holds(name, _labels(console, name))]
    found, refused = [], []
    for name in wanted:
        try:
            found.append(_found(console.project, reader, lockfile, name, earlier))
        except ParetaError as why:
            refused.append(why)
    if names or not found:
        refuse(refused)
    if not found:
        raise StaleError(
            f"no {'selected ' if selection else ''}workload has evidence yet: no rows were scored",
            hint="Run `pareta-plan apply`: it scores them, and says beforehand what that costs.",
        )
    console.remark(refused)
    return found


def _labels(console: Console, name: str) -> Labels:
    """A workload's labels; none where its manifest is gone."""
    item = console.project.located.get(name)
    return item.manifest.labels if item else {}


def shown(found: Found, wanted: Wanted, limit: int | None = None) -> Shown:
    """The rows that are asked for, those that cost quality first."""
    rows = worst_first(found.compared, wanted.of(found.compared))
    return Shown(
        name=found.name,
        compared=found.compared,
        rows=rows[:limit],
        found=len(rows),
        since=found.since,
        limit=limit,
    )


def _found(
    project: Project, reader: Reader, lockfile: Lockfile, name: str, earlier: Earlier | None
) -> Found:
    now = evaluated(project, lockfile, name)
    made = compared(reader, now)
    if earlier is None:
        return Found(name, made)
    return Found(name, made, since(compared(reader, before(now, earlier)), made))


def evaluated(project: Project, lockfile: Lockfile, name: str) -> Evaluated:
    """What is known of a workload's rows. Raises UsageError or StaleError where that is nothing."""
    entry, data = entry_of(project, lockfile, name), project.data.get(name)
    if name not in project.located:
        raise UsageError(
            f"the manifest of {name} is gone, and its rows with it",
            hint="Bring it back to see them; the next apply takes away what is deployed.",
        )
    if data is None:
        raise UsageError(
            f"{name} has no eval, and so no rows to show",
            hint="Give its manifest an `eval`, as docs/manifest.md shows, and run "
            "`pareta-plan apply`.",
        )
    if entry.evidence is None or not entry.evidence.basis.candidates:
        raise StaleError(
            f"{name} has no evidence yet: its rows were not scored",
            hint="Run `pareta-plan apply`: it scores them, and says beforehand what that costs.",
        )
    if entry.added:  # those that were scored are as they were
        data = data.part(range(len(data.rows) - entry.added))
    if entry.evidence.basis.rows != data.digest:
        raise StaleError(
            f"the rows of {name} changed since they were scored",
            hint="Run `pareta-plan apply`: it scores them as they are now.",
        )
    return Evaluated(name, entry.evidence, data)


def before(found: Evaluated, earlier: Earlier) -> Evaluated:
    """The same rows with the evidence of an earlier lockfile. Raises UsageError without any."""
    entry, said = earlier.lockfile.workloads.get(found.name), earlier.said
    if entry is None or entry.evidence is None or not entry.evidence.basis.candidates:
        raise UsageError(
            f"{found.name} has no evidence in {said}",
            hint="Name an older or a newer lockfile after --before.",
        )
    if entry.evidence.run_id == found.evidence.run_id:
        raise UsageError(
            f"the evidence of {found.name} in {said} is the present one: nothing changed since",
            hint="Name an older lockfile after --before.",
        )
    if entry.evidence.basis.rows != found.data.digest:
        raise UsageError(
            f"{found.name} was evaluated on other rows in {said}: no row has a before",
            hint="What changed on the whole: `pareta-plan explain` in both checkouts.",
        )
    return found._replace(evidence=entry.evidence)


def compared(reader: Reader, found: Evaluated) -> Compared:
    """The rows side by side, from the run on the platform.

    Raises PlatformError where the platform has it no more, or tells nothing of its rows.
    """
    made = compare(_run(reader, found), found.data, found.evidence)
    if not made.is_kept:
        raise PlatformError(
            f"{found.name}: {reader.name} tells nothing of single rows of the run "
            f"{found.evidence.run_id}",
            hint=f"What it tells of them all: `pareta-plan explain {found.name}`.",
        )
    return made


def _run(reader: Reader, found: Evaluated) -> EvalRun:
    try:
        return pooled(
            [(reader.run(id), places) for id, places in spans(found.evidence, found.data)]
        )
    except NotFoundError:
        where = " It is kept in .pareta/ where it was made." if reader.platform == EMBEDDED else ""
        raise PlatformError(
            f"{found.name}: the run {found.evidence.run_id} isn't on {reader.name}",
            hint=f"`pareta-plan apply --no-reuse` scores the rows anew, which is billed.{where}",
        ) from None


def refuse_other_platform(reader: Reader, lockfile: Lockfile) -> None:
    """Refuse to look for runs where they weren't made. Raises StaleError."""
    if reader.platform != lockfile.platform:
        raise StaleError(
            f"the evidence is of {lockfile.platform}; this is {reader.platform}",
            hint="PARETA_BASE_URL and PARETA_API_KEY name the platform; without them it is the "
            "embedded one.",
        )


def _from_git(project: Project, revision: str) -> bytes:
    """What git has of the lockfile; it is only read, and no filter of the repository is run."""
    import subprocess

    blob = f"{revision}:./{project.lockfile_name}"
    command = ["git", "-C", str(project.root), "cat-file", "blob", blob]
    try:
        if revision.startswith("-"):
            raise OSError
        got = subprocess.run(command, capture_output=True, check=True, timeout=GIT_SECONDS)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise UsageError(
            f"--before {revision} is neither a lockfile nor a revision of git that has "
            f"{project.lockfile_name}",
            hint="Name a file, or a commit, tag or branch that is here: `git fetch` brings more.",
        ) from None
    return got.stdout
