"""The comment on a pull request: a review as Markdown, from the verdict to the whole plan.

It is read on GitHub, whose alerts it uses; other renderers show them as quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from pareta_plan.plan.model import Plan
from pareta_plan.plan.result import Status
from pareta_plan.plan.steps import Delete
from pareta_plan.policy.violation import blocking
from pareta_plan.render.calling import START_SERVE, called_as, curl
from pareta_plan.render.plan import dollars, plan_text
from pareta_plan.reports.fitting import Block, Limit, fitted, octets
from pareta_plan.reports.losses import Losses
from pareta_plan.reports.markdown_lock import lock_blocks
from pareta_plan.reports.markdown_other import alert, blocks, commit, footer
from pareta_plan.reports.markdown_table import HEADER, ordered, table_row
from pareta_plan.reports.markdown_text import LONGEST, code, fenced, prose
from pareta_plan.reports.report import Kind, Locked, Origin, Report
from pareta_plan.reports.review import Gate, Level, Problem, Review, Row
from pareta_plan.reports.reviewing import review
from pareta_plan.reports.verdict import verdict
from pareta_plan.words import count, usd

SUMMARY = Limit(2**20, octets)
"""GitHub cuts off a step's summary beyond 1 MiB."""

REVIEWED = (Kind.PLAN, Kind.APPLY)
ALERTS = {
    Level.ERROR: "CAUTION",
    Level.GATE_FAILED: "CAUTION",
    Level.POLICY: "CAUTION",
    Level.INCONCLUSIVE: "WARNING",
    Level.HELD_BACK: "WARNING",
    Level.CHANGES: "NOTE",
    Level.NOTHING: "TIP",
}
_URL = re.compile(r"https?://[\w.:-]+(?:/[\w.~%+-]+)*/?(?:[?#][\w=&%+-]*)?", re.ASCII)
NAMED = 10
"""Most workloads that one line names."""


def render(report: Report) -> str:
    """The Markdown of a step's summary: all there is to say, as far as a summary goes."""
    return markdown(report, SUMMARY)


def markdown(report: Report, limit: Limit) -> str:
    """A report as Markdown within a limit."""
    if report.kind in REVIEWED:
        return comment(review(report), report.origin, limit)
    told = blocks(report)
    if isinstance(report.subject, Locked) and not report.errors:
        told = lock_blocks(report, report.subject)
    return fitted(
        list(told),
        limit,
        partial(_left_out, report.origin),
        Block(0, footer(commit(report.origin))),
    )


def comment(review: Review, origin: Origin, limit: Limit) -> str:
    """The review as Markdown within a limit, however much there is to say."""
    parts = [block for block in _blocks(review) if block.head or block.items]
    return fitted(parts, limit, partial(_left_out, origin), _footer(review, origin))


def _blocks(review: Review) -> Iterator[Block]:
    yield _alert(review)
    yield _list(87, "problem", _problems(review.problems))
    yield _table(review)
    yield _list(70, "objection", _against(review))
    yield _deletions(review)
    yield Block(90, [line for line in (_unproven(review), _cost(review)) if line])
    yield _calls(review)
    yield _folded(40, "Why each", "reason", map(_why, ordered(review.rows)))
    yield _folded(30, "The rows that cost the most quality", "row list", _losses(review))
    yield _whole_plan(review)


def _alert(review: Review) -> Block:
    kind = ALERTS[review.level]
    if review.applied and review.level is Level.CHANGES and review.is_done:
        kind = ALERTS[Level.NOTHING]
    return alert(kind, review.kind, verdict(review))


def _list(weight: int, noun: str, items: Iterable[str]) -> Block:
    return Block(weight, items=[f"- {item}" for item in items], noun=noun)


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    """What is wrong; of a single problem, which the verdict tells, where and what to do next."""
    if len(problems) == 1 and len(problems[0].message) < LONGEST:
        (one,) = problems
        rest = [code(one.place)] if one.place else []
        rest += [prose(one.hint)] if one.hint else []
        yield from [" ".join(rest)] if rest else []
        return
    yield from map(_problem, problems)


def _problem(problem: Problem) -> str:
    place = f"{code(problem.place)} " if problem.place else ""
    hint = f" {prose(problem.hint)}" if problem.hint else ""
    return f"{place}{_sentence(problem.message)}{hint}"


def _sentence(text: str) -> str:
    """Prose with an end."""
    shown = prose(text)
    return shown if shown.endswith((".", "!", "?")) else f"{shown}."


def _table(review: Review) -> Block:
    rows = [table_row(row) for row in ordered(review.rows)]
    return Block(85, HEADER, rows, noun="table row") if rows else Block(85)


def _against(review: Review) -> Iterator[str]:
    """What speaks against it, figure by figure: gates, failures, rules, and what apply refuses."""
    for row in ordered(review.rows):
        for gate in row.gates:
            if gate.blocks:
                yield f"{code(row.workload)}: {_gate(gate)}"
        if row.problem:
            yield f"{code(row.workload)} {row.status or 'failed'}: {_problem(row.problem)}"
    for one in blocking(review.violations):
        whose = code(one.workload) if one.workload else "The project"
        rule = f"breaks the rule {code(one.rule)} ({code(str(one.rule_at))})"
        yield f"{whose} {rule}: {prose(one.found)}, allowed: {_sentence(one.allowed)}"
    if review.refusal:
        yield f"Apply would refuse this plan: {_problem(review.refusal)}"


def _gate(gate: Gate) -> str:
    if gate.outcome is None:
        limit = "" if gate.limit is None else f" of {code(f'{gate.limit:g}')}"
        return f"{code(gate.name)}{limit} is decided by apply"
    figures = f": {code(gate.said)}" if gate.said else ""
    return f"{code(gate.name)} **{gate.outcome}**{figures}"


def _deletions(review: Review) -> Block:
    items = [f"> - {_deletion(row)}" for row in ordered(review.rows) if row.deletes]
    return Block(88, ["> [!WARNING]"], items, noun="deletion") if items else Block(88)


def _deletion(row: Row) -> str:
    steps = row.change.steps
    gone = ", ".join(code(step.endpoint) for step in steps if isinstance(step, Delete))
    what = "was deleted" if row.status is Status.DONE else "is deleted, with nothing in its place"
    return f"{code(row.workload)}: {gone} {what}: {_sentence(row.change.why)}"


def _unproven(review: Review) -> str:
    names = [code(row.workload) for row in ordered(review.rows) if row.unproven]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    shown = ", ".join(names[:NAMED]) + more
    them = "it" if len(names) == 1 else "them"
    said = f"\u26a0\ufe0f **Unproven:** {shown}: nobody measured {them} on your rows.\n"
    return said if names else ""


def _cost(review: Review) -> str:
    if review.plan is None:
        return ""
    likely = review.reserve_micro_usd
    about = "an unknown sum, as a model has no price"
    if likely is not None:
        about = f"an estimated {code(usd(likely))}"
    if review.applied:
        before = "" if likely is None else f"; {code(usd(likely))} was estimated"
        said = f"{code(usd(review.billed_micro_usd))} billed{before}."
    elif likely == 0:
        said = "nothing."
    else:
        whose = "lockfile" if review.plan.observed is None else "leaderboard"
        said = f"{about} at the {whose}'s prices; nothing is billed until it is applied."
    return f"**Cost:** {said} {_platform(review.plan)}{_recorded(review.plan)}"


def _recorded(plan: Plan) -> str:
    if plan.observed is None:
        return " The plan is made from the lockfile alone: the platform was not asked."
    if plan.as_recorded:
        return " Deployments are taken from the lockfile: this checkout never brought them up."
    return ""


def _platform(plan: Plan) -> str:
    """What the platform is, and whether its dollars are real."""
    if not plan.billed:
        return f"On the embedded platform: {dollars(plan)}."
    return f"On {code(plan.platform)}: {dollars(plan)}."


def _calls(review: Review) -> Block:
    """How to call what an apply brought up: it answers under its name whatever serves it."""
    plan = review.plan
    called = [called_as(row.change, row.status) for row in ordered(review.rows)]
    names = [name for name in called if name]
    if not names or plan is None:
        return Block(35)
    opens, lines, closes = fenced(curl(names[0]))
    head = ["<details>", f"<summary>How to call {count(len(names), 'workload')}</summary>", ""]
    asked = ", ".join(map(code, names[:NAMED])) + (" ..." if len(names) > NAMED else "")
    where = f"; {prose(START_SERVE)}" if not plan.billed else ""
    told = [f"Ask for {asked}{where}:", "", opens, *lines, closes, "", "</details>"]
    return Block(35, [*head, *told])


def _folded(weight: int, title: str, noun: str, items: Iterable[str]) -> Block:
    head = ["<details>", f"<summary>{title}</summary>", ""]
    listed = list(items)
    return Block(weight, head, listed, ["", "</details>"], noun) if listed else Block(weight)


def _why(row: Row) -> str:
    lines = [f"- {code(row.workload)}: {_sentence(row.change.why)}"]
    if made := row.change.resolution:
        lines.append(f"  - {code(made.model.resolved.id)}: {_sentence(made.model.reason)}")
    lines += [f"  - {_gate(gate)}" for gate in row.gates if not gate.blocks]
    if row.evidence:
        lines.append(f"  - evidence: {code(row.evidence.run_id)}")
    return "\n".join(lines)


def _losses(review: Review) -> Iterator[str]:
    for row in ordered(review.rows):
        if row.recalled:
            yield from _of_one(row, row.recalled.losses)


def _of_one(row: Row, losses: Losses) -> Iterator[str]:
    against = code(losses.baseline) if losses.baseline else "a faultless answer"
    if losses.unknown:
        yield f"- {code(row.workload)}: {_sentence(losses.unknown)}"
        return
    if not losses.rows:
        yield f"- {code(row.workload)}: no row on which it scored below {against}."
        return
    lines = [f"- {code(row.workload)} against {against}:"]
    for one in losses.rows:
        scores = f"{one.score:.3f} against {one.baseline:.3f}"
        text = f": {code(one.text)}" if one.text is not None else ""
        lines.append(f"  - {code(one.row)} {scores}{text}")
    yield "\n".join(lines)


def _whole_plan(review: Review) -> Block:
    if review.plan is None or not review.rows:
        return Block(20)
    opens, lines, closes = fenced(plan_text(review.plan).split("\n"))
    head = ["<details>", "<summary>The whole plan</summary>", "", opens]
    return Block(20, head, lines, [closes, "", "</details>"], "plan line")


def _left_out(origin: Origin, said: str) -> Block:
    where = f" [The run has it all]({origin.more})." if _URL.fullmatch(origin.more) else ""
    return Block(0, [f"> **Left out here, for want of space:** {said}.{where}"])


def _footer(review: Review, origin: Origin) -> Block:
    parts = commit(origin)
    if review.plan:
        digest = review.plan.digest.removeprefix("sha256:")[:12]
        parts += [f"plan {code(digest)}", f"pareta-plan {code(review.plan.tool, 40)}"]
        parts += [f"for {code(str(review.plan.scope), 100)}"] if review.plan.scope else []
    parts += _age(review, origin.now)
    lines = footer(parts)
    if review.command and not review.applied and _is_open(review):
        lines += ["", f"Apply it with {code(review.command, 500)}"]
    return Block(0, lines)


def _is_open(review: Review) -> bool:
    """Whether there is something that apply would do."""
    kept = review.level in (Level.ERROR, Level.POLICY)
    return not kept and bool(review.of(Level.CHANGES))


def _age(review: Review, now: float | None) -> list[str]:
    """How old the evidence is that the figures come from."""
    found = [row for row in review.rows if row.evidence]
    if not found:
        return []
    told = [
        row.recalled.measured for row in found if row.recalled and row.recalled.measured is not None
    ]
    if now is None or len(told) < len(found):
        return ["evidence of unknown age"]
    oldest = max(0, int((now - min(told)) / 86_400))
    return [f"evidence at most {count(oldest, 'day')} old" if oldest else "evidence of today"]
