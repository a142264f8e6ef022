"""One workload's whole story, for `explain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pareta_plan.gates.course import courses
from pareta_plan.gates.gates import blocks, deciding, judge
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.plan.buying import Buying
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Entry
from pareta_plan.render.comparison import comparison, development, taken
from pareta_plan.render.course import course_lines
from pareta_plan.render.resolution import FACT, resolution
from pareta_plan.render.verdicts import verdict_lines
from pareta_plan.wire import STOPPED, TaskMatchCandidate
from pareta_plan.words import UNPROVEN, WIDTH, Paint, count, laid_out, plain, usd, wrapped


def story_text(
    name: str,
    entry: Entry,
    manifest: Manifest | None,
    close: Sequence[TaskMatchCandidate] | None,
    paint: Paint = plain,
    width: int = WIDTH,
) -> str:
    """What the lockfile knows of a workload; `close` are the tasks that its intent fits today.

    None when no platform was asked.
    """
    lines = [
        paint(name, "bold"),
        *resolution(entry.resolution, width),
        *_also(entry, close),
    ]
    if manifest is None:
        then = ", and apply takes away what is deployed" if entry.deployment else ""
        lines.append(f"manifest  gone{then}")
    lines += ["", *_evidence(name, entry, manifest, paint, width), "", *_deployed(entry)]
    return laid_out(lines)


def _also(entry: Entry, close: Sequence[TaskMatchCandidate] | None) -> list[str]:
    """What else the intent fits, of a task that it was matched to."""
    if entry.task.score is None:
        return []
    if close is None:
        return ["also      what else is close was not asked"]
    others = [
        f"also      {other.task_id} (score {other.score:.2f}, {other.confidence})"
        for other in close
        if other.task_id != entry.task.id
    ]
    return others or ["also      no other task is close"]


def _evidence(
    name: str, entry: Entry, manifest: Manifest | None, paint: Paint, width: int
) -> Iterator[str]:
    evidence = entry.evidence
    if evidence is None:
        scored = f"none yet; apply scores {_rows(entry)}"
        yield f"evidence  {scored if entry.data else 'none: it has no eval'}"
        return
    workload = Workload(name, manifest, entry)
    current, buying = workload.basis == evidence.basis, Buying(workload, reuse=True)
    worth = "reused while nothing that decides it changes"
    if workload.lost_eval:
        worth = "of no use any more: the manifest has no eval"
    elif buying.added:
        worth = f"gone on with: {count(buying.added, 'row')} came after its own"
    elif not current:
        worth = "out of date: what decides it is no longer the same"
    billed = usd(evidence.billed_micro_usd)
    yield f"evidence  {evidence.run_id}, {billed} billed"
    yield f"          {worth}"
    yield from comparison(entry, evidence, width)
    yield from taken(evidence, width)
    yield from development(evidence.development_rows, evidence.rows, width)
    if manifest is None or manifest.eval is None:
        return
    if not current:
        rows = _rows(entry)
        scored = (
            f"goes on after {buying.bought:,} of {rows}" if buying.added else f"scores {rows} anew"
        )
        yield f"decided   by the next apply, which {scored}"
        return
    gates = manifest.eval.gates
    verdicts = judge(gates, evidence, entry.model.resolved.id)
    yield from verdict_lines(verdicts, paint, width)
    yield from course_lines(courses(verdicts, evidence, entry.model.resolved.id), width)
    held = blocks(verdicts, gates)
    if held is not None:
        said = f"decided   not deployable, {held}: {', '.join(deciding(verdicts, held))}"
        yield from wrapped(said, FACT, width)
    elif verdicts:
        yield "decided   deployable: no gate keeps it back"
    else:
        yield "decided   deployable: it has no gates"


def _rows(entry: Entry) -> str:
    return count(entry.data.rows, "row") if entry.data else "its rows"


def _deployed(entry: Entry) -> Iterator[str]:
    if (made := entry.deployment) is None:
        yield "deployed  nothing"
        return
    stopped = ", stopped" if made.state == STOPPED else ""
    yield f"deployed  {made.endpoint} ({made.task}, {made.model}{stopped})"
    if entry.unproven:
        yield f"          {UNPROVEN}"
