"""One workload's whole story, for `explain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pareta_plan.gates import blocks, judge
from pareta_plan.lockfile import Entry
from pareta_plan.manifest import Manifest
from pareta_plan.render.text import comparison, resolution, verdict_lines
from pareta_plan.render.words import Paint, count, plain, usd, visible
from pareta_plan.wire import TaskMatchCandidate
from pareta_plan.workload import Workload


def story_text(
    name: str,
    entry: Entry,
    manifest: Manifest | None,
    close: Sequence[TaskMatchCandidate],
    paint: Paint = plain,
) -> str:
    """What the lockfile knows of a workload; `close` are the tasks that its intent fits today."""
    lines = [paint(visible(name), "bold"), *resolution(entry.resolution)]
    others = [candidate for candidate in close if candidate.task_id != entry.task.id]
    for other in others:
        words = f"also      {other.task_id} (score {other.score:.2f}, {other.confidence})"
        lines.append(visible(words))
    lines += ["", *_evidence(name, entry, manifest, paint), "", _deployed(entry)]
    return "\n".join(lines)


def _evidence(name: str, entry: Entry, manifest: Manifest | None, paint: Paint) -> Iterator[str]:
    evidence = entry.evidence
    if evidence is None:
        rows = count(entry.data.rows, "row") if entry.data else None
        yield (
            f"evidence  none yet; apply scores {rows}" if rows else "evidence  none: it has no eval"
        )
        return
    current = Workload(name, manifest, entry).basis == evidence.basis
    worth = "reused while nothing that decides it changes" if current else "out of date"
    billed = usd(evidence.billed_micro_usd)
    yield visible(f"evidence  {evidence.run_id}, {billed} billed")
    yield f"          {worth}"
    yield from comparison(entry, evidence)
    if manifest is None or manifest.eval is None:
        return
    gates = manifest.eval.gates
    verdicts = judge(gates, evidence, entry.model.resolved.id)
    yield from verdict_lines(verdicts, paint)
    held = blocks(verdicts, gates)
    if held is not None:
        deciding = [verdict.gate for verdict in verdicts if verdict.outcome is held]
        yield f"decided   not deployable: {', '.join(deciding)} says {held}"
    elif verdicts:
        yield "decided   deployable: no gate keeps it back"
    else:
        yield "decided   deployable: it has no gates"


def _deployed(entry: Entry) -> str:
    if entry.deployment is None:
        return "deployed  nothing"
    made = entry.deployment
    return visible(f"deployed  {made.endpoint} ({made.task}, {made.model})")
