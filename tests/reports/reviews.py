"""Reviews made at random, of what anybody may have written."""

from __future__ import annotations

from hypothesis import strategies as st

from pareta_plan.errors import Location
from pareta_plan.gates.gates import Outcome
from pareta_plan.manifest.rules import Waiver
from pareta_plan.plan.model import Action, Change, Class, Plan, Reason, State
from pareta_plan.plan.result import Status
from pareta_plan.plan.steps import Delete, Deploy, Evaluate, Hold, Record
from pareta_plan.policy.violation import Violation
from pareta_plan.project.lockfile import (
    Evidence,
    LockedCandidate,
    LockedFrontier,
    LockedModel,
    LockedTask,
    Resolution,
)
from pareta_plan.reports.losses import Loss, Losses, Recalled
from pareta_plan.reports.report import Kind
from pareta_plan.reports.review import Figures, Gate, Problem, Review, Row

HOSTILE = [
    "@octocat",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<script>alert(1)</script>",
    "<!-- pareta-plan -->",
    "</details></table>",
    "| a | b |",
    "a|b",
    "\\|",
    "`code`",
    "```\nfence\n```",
    "~~~",
    "https://evil.example",
    "www.evil.example",
    "mailto:a@b.example",
    "me@evil.example",
    "#123",
    "GH-123",
    "owner/repo#1",
    "owner@0123456789abcdef0123456789abcdef01234567",
    "0123456789abcdef0123456789abcdef01234567",
    "&lt;b&gt; &#64;octocat &commat;octocat",
    "**bold** _em_ ~~gone~~",
    "$\\sqrt{2}$ $`x`$",
    "# heading",
    "> quote",
    "> [!CAUTION]",
    "- [ ] item",
    "1. item",
    "[^1] [ref]: https://evil.example",
    ":rocket:",
    "\u202etxt.exe",
    "\u200b\u2066x\u2069",
    "a\tb\r\nc\u2028d\x85e",
    "\x1b[31mred\x1b[0m",
    "##vso[task.setvariable]x",
    "::error::x",
    "\U000e0041\U000e0042",
    "    indented",
    "---",
    "a\\",
    "\\",
    "ends with `",
    "",
]

texts = (
    st.sampled_from(HOSTILE)
    | st.text(max_size=40)
    | st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4).map(" ".join)
)
shares = st.none() | st.floats(0, 1)
micro = st.none() | st.integers(0, 10**12)
figures = st.builds(
    Figures,
    model=texts,
    quality=shares,
    low=shares,
    high=shares,
    cost_micro_usd=micro,
    rows=st.none() | st.integers(0, 10**6),
    task=st.none() | texts,
)
gates = st.builds(
    Gate,
    name=st.sampled_from(["min_quality", "max_gap_to_frontier"]) | texts,
    limit=st.none() | st.floats(0, 1),
    outcome=st.none() | st.sampled_from(Outcome),
    said=texts,
    allowed=st.booleans(),
)
violations = st.builds(
    Violation,
    rule=texts,
    workload=st.none() | texts,
    found=texts,
    allowed=texts,
    rule_at=st.builds(Location, texts, st.integers(0, 99)),
    manifest_at=st.none() | st.builds(Location, texts),
    hint=texts,
    waiver=st.none()
    | st.builds(
        Waiver.model_construct,
        rule=texts,
        workload=texts,
        reason=texts,
        expires=st.just("2031-01-01"),
    ),
)
problems = st.builds(Problem, message=texts, hint=texts, place=texts)
losses = st.builds(
    Losses,
    baseline=texts,
    rows=st.lists(
        st.builds(
            Loss,
            row=texts,
            score=st.floats(0, 1),
            baseline=st.floats(0, 1),
            text=st.none() | texts,
        ),
        max_size=5,
    ).map(tuple),
    unknown=texts,
)
evidence = st.builds(
    Evidence.model_construct, run_id=texts, results=st.just({}), gates=st.just({}), gaps=st.just({})
)
candidates = st.builds(
    LockedCandidate,
    id=texts,
    kind=st.sampled_from(["open", "frontier"]),
    quality=shares,
    cost_per_request_micro_usd=micro,
)
resolutions = st.builds(
    Resolution,
    intent=st.none() | texts,
    task=st.builds(LockedTask, id=texts, matcher=texts, score=shares, confidence=texts),
    model=st.builds(LockedModel, requested=texts, resolved=candidates, reason=texts),
    frontier=st.builds(LockedFrontier, requested=texts, resolved=st.lists(candidates, max_size=2)),
)
steps = st.sampled_from([Evaluate("sha256:e"), Hold(), Record()]) | st.builds(
    lambda kind, endpoint: kind(endpoint), st.sampled_from([Deploy, Delete]), texts
)
changes = st.builds(
    Change,
    workload=texts,
    action=st.sampled_from(Action),
    classes=st.lists(st.sampled_from(Class), min_size=1, max_size=2),
    reason=st.sampled_from(Reason),
    why=texts,
    resolution=st.none() | resolutions,
    before=st.none() | st.builds(State, texts, texts, texts),
    after=st.none() | st.builds(State, texts, texts, texts),
    steps=st.lists(steps, min_size=1, max_size=4),
    rows=st.integers(0, 10**6),
    reserve_micro_usd=micro,
)


@st.composite
def rows(draw: st.DrawFn, applied: bool) -> Row:
    """One row, of a plan or of an apply."""
    status = st.sampled_from(Status) if applied else st.none()
    made: Row = draw(
        st.builds(
            Row,
            change=changes,
            before=st.none() | figures,
            after=st.none() | figures,
            baseline=st.none() | figures,
            gates=st.lists(gates, max_size=3).map(tuple),
            broken=st.lists(violations, max_size=1).map(tuple),
            status=status,
            problem=st.none() | problems,
            billed_micro_usd=st.integers(0, 10**9),
            evidence=st.none() | evidence,
            recalled=st.none() | st.builds(Recalled, losses, st.none() | st.integers(0, 2 * 10**9)),
        )
    )
    return made


@st.composite
def reviews(draw: st.DrawFn, max_rows: int = 4) -> Review:
    """A review as `reviewing` could make one of hostile values."""
    applied = draw(st.booleans())
    made = tuple(draw(st.lists(rows(applied), max_size=max_rows)))
    general = draw(st.lists(violations, max_size=2))
    plan = Plan(
        tool=draw(texts),
        platform=draw(texts),
        lockfile="sha256:l",
        observed=draw(st.sampled_from([None, {}])),
        changes=[row.change for row in made],
        unchanged=draw(st.lists(texts, max_size=3)),
    )
    found = draw(st.lists(problems, max_size=2)) if applied or not made else []
    return Review(
        rows=made,
        plan=plan if made else draw(st.sampled_from([None, plan])),
        kind=Kind.APPLY if applied else Kind.PLAN,
        violations=(*general, *(one for row in made for one in row.broken)),
        refusal=draw(st.none() | problems) if not applied else None,
        problems=tuple(found),
        command=draw(texts),
        billed_before=draw(st.integers(0, 10**6)),
    )


def large(rows: int) -> Review:
    """A plan of so many workloads that are created."""
    changes = [
        Change(
            workload=f"workload-{n}",
            action=Action.CREATE,
            classes=[Class.NEW],
            reason=Reason.NOT_DEPLOYED,
            why="not deployed yet",
            steps=[Deploy(f"workload-{n}-abcdef"), Record()],
        )
        for n in range(rows)
    ]
    plan = Plan(
        tool="1",
        platform="embedded",
        lockfile="sha256:l",
        observed={},
        changes=changes,
        unchanged=[],
    )
    figures = Figures("linear-1", 0.9, 0.8, 0.95, 10, 40)
    return Review(rows=tuple(Row(change, after=figures) for change in changes), plan=plan)
