"""The table of what was measured: the chosen model, other candidates, the baselines."""

from __future__ import annotations

from collections.abc import Sequence

from pareta_plan.gates.gates import no_better_than
from pareta_plan.gates.savings import savings
from pareta_plan.project.lockfile import Entry, Evidence, Measured, Savings
from pareta_plan.render.verdicts import always
from pareta_plan.words import WIDTH, count, floored, quality, table, times, usd_exactly, wrapped

ROLES = ("chosen", "candidate", "baseline")
COLUMNS = ("role", "quality", "interval", "$/call", "savings", "errors")
FAULTS = {
    "cut": "cut off",
    "refused": "refused",
    "not_json": "no JSON",
    "outside": "outside the labels or the schema",
}
"""What an answer's fault is called."""
FIGURES = frozenset({2, 4, 5, 6})  # the columns that are flush right


def comparison(entry: Entry, evidence: Evidence, width: int = WIDTH) -> list[str]:
    """The table of the chosen model and other open candidates against the baselines."""
    return measured_table(entry.model.resolved.id, evidence, width)


def measured_table(chosen: str, evidence: Evidence, width: int = WIDTH) -> list[str]:
    """The same of whatever model was `chosen` when the evidence was made."""
    measured = measured_rows(chosen, evidence)
    ids, rows = list(measured), list(measured.values())
    remarks = [
        f"{id} answers {usual!r} on nine rows in ten or more"
        for id in ids
        if (usual := evidence.results[id].usual_answer) is not None
    ]
    results = evidence.results
    remarks += [
        always(id, answer)
        for id in ids
        if (answer := no_better_than(results[id], evidence.majority)) is not None
    ]
    remarks += [f"{id}: {said}" for id in ids if (said := _rests_on(evidence, id))]
    wrapped_remarks = (line for remark in remarks for line in wrapped(remark, "  ", width))
    return [*_named_rows(ids, rows, width), *wrapped_remarks]


def taken(evidence: Evidence, width: int = WIDTH) -> list[str]:
    """How many of the rows were bought as needed; nothing of a run that had them all."""
    lines = attempts(evidence, width)
    if evidence.of_rows is None:
        return lines
    rows, of = evidence.rows, evidence.of_rows
    if all(measured.bounds != "sequence" for measured in evidence.results.values()):
        said = f"all {count(of, 'row')} bought: the platform tells no score of a row"
    elif rows < of:
        said = f"{rows:,} of {count(of, 'row')} bought; bounds hold whenever one stops"
    else:
        said = f"all {count(of, 'row')} bought, as needed; bounds hold whenever one stops"
    return [*wrapped(said, "  ", width), *lines]


def attempts(evidence: Evidence, width: int = WIDTH) -> list[str]:
    """That it isn't the first attempt, where it isn't: of many, one passes by chance."""
    if evidence.attempt is None:
        return []
    said = f"attempt {evidence.attempt} at the same question: each may pass or fail by chance"
    return wrapped(said, "  ", width)


def development(
    known: int | None, rows: int, width: int = WIDTH, named: Sequence[str] = ()
) -> list[str]:
    """That some of an eval's rows prove little, since its task's models may have learnt them."""
    if not known:
        return []
    said = (
        f"{known:,} of {count(rows, 'row')} are development rows of the task too, and prove little"
    )
    more = known > len(named)
    where = f": {', '.join(named)}{' and others' if more else ''}" if named else ""
    return wrapped(said + where, "  ", width)


def measured_rows(chosen: str, evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """What `COLUMNS` say of each model, the chosen one first and the baselines last."""
    baselines = {id: m for id, m in evidence.results.items() if m.kind == "frontier"}
    roles = {
        id: "chosen" if id == chosen else "candidate" if m.kind == "open" else "baseline"
        for id, m in evidence.results.items()
    }
    ids = sorted(roles, key=lambda name: ROLES.index(roles[name]))
    return {id: _measured_row(roles[id], evidence.results[id], baselines) for id in ids}


def _rests_on(evidence: Evidence, id: str) -> str:
    """Of a model that didn't answer every row as asked: on how many rows its figures rest."""
    measured = evidence.results[id]
    asked = measured.scored + measured.errors
    faults = [
        f"{count(n, 'answer')} {FAULTS.get(kind, kind)}"
        for kind, n in (measured.faults or {}).items()
    ]
    parts = [f"{', '.join(faults)}, counted as quality 0"] if faults else []
    if measured.errors and measured.scored:
        saved = measured.savings
        paired = f", savings on {saved.rows:,}" if saved and saved.bounds == "rows" else ""
        parts.append(f"quality on {measured.scored:,} of {count(asked, 'row')}{paired}")
    return "; ".join(parts)


def _named_rows(ids: list[str], rows: list[tuple[str, ...]], width: int) -> list[str]:
    """A table of the models' figures; where ids are too long for it, each on a line of its own."""
    named = [("model", *COLUMNS), *((id, *row) for id, row in zip(ids, rows, strict=True))]
    lines = table(named, right=FIGURES)
    if all(len(line) <= width for line in lines):
        return lines
    first, *rest = table([("model", *COLUMNS), *(("", *row) for row in rows)], right=FIGURES)
    return [first, *(line for pair in zip(ids, rest, strict=True) for line in pair)]


def _measured_row(role: str, measured: Measured, baselines: dict[str, Measured]) -> tuple[str, ...]:
    interval = "-"
    if measured.low is not None and measured.high is not None:
        low, high = floored(measured.low, 2), -floored(-measured.high, 2)
        interval = f"{low:.2f}-{high:.2f}"
    saved = measured.savings or (savings(measured, baselines) if role != "baseline" else None)
    cost = usd_exactly(measured.cost_per_request_usd, measured.cost_per_request_micro_usd)
    return (
        role,
        quality(measured.quality),
        interval,
        cost.removeprefix("$").replace("unknown", "-"),
        saved_text(saved),
        str(measured.errors),
    )


def saved_text(saved: Savings | None) -> str:
    """How many times a model's cost a baseline's is; its least where nothing else is known."""
    if saved is None:
        return "-"
    if saved.low is None:
        return "free"
    if saved.times is None or (saved.high is None and saved.bounds == "rounding"):
        return f"at least {times(saved.low)}"
    return times(saved.times)
