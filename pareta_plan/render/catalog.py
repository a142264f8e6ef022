"""What a platform offers: its tasks, an intent's matches, leaderboards, baselines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from pareta_plan.escapes import json_visible
from pareta_plan.lock.resolve import NEW_TASK, SYNTHETIC, bench_command
from pareta_plan.wire import Contract, FrontierModel, Leaderboard, Task, TaskMatch
from pareta_plan.words import WIDTH, Paint, laid_out, plain, quality, table, usd_exactly, wrapped

NO_BOARD = "The platform ranks no models; its model is `auto`, a router."


def tasks_text(tasks: Iterable[Task]) -> str:
    """A table of all tasks."""
    rows = [("task", "input", "scorer", "rows", "title")]
    for task in tasks:
        kind = "document" if task.has_blob_input else "text"
        scorer, origin = task.default_scorer or "-", task.rows or "-"
        rows.append((task.id, kind, scorer, origin, task.title or ""))
    return laid_out(table(rows))


def task_text(
    task: Task, board: Leaderboard | None, paint: Paint = plain, width: int = WIDTH
) -> str:
    """A task: what its rows look like, with examples, and its leaderboard, if there are any."""
    lines = [paint(f"{task.id}: {task.title}", "bold")]
    for line in (task.description or "").split("\n"):
        lines += wrapped(line, "", width)
    lines.append("")
    for part, schema in (("input", task.input_schema), ("expected", task.output_schema)):
        lines += _json(f"{part}: ", schema, indent=2)
    for row in task.examples or []:
        lines += _json("example: ", row)
    return laid_out([*lines, "", *(_board(board) if board else [NO_BOARD])])


def _json(head: str, value: object, indent: int | None = None) -> list[str]:
    """Lines of JSON that a reader can copy."""
    return json_visible(head + json.dumps(value, indent=indent, ensure_ascii=False)).split("\n")


def match_text(match: TaskMatch, contract: Contract | None = None) -> str:
    """The task that an intent matches, how near the candidates are, and what rows say of it."""
    chosen = match.chosen.task_id if match.matched and match.chosen else "no task"
    rows = [("candidate", "score", "confidence")]
    rows += [(c.task_id, f"{c.score:.2f}", c.confidence) for c in match.candidates]
    head = f"{chosen}{' (ambiguous)' if match.ambiguous else ''}"
    lines = [head, *table(rows, right=frozenset({1}))]
    if not (match.matched or match.ambiguous):
        lines += wrapped(f"Where none of these is the job: {NEW_TASK}", "  ")
    return laid_out([*lines, *(_contract(contract) if contract else ())])


def _contract(rows: Contract) -> Iterator[str]:
    yield ""
    yield from wrapped(f"rows: {rows.message}", "  ")
    proposals = [
        (one["task_id"], one["confidence"], one.get("warning", "")) for one in rows.proposals
    ]
    if proposals:
        yield from table([("fits", "confidence", ""), *proposals])


def roster_text(roster: Iterable[FrontierModel]) -> str:
    """A table of the baselines."""
    rows = [("baseline", "vendor", "reads", "benchmarked")]
    for model in roster:
        reads = "documents, text" if model.vision else "text"
        rows.append((model.id, model.vendor or "-", reads, "yes" if model.benchmarked else "no"))
    return laid_out(table(rows))


def board_text(board: Leaderboard) -> str:
    """A leaderboard, best model first."""
    return laid_out(_board(board))


def _board(board: Leaderboard) -> list[str]:
    if not board.models:
        return [f"{board.task_id} has no measured models yet"]
    rows = [("model", "kind", board.metric or "quality", "$/request", "context", "")]
    for entry in board.models:
        note = "recommended" if entry.name == board.recommended else entry.standing or ""
        context = f"{entry.context_k}k" if entry.context_k else "-"
        price = usd_exactly(entry.cost_per_request_usd, entry.cost_per_request_micro_usd)
        rows.append((entry.name, entry.kind, quality(entry.quality), price, context, note))
    lines = table(rows, right=frozenset({2, 3, 4}))
    lines += wrapped(told, "  ") if (told := _no_better(board)) else []
    lines += wrapped(on, "  ") if (on := _origin(board)) else []
    if lacking := [entry for entry in board.models if entry.standing]:
        lines += wrapped(
            f"`{bench_command(board.task_id, lacking)}` measures what isn't yet.", "  "
        )
    return lines


def _origin(board: Leaderboard) -> str:
    """What kind of rows it was measured on, where that is known."""
    if board.rows == SYNTHETIC:
        return "Measured on synthetic rows, which were written for it: on yours it will differ."
    return f"Measured on real rows: {board.source}." if board.source else ""


def _no_better(board: Leaderboard) -> str:
    """Which models one answer to everything would equal; a gap to such a one shows nothing."""
    if board.majority is None:
        return ""
    most = board.majority.quality
    names = [e.name for e in board.models if e.quality is not None and e.quality <= most]
    verb = "is" if len(names) == 1 else "are"
    always = f"always answering {board.majority.answer!r} ({quality(most)})"
    return f"{', '.join(names)} {verb} no better than {always}." if names else ""
